"""A network in training is worth what the shipped predictor would make of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from training_runs import LIBRARY_WARNINGS

from lggseg_training.validation import NEUTRAL_THRESHOLD, case_figures, predict

pytestmark = LIBRARY_WARNINGS

SHAPE = (6, 64, 64)


def network(answer, *, classifies=False):
    """A network of one formula, with what ``validation`` asks of a Lightning module."""

    class Formula:
        device = "cpu"

        def __init__(self):
            self.classifies = classifies

        def __call__(self, channels):
            return answer(channels)

        def target(self, label):
            return label.flatten(1).amax(1, keepdim=True) if classifies else label

        def loss(self, logits, target):
            return torch.nn.functional.binary_cross_entropy_with_logits(logits, target)

    return Formula()


@pytest.fixture
def volume():
    """A bright block in the left half of two slices."""
    sequences = np.zeros((3, *SHAPE), np.float16)
    label = np.zeros(SHAPE, np.uint8)
    label[2:4, 20:40, 8:24] = 1
    sequences[0][label > 0] = 4
    return {"sequences": sequences, "label": label, "offset": 1, "occupied_slices": np.arange(1, 5), "case": "made"}


def bright(channels):
    return 10 * (channels[:, 1:2] - 2)


def test_what_is_right_scores_one(volume):
    model = network(bright)
    prediction = predict(model, volume)
    np.testing.assert_array_equal(prediction.mask, volume["label"] > 0)
    figures = case_figures(model, volume, prediction)
    assert figures["val_dice"] == figures["val_iou"] == 1.0
    assert figures["val_loss"] < 1e-6


def test_the_mirror_image_has_its_say(volume):
    """A network that sees the left half alone is sure of nothing that shows there only one way round."""

    def left_half(channels):
        logits = bright(channels)
        logits[..., 32:] = -20
        return logits

    probability = predict(network(left_half), volume).probability
    assert probability[volume["label"] > 0] == pytest.approx(0.5, abs=1e-4)


def test_a_neutral_threshold_decides(volume):
    for probability, found in ((NEUTRAL_THRESHOLD + 0.01, True), (NEUTRAL_THRESHOLD - 0.01, False)):
        logit = float(np.log(probability / (1 - probability)))
        mask = predict(network(lambda channels, at=logit: torch.where(bright(channels) > 0, at, -20.0)), volume).mask
        assert mask.any() == found


def test_slices_without_signal_are_not_asked_about(volume):
    asked = []
    predict(network(lambda channels: asked.append(len(channels)) or bright(channels)), volume)
    assert sum(asked) == 2 * len(volume["occupied_slices"])


def test_a_volume_without_any_signal_finds_nothing(volume):
    empty = {**volume, "occupied_slices": np.arange(0)}
    model = network(bright)
    figures = case_figures(model, empty, predict(model, empty))
    assert figures == {"val_loss": 0.0, "val_dice": 0.0, "val_iou": 0.0}


def test_a_classifier_is_measured_by_its_slices(volume):
    """It finds the two slices with tumor, and one more: Dice of the set of slices is .8."""
    volume["sequences"][0, 1, 5, 5] = 4
    model = network(lambda channels: bright(channels).flatten(1).amax(1, keepdim=True), classifies=True)
    prediction = predict(model, volume)
    assert prediction.logits.shape == (4, 1)
    assert case_figures(model, volume, prediction)["val_dice"] == pytest.approx(0.8)


def test_both_doors_lead_to_the_same_loop(volume):
    """The loss is that of the slices as they are, in their order, however many go at once."""
    order = SimpleNamespace(seen=[])

    def counting(channels):
        order.seen.append(channels[:, 1].mean(dim=(1, 2)))
        return bright(channels)

    prediction = predict(network(counting), volume)
    expected = bright(torch.from_numpy(volume["sequences"][0, 1:5].astype(np.float32))[:, None].repeat(1, 5, 1, 1))
    torch.testing.assert_close(prediction.logits, expected)
