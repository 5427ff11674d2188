"""The Lightning module: what it counts, what it makes small, and what it keeps."""

import numpy as np
import pytest
import torch
from tiny_model import TINY_FEATURES
from training_runs import LIBRARY_WARNINGS

from lggseg_training import config
from lggseg_training.module import NetworkTraining, predict_logits, probability_of

pytestmark = LIBRARY_WARNINGS

SLICES, SIZE = 4, 32


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return model_of(f"network.arguments.features={TINY_FEATURES}", "network.pretrained=false")


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(0)
    return model_of("network.name=resnet50_classifier", "network.arguments.features=8")


def model_of(*overrides):
    return NetworkTraining(config.load(overrides=list(overrides))).eval()


@pytest.fixture
def volume():
    """A packed volume: the lowest slice is empty, the two in the middle show tumor."""
    label = np.zeros((SLICES, SIZE, SIZE), np.uint8)
    label[1:3, 8:16, 8:20] = 1
    sequences = np.random.default_rng(0).normal(size=(3, SLICES, SIZE, SIZE)).astype(np.float16)
    return {"case": "A", "sequences": sequences, "label": label, "offset": 1, "occupied_slices": np.array([1, 2, 3])}


def logits_of(volume):
    label = volume["label"][volume["occupied_slices"]][:, None]
    return torch.from_numpy(np.where(label > 0, 9.0, -9.0).astype(np.float32))


def test_only_slices_of_the_head_are_asked_about(model, volume):
    logits = predict_logits(model, volume)
    assert logits.shape == (3, 1, SIZE, SIZE)
    probability = probability_of(volume, logits)
    assert probability.shape == volume["label"].shape
    assert not probability[0].any()
    np.testing.assert_allclose(probability[1:], torch.sigmoid(logits)[:, 0].numpy())


def test_a_volume_without_a_head_has_no_logits(model, volume):
    empty = {**volume, "occupied_slices": np.array([], int)}
    logits = predict_logits(model, empty)
    assert logits.shape == (0, 1, SIZE, SIZE)
    assert not probability_of(empty, logits).any()
    figures = model.case_figures({**empty, "label": np.zeros_like(volume["label"])}, logits)
    assert figures == {"val_loss": 0.0, "val_dice": 1.0, "val_iou": 1.0}


def test_the_outline_of_the_reference_has_a_dice_of_one(model, volume):
    figures = model.case_figures(volume, logits_of(volume))
    assert figures["val_dice"] == figures["val_iou"] == 1.0
    assert figures["val_loss"] < 0.01


def test_dice_and_iou_are_those_of_the_whole_patient(model, volume):
    logits = logits_of(volume)
    logits[1] = -9.0  # one of the two slices with tumor is missed: half of all voxels
    figures = model.case_figures(volume, logits)
    assert figures["val_dice"] == pytest.approx(2 * 0.5 / 1.5)
    assert figures["val_iou"] == pytest.approx(0.5)


def test_a_classifier_is_measured_by_slices(classifier, volume):
    assert classifier.classifies
    assert predict_logits(classifier, volume).shape == (3, 1)
    figures = classifier.case_figures(volume, torch.tensor([[5.0], [-5.0], [-5.0]]))
    assert figures["val_dice"] == pytest.approx(2 * 1 / 3), "one of the two slices with tumor was found"
    probability = probability_of(volume, torch.tensor([[0.0], [9.0], [-9.0]]))
    assert (probability[1] == 0.5).all()
    assert not probability[0].any()


def test_a_step_makes_the_loss_smaller(volume):
    torch.manual_seed(0)
    learner = model_of(f"network.arguments.features={TINY_FEATURES}", "network.pretrained=false").train()
    optimizer = torch.optim.AdamW(learner.parameters(), lr=1e-2)
    image = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 5, SIZE, SIZE)).astype(np.float32))
    label = (image[:, 1:2] > 0).float()
    losses = []
    for _ in range(12):
        loss = learner.loss(learner(image).float(), learner._target(label))
        losses.append(float(loss))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.9 * losses[0]


def test_norms_and_biases_do_not_decay(model):
    made = model.configure_optimizers()
    decay, rest = made["optimizer"].param_groups
    assert decay["weight_decay"] > 0
    assert rest["weight_decay"] == 0
    assert all(weight.ndim > 1 for weight in decay["params"])
    assert all(weight.ndim <= 1 for weight in rest["params"])
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    assert len(decay["params"]) + len(rest["params"]) == len(trained)


def test_the_rate_rises_over_the_warm_up_and_falls_to_nothing(model):
    shares = [model._learning_rate_share(step) for step in (0, 49, 99, 2500)]
    assert shares[0] == pytest.approx(1 / 100, rel=1e-3)
    assert shares[0] < shares[1] < shares[2]
    assert shares[3] == pytest.approx(0, abs=1e-9)


def test_a_plateau_halves_the_rate_and_a_checkpoint_keeps_that():
    sizes = (f"network.arguments.features={TINY_FEATURES}", "network.pretrained=false")
    before, after = (
        model_of(*sizes, "optimization.schedule=plateau", "optimization.plateau_checks=1") for _ in range(2)
    )
    for dice in (0.5, 0.4):
        before.plateau.see(dice)
    checkpoint = {}
    before.on_save_checkpoint(checkpoint)
    after.on_load_checkpoint(checkpoint)
    assert after._learning_rate_share(1000) == before._learning_rate_share(1000) == 0.5
    after.on_load_checkpoint({})  # of before version 0.5
    assert after.plateau.factor == 0.5


def test_what_the_network_draws_follows_from_the_seed_and_the_step(model):
    drawn = []
    for disturbance in (1, 2):
        torch.manual_seed(disturbance)
        model.on_train_batch_start()
        drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
