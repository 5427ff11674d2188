"""Sizes of effects and what could have been seen, against hand-worked and published values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kruskal

from lggseg.radiogenomics.effects import cliffs_delta, epsilon_squared, inverted
from lggseg.radiogenomics.power import smallest_epsilon_squared, smallest_hazard_ratio
from lggseg.radiogenomics.roc import auc_of


def test_epsilon_squared_by_hand():
    # Ranks 1 2 3 | 4 5 6: means 2 and 5 about 3.5, so 3 * 2.25 * 2 = 13.5 of 17.5 in all.
    effect = epsilon_squared([np.array([1.0, 2, 3]), np.array([4.0, 5, 6])])
    assert effect.value == pytest.approx(13.5 / 17.5)
    assert effect.low <= effect.value <= effect.high + 1e-12


@given(st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=8), min_size=2, max_size=4))
def test_epsilon_squared_is_h_over_n_less_one(lists):
    groups = [np.array(values, dtype=float) for values in lists]
    values = np.concatenate(groups)
    effect = epsilon_squared(groups, resamples=10)
    if np.ptp(values) == 0:
        assert effect is None
    else:
        assert effect.value == pytest.approx(kruskal(*groups).statistic / (len(values) - 1))


def test_cliffs_delta_by_hand():
    # Of nine pairs eight are won and one is lost.
    effect = cliffs_delta(auc_of([2, 5, 6], [1, 1, 3]))
    assert effect.value == pytest.approx((8 - 1) / 9)
    turned = inverted(effect)
    assert (turned.value, turned.low, turned.high) == (-effect.value, -effect.high, -effect.low)


def test_smallest_effect_as_in_cohens_tables():
    # J. Cohen 1988, table 8.3.13 and 8.4.4: k = 3, a = .05, f = .25 needs 52 a group for power .80; f = .40 needs 21.
    for f, each in ((0.25, 52), (0.40, 21)):
        share = smallest_epsilon_squared(round(3 * each * math.pi / 3), 3)
        assert share == pytest.approx(f**2 / (1 + f**2), rel=0.03)


def test_smallest_hazard_ratio_as_schoenfeld_has_it():
    # (1.96 + 0.8416)^2 / log(2)^2 = 16.3 events for a hazard ratio of 2 a standard deviation.
    assert smallest_hazard_ratio(16) > 2 > smallest_hazard_ratio(17)
    assert smallest_hazard_ratio(0) is None


def test_nothing_can_be_seen_in_too_few():
    assert smallest_epsilon_squared(4, 4) is None
