"""ROC, precision and recall, confusion matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggseg_training.detection import classification_report, confusion, detection


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40))
def test_the_area_is_the_chance_that_a_positive_has_the_higher_score(pairs):
    truth, score = np.array([t for t, _ in pairs]), np.array([float(s) for _, s in pairs])
    found = detection(truth, score)
    if truth.all() or not truth.any():
        assert found is None
        return
    wins = [(a > b) + 0.5 * (a == b) for a in score[truth] for b in score[~truth]]
    assert found.auc == pytest.approx(np.mean(wins))
    assert found.true_positive_rate[-1] == found.false_positive_rate[-1] == 1
    assert (np.diff(found.true_positive_rate) >= 0).all()


def test_average_precision_by_hand():
    found = detection(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1]))
    assert found.average_precision == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_a_report_has_the_support_of_both_classes():
    matrix = confusion(np.array([1, 1, 1, 0, 0]) > 0, np.array([1, 1, 0, 1, 0]) > 0)
    assert matrix == [[1, 1], [1, 2]]
    none, tumor = classification_report(matrix, ("none", "tumor"))
    assert tumor[1:] == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
    assert none[4] == 2
