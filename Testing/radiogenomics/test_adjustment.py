"""Adjustment against hand-worked values, simulations and what analysis of variance gives elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway, ncf, rankdata

from lggseg.radiogenomics.adjustment import GroupTest, groups_given


def test_without_covariates_it_is_analysis_of_variance_on_ranks():
    # Ranks 1 2 3 | 4 5 6: F = 13.5 / (4 / 4); of the sum of squares 17.5 the groups take 13.5.
    values, groups = np.array([10.0, 20, 30, 40, 50, 60, 70, 80]), list("aaaabbbb")
    found = groups_given(values, groups, {})
    ranks = rankdata(values)
    assert found.p == pytest.approx(f_oneway(ranks[:4], ranks[4:]).pvalue)
    # Between 4 * 2 * 2^2 = 32 of the 42 in all.
    assert found.effect.value == pytest.approx(32 / 42)


def test_the_interval_is_where_the_statistic_would_be_a_tail():
    values, groups = np.array([1.0, 4, 2, 8, 5, 7, 9, 6, 3, 12, 11, 10]), list("aabbccaabbcc")
    effect = groups_given(values, groups, {}).effect
    statistic = effect.value / (1 - effect.value) * 9 / 2
    for bound, tail in ((effect.high, 0.025), (effect.low, 0.975)):
        if bound > 0:
            assert ncf.cdf(statistic, 2, 9, 12 * bound / (1 - bound)) == pytest.approx(tail, abs=1e-6)
    assert effect.low <= effect.value <= effect.high


@pytest.fixture
def confounded():
    """The feature follows volume alone; the groups do, too."""
    generator = np.random.default_rng(3)
    volume = generator.normal(0, 1, 120)
    groups = ["large" if v + e > 0 else "small" for v, e in zip(volume, generator.normal(0, 0.5, 120), strict=True)]
    return volume + generator.normal(0, 0.5, 120), groups, volume.tolist()


def test_what_a_covariate_explains_goes_away(confounded):
    values, groups, volume = confounded
    assert groups_given(values, groups, {}).p < 1e-6
    assert groups_given(values, groups, {"volume": volume}).p > 0.01


def test_what_it_does_not_explain_stays():
    generator = np.random.default_rng(4)
    groups = list("ab") * 60
    values = np.array([g == "a" for g in groups]) + generator.normal(0, 0.6, 120)
    sites = generator.choice(["x", "y", "z"], 120).tolist()
    found = groups_given(
        values, groups, {"age": generator.normal(50, 9, 120).tolist(), "site": sites}, permutations=999
    )
    assert found.p < 1e-6
    assert found.permutation_p == pytest.approx(1 / 1000)


def test_permutation_agrees_with_f(confounded):
    values, groups, volume = confounded
    found = groups_given(values, groups, {"volume": volume}, permutations=4999)
    assert found.permutation_p == pytest.approx(found.p, abs=0.03)


def test_chance_is_found_as_often_as_it_should():
    generator = np.random.default_rng(5)
    ps = []
    for _ in range(200):
        age = generator.normal(0, 1, 40)
        found = groups_given(age + generator.normal(0, 1, 40), list("abcd") * 10, {"age": age.tolist()})
        assert isinstance(found, GroupTest)
        ps.append(found.p)
    assert 0.01 <= np.mean(np.array(ps) < 0.05) <= 0.11


def test_what_cannot_be_told_apart_says_so():
    assert groups_given(np.arange(12.0), list("ab") * 6, {"site": list("ab") * 6}) == (
        "the covariates tell the groups completely"
    )
    assert groups_given(np.arange(6.0), list("ab") * 3, {}) == "6 patients are too few for 2 coefficients"
