"""The Lightning module: what it learns from, how fast, and what a checkpoint keeps of it."""

import numpy as np
import pytest
import torch
from tiny_model import TINY_FEATURES
from training_runs import LIBRARY_WARNINGS

from lggseg_training import config
from lggseg_training.module import NetworkTraining

pytestmark = LIBRARY_WARNINGS

SIZE = 32


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


def test_a_classifier_learns_whether_a_slice_shows_any_tumor(model, classifier):
    label = torch.zeros(3, 1, 4, 4)
    label[1, 0, 2, 2] = 1
    assert torch.equal(model.target(label), label)
    assert torch.equal(classifier.target(label), torch.tensor([[0.0], [1.0], [0.0]]))
    assert classifier(torch.zeros(2, 5, SIZE, SIZE)).shape == (2, 1)
    assert model(torch.zeros(2, 5, SIZE, SIZE)).shape == (2, 1, SIZE, SIZE)


def test_a_step_makes_the_loss_smaller():
    torch.manual_seed(0)
    learner = model_of(f"network.arguments.features={TINY_FEATURES}", "network.pretrained=false").train()
    optimizer = torch.optim.AdamW(learner.parameters(), lr=1e-2)
    image = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 5, SIZE, SIZE)).astype(np.float32))
    label = (image[:, 1:2] > 0).float()
    losses = []
    for _ in range(12):
        loss = learner.loss(learner(image).float(), learner.target(label))
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
