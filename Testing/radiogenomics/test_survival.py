"""Survival against hand-worked examples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lggseg.errors import DependencyError
from lggseg.radiogenomics import optional
from lggseg.radiogenomics.cox import concordance, fit_cox, most_coefficients
from lggseg.radiogenomics.endpoints import Endpoint
from lggseg.radiogenomics.survival import compare_groups, kaplan_meier

utils = pytest.importorskip("lifelines.utils", reason="lifelines is not installed")


def endpoint(times: list[float], events: list[int]) -> Endpoint:
    names = [f"P{n}" for n in range(len(times))]
    return Endpoint(
        "os", "OS", dict(zip(names, times, strict=True)), dict(zip(names, map(bool, events), strict=True)), "t, e"
    )


def test_kaplan_meier_by_hand():
    # Events at 1 (5 at risk), 3 (3 at risk) and 5 (1 at risk); lost at 2 and 4: 4/5, 4/5 * 2/3, 0.
    curve = kaplan_meier("all", np.array([1.0, 2, 3, 4, 5]), np.array([True, False, True, False, True]))
    at = dict(zip(curve.steps.times.tolist(), curve.steps.survival.tolist(), strict=True))
    assert at == pytest.approx({0: 1, 1: 0.8, 2: 0.8, 3: 8 / 15, 4: 8 / 15, 5: 0})
    assert curve.median == 5
    assert (curve.n, curve.events) == (5, 3)
    assert [curve.steps.at_risk(time) for time in (0, 1, 1.5, 5, 6)] == [5, 5, 4, 1, 0]
    assert curve.steps.censored.tolist() == [2, 4]


def test_a_median_that_is_not_reached_is_none():
    curve = kaplan_meier("all", np.array([1.0, 2, 3, 4]), np.array([True, False, False, False]))
    assert curve.median is None


def test_log_rank_by_hand():
    # A: events at 1, 3; B: event at 2, lost at 4. Expected in A: 2/4 + 1/3 + 1/2 = 4/3; observed 2.
    # Variance: 2*2/16 + 1*2/9 + 1*1/4 = 13/18; (2/3)^2 / (13/18) = 8/13.
    found = compare_groups("g", endpoint([1, 3, 2, 4], [1, 1, 1, 0]), {"A": ["P0", "P1"], "B": ["P2", "P3"], "C": []})
    assert found.statistic == pytest.approx(8 / 13)
    assert found.logrank_p == pytest.approx(math.erfc(math.sqrt(8 / 13 / 2)))


def test_cox_by_hand():
    # x = 1, 0, 1, 0 with events at 1, 2, 3, 4: the partial likelihood is r/(2r+2) * 1/(r+2) * r/(r+1).
    covariate = {"x": dict(zip(("P0", "P1", "P2", "P3"), (1.0, 0.0, 1.0, 0.0), strict=True))}
    model = fit_cox("alone", endpoint([1, 2, 3, 4], [1, 1, 1, 1]), covariate)
    # Its logarithm has the derivative 2/r - 2/(r+1) - 1/(r+2), which is 0 where r^2 - r - 4 is.
    ratio = model.coefficients[0].ratio.value
    assert 2 / ratio - 2 / (ratio + 1) - 1 / (ratio + 2) == pytest.approx(0, abs=1e-5)
    assert ratio == pytest.approx((1 + math.sqrt(17)) / 2, rel=1e-4)


def test_hazard_ratios_are_of_one_standard_deviation():
    generator = np.random.default_rng(0)
    x = generator.normal(0, 1, 400)
    x = (x - x.mean()) / x.std()
    times = generator.exponential(np.exp(-math.log(2) * x))
    data = endpoint(times.tolist(), [1] * 400)
    for scale in (1, 1000):
        model = fit_cox("alone", data, {"x": dict(zip(data.times, (scale * x).tolist(), strict=True))})
        assert model.coefficients[0].ratio.value == pytest.approx(2, rel=0.1)
        assert model.coefficients[0].ratio.low < 2 < model.coefficients[0].ratio.high
        assert model.coefficients[0].proportional_p > 0.01


def test_proportional_hazards_are_doubted_where_they_cross():
    generator = np.random.default_rng(1)
    group = np.repeat([0.0, 1.0], 150)
    times = np.where(group == 1, generator.weibull(4, 300), generator.weibull(0.7, 300))
    data = endpoint(times.tolist(), [1] * 300)
    model = fit_cox("alone", data, {"x": dict(zip(data.times, group.tolist(), strict=True))})
    assert model.coefficients[0].proportional_p < 1e-4


def test_penalised_models_claim_no_p():
    data = endpoint([1, 2, 3, 4, 5], [1, 1, 0, 1, 1])
    covariate = {"x": dict(zip(data.times, (3.0, 1.0, 2.0, 5.0, 4.0), strict=True))}
    one = fit_cox("penalised", data, covariate).coefficients[0]
    assert (one.p, one.ratio.low, one.ratio.high) == (None, None, None)


@pytest.mark.parametrize(
    ("events", "values", "words"),
    [
        ([0, 1, 0], (1.0, 2, 3), "expected at least two events, got 1"),
        ([1, 1, 1], (1.0, 1, 1), "x is the same for all"),
    ],
)
def test_what_cannot_be_fitted_says_why(events, values, words):
    data = endpoint([1, 2, 3], events)
    model = fit_cox("alone", data, {"x": dict(zip(data.times, values, strict=True))})
    assert words in model.remark
    assert model.coefficients == ()


def test_separation_is_no_estimate():
    data = endpoint([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0])
    model = fit_cox("alone", data, {"x": dict(zip(data.times, (1.0, 1, 1, 0, 0, 0), strict=True))})
    assert model.remark.startswith("no estimate")


def test_concordance_by_hand_and_as_lifelines_has_it():
    # Pairs that can be ordered, by their times: (1,2), (1,3), (1,4), (3,4); the second was lost. The higher risk came
    # first in (1,4) and (3,4).
    risk, times, events = np.array([2.0, 5, 3, 1]), np.array([1.0, 2, 3, 4]), np.array([True, False, True, True])
    assert concordance(risk, times, events) == pytest.approx(2 / 4)
    generator = np.random.default_rng(2)
    for _ in range(20):
        risk, times = generator.integers(0, 5, 30).astype(float), generator.integers(1, 9, 30).astype(float)
        events = generator.random(30) < 0.6
        assert concordance(risk, times, events) == pytest.approx(utils.concordance_index(times, -risk, events))


def test_few_events_allow_few_coefficients():
    assert [most_coefficients(events) for events in (3, 26, 39, 80)] == [1, 3, 4, 10]


def test_without_lifelines_the_message_says_what_to_install(monkeypatch):
    def refuse(name):
        raise ImportError(name)

    monkeypatch.setattr(optional, "import_module", refuse)
    with pytest.raises(DependencyError, match=r"the Python package lifelines.*pip install 'lggseg\[survival\]'"):
        kaplan_meier("all", np.array([1.0]), np.array([True]))
