"""How far a result can be trusted: signs from the maps, and what a calibration makes of them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggseg.errors import ModelError
from lggseg.model.doubt import Calibration, Linear, Signs, judge, read_signs, volume_interval
from lggseg.model.postprocessing import MaskRule

RULE = MaskRule(0.5, "all")
CALIBRATION = Calibration(
    presence=Linear(-5.0, {"peak": 10.0}),
    outline=Linear(-4.0, {"certainty": 7.0}),
    volume_ratio=(0.8, 1.25),
    coverage=0.8,
    check_presence=0.9,
    check_dice=0.7,
)


def box(value: float, rim: float = 0.0) -> np.ndarray:
    """Return two equal views ``(2, 12, 40, 40)`` with a box of a value in a rim of another."""
    views = np.zeros((2, 12, 40, 40), np.float32)
    views[:, 2:10, 8:32, 8:32] = rim
    views[:, 3:9, 10:30, 10:30] = value
    return views


def signs(**changes: float) -> Signs:
    found = Signs(volume_ml=10.0, log_volume=math.log(10), peak=0.99, certainty=0.95, views=0.95, sharpness=0.9)
    return replace(found, **changes)


def test_a_sharp_map_is_certain_and_a_faint_one_is_not():
    sharp, faint = read_signs(box(1.0), RULE, 0.004), read_signs(box(0.6, 0.4), RULE, 0.004)
    assert sharp.volume_ml == pytest.approx(6 * 20 * 20 * 0.004)
    assert (sharp.certainty, sharp.views, sharp.sharpness, sharp.peak) == pytest.approx((1, 1, 1, 1))
    assert faint.certainty < 0.75
    assert faint.sharpness == 0.0


def test_certainty_is_the_dice_to_expect_if_the_probabilities_are_true():
    random = np.random.default_rng(1)
    probability = np.clip(random.normal(0.5, 0.4, size=(8, 40, 40)), 0.06, 1).astype(np.float32)
    mask = probability >= 0.5
    expected = read_signs(np.stack([probability] * 2), RULE, 1.0).certainty
    drawn = [random.random(probability.shape) < probability for _ in range(20)]
    overlap = [2 * (mask & truth).sum() / (mask.sum() + truth.sum()) for truth in drawn]
    assert expected == pytest.approx(np.mean(overlap), abs=0.01)


def test_views_that_differ_are_seen():
    views = box(1.0)
    views[1] = np.roll(views[1], 10, axis=-1)
    assert read_signs(views, RULE, 1.0).views == pytest.approx(0.5)


def test_an_empty_map_has_signs_too():
    empty = read_signs(np.zeros((2, 3, 8, 8), np.float32), RULE, 0.004)
    assert (empty.volume_ml, empty.peak, empty.certainty, empty.views, empty.sharpness) == (0, 0, 0, 0, 0)
    assert all(math.isfinite(value) for value in vars(empty).values())


def test_a_clear_tumor_raises_no_doubt():
    doubt = judge(signs(), CALIBRATION, 10.0)
    assert not doubt.check
    assert doubt.presence > 0.99
    assert 0.9 < doubt.expected_dice < 0.95
    assert doubt.volume_low_ml < 10.0 < doubt.volume_high_ml


@pytest.mark.parametrize(
    ("changes", "volume", "reason"),
    [
        ({"peak": 0.6}, 3.0, "is an abnormality of this kind with a probability of 73% only"),
        ({"certainty": 0.6}, 3.0, "expect a Dice of about 0.55"),
        ({"peak": 0.45}, 0.0, "Nothing was outlined, but an abnormality is there with a probability of 38%"),
    ],
)
def test_doubt_has_a_reason_in_words(changes, volume, reason):
    doubt = judge(signs(**changes), CALIBRATION, volume)
    assert doubt.check
    assert reason in doubt.reasons[0]


def test_nothing_outlined_has_no_outline_to_expect():
    doubt = judge(signs(peak=0.05), CALIBRATION, 0.0)
    assert (doubt.expected_dice, doubt.volume_low_ml, doubt.volume_high_ml, doubt.check) == (None, None, None, False)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0.01, 500))
def test_a_blurred_edge_widens_the_interval(sharpness, volume):
    low, high = volume_interval(signs(sharpness=sharpness), CALIBRATION, volume)
    narrow = volume_interval(signs(sharpness=1.0), CALIBRATION, volume)
    assert low <= narrow[0] * (1 + 1e-9) <= volume <= narrow[1] * (1 + 1e-9)
    assert high >= narrow[1] * (1 - 1e-9)


def test_a_calibration_survives_json():
    assert Calibration.read(json.loads(json.dumps(CALIBRATION.to_json()))) == CALIBRATION


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.pop("outline"),
        lambda content: content["presence"].update(intercept="much"),
        lambda content: content["presence"]["weights"].update(moon=1.0),
        lambda content: content.update(volume_ratio=[0.8]),
        lambda content: content.update(check_dice=math.nan),
    ],
)
def test_a_damaged_calibration_is_refused(damage):
    content = CALIBRATION.to_json()
    damage(content)
    with pytest.raises(ModelError, match="expected the calibration of doubt in the model's metadata"):
        Calibration.read(content)
