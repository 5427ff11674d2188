"""Prediction: hand-worked judgements, and that neither noise nor a leak passes for a result."""

from __future__ import annotations

import numpy as np
import pytest

from lggseg.radiogenomics.prediction import (
    Problem,
    calibration_of,
    cross_validated,
    model_of,
    out_of_fold,
    splits_by_patient,
    splits_by_site,
)
from lggseg.radiogenomics.roc import auc_difference, auc_of, roc_curve

metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")


def area(outcome, chances):
    return auc_of(chances[outcome], chances[~outcome]).value


@pytest.fixture
def planted() -> Problem:
    """Sixty patients of three institutions; the first of four features tells the status, with gaps."""
    generator = np.random.default_rng(0)
    outcome = np.arange(60) % 3 == 0
    features = generator.normal(0, 1, (60, 4))
    features[:, 0] += 3 * outcome
    features[::7, 1] = np.nan
    return Problem(features, outcome, np.repeat(["a", "b", "c"], 20))


def test_what_is_there_is_found_by_patient_and_by_institution(planted):
    assert area(planted.outcome, cross_validated("logistic", planted, repeats=2).mean(axis=0)) > 0.9
    for name in ("logistic", "forest"):
        assert area(planted.outcome, out_of_fold(name, planted, splits_by_site(planted))) > 0.85


def test_nobody_is_predicted_by_a_model_that_saw_him(planted):
    for splits in (splits_by_patient(planted.outcome), splits_by_site(planted)):
        tested = np.concatenate([test for _, test in splits])
        assert sorted(tested) == list(range(60))
        assert all(not set(train) & set(test) for train, test in splits)
    for train, test in splits_by_site(planted):
        assert len(set(planted.sites[test])) == 1
        assert not set(planted.sites[test]) & set(planted.sites[train])


def test_many_features_of_noise_stay_at_chance():
    # Selecting features before the split would give an area of about .9 here.
    generator = np.random.default_rng(1)
    outcome = np.arange(60) % 2 == 0
    noise = Problem(generator.normal(0, 1, (60, 300)), outcome, np.repeat("a", 60))
    assert 0.25 < area(outcome, cross_validated("logistic", noise, repeats=1)[0]) < 0.7
    assert "select" in dict(model_of("logistic", 300).estimator.steps)


def test_logistic_regression_by_hand():
    # One binary feature, balanced; without a penalty the chances are the shares: 3 of 4 and 1 of 4.
    linear = pytest.importorskip("sklearn.linear_model")
    feature = np.repeat([[1.0], [0.0]], 4, axis=0)
    outcome = np.array([1, 1, 1, 0, 1, 0, 0, 0])
    fit = linear.LogisticRegression(C=1e9).fit(feature, outcome)
    assert fit.predict_proba([[1.0], [0.0]])[:, 1] == pytest.approx([0.75, 0.25], abs=1e-3)
    assert fit.coef_[0, 0] == pytest.approx(2 * np.log(3), rel=1e-3)


def test_calibration_by_hand():
    outcome = np.array([True, False, True, False])
    known = calibration_of(outcome, np.array([0.8, 0.2, 0.6, 0.4]))
    assert known.brier == pytest.approx((0.04 + 0.04 + 0.16 + 0.16) / 4)
    assert known.brier_of_share == pytest.approx(0.25)


def test_a_slope_of_one_is_right_and_half_is_too_extreme():
    generator = np.random.default_rng(2)
    odds = generator.normal(0, 1.5, 4000)
    outcome = generator.random(4000) < 1 / (1 + np.exp(-odds))
    for factor, slope in ((1, 1), (2, 0.5), (-1, -1)):
        assert calibration_of(outcome, 1 / (1 + np.exp(-factor * odds))).slope == pytest.approx(slope, abs=0.1)


def test_areas_and_curves_as_scikit_learn_has_them():
    generator = np.random.default_rng(3)
    outcome, score = generator.random(50) < 0.4, generator.integers(0, 8, 50).astype(float)
    assert area(outcome, score) == pytest.approx(metrics.roc_auc_score(outcome, score))
    false, true = roc_curve(outcome, score)
    wanted = metrics.roc_curve(outcome, score, drop_intermediate=False)
    assert false == pytest.approx(wanted[0])
    assert true == pytest.approx(wanted[1])


def test_the_difference_of_areas_is_that_of_the_areas():
    generator = np.random.default_rng(4)
    outcome = generator.random(400) < 0.5
    good, bad = outcome + generator.normal(0, 0.6, 400), outcome + generator.normal(0, 3, 400)
    value, low, high, p = auc_difference(outcome, good, bad)
    assert value == pytest.approx(area(outcome, good) - area(outcome, bad))
    assert low < value < high
    assert p < 1e-6
    assert auc_difference(outcome, good, good) == (0, 0, 0, 1)


def test_the_interval_of_a_difference_holds_it_as_often_as_it_should():
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        outcome = np.arange(80) % 2 == 0
        shared = outcome + generator.normal(0, 1, 80)
        _, low, high, _ = auc_difference(
            outcome, shared + generator.normal(0, 1, 80), shared + generator.normal(0, 1, 80)
        )
        held += low <= 0 <= high
    assert 180 <= held <= 199
