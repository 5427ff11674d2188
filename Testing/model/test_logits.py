"""From logits to probabilities."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggseg.model.logits import sigmoid


@pytest.mark.parametrize(("logit", "probability"), [(0.0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25)])
def test_known_values(logit, probability):
    assert sigmoid(logit) == pytest.approx(probability)


@given(st.floats(allow_nan=False))
def test_any_number_has_a_probability_and_its_opposite_the_rest(logit):
    with np.errstate(all="raise"):
        probability = float(sigmoid(logit))
    assert 0 <= probability <= 1
    assert probability + float(sigmoid(-logit)) == pytest.approx(1)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_arrays_keep_their_shape_and_precision(kind):
    logits = np.array([[-1e4, -1.0, 0.0], [1.0, 50.0, 1e4]], kind)
    found = sigmoid(logits)
    assert (found.shape, found.dtype) == (logits.shape, kind)
    assert (np.diff(found.ravel()) >= 0).all()
    assert np.isfinite(found).all()
