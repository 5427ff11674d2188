"""Losses against MONAI's, and what they are by hand."""

import monai.losses
import pytest
import torch
from training_runs import LIBRARY_WARNINGS

from lggseg.errors import InputError
from lggseg_training.config import Loss
from lggseg_training.losses import LOSSES, bce, make_loss, margin_bce

pytestmark = LIBRARY_WARNINGS


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(4, 1, 24, 20, generator=generator)
    label = (torch.rand(4, 1, 24, 20, generator=generator) > 0.8).float()
    label[2] = 0
    return logits, label


@pytest.mark.parametrize(
    ("options", "theirs"),
    [
        (Loss("dice_bce"), monai.losses.DiceCELoss(sigmoid=True, batch=True)),
        (Loss("dice"), monai.losses.DiceLoss(sigmoid=True, batch=True)),
        # MONAI's alpha weighs what is too much, its beta what is missed.
        (Loss("tversky", 0.7, 0.3), monai.losses.TverskyLoss(sigmoid=True, batch=True, alpha=0.3, beta=0.7)),
        (Loss("tversky", 0.5, 0.5), monai.losses.DiceLoss(sigmoid=True, batch=True)),
    ],
)
def test_losses_are_those_of_monai(batch, options, theirs):
    torch.testing.assert_close(make_loss(options)(*batch), theirs(*batch), rtol=1e-4, atol=1e-5)


def test_generalised_dice_is_monais_over_tumor_and_background(batch):
    logits, label = batch
    both = torch.cat([logits.sigmoid(), 1 - logits.sigmoid()], dim=1)
    theirs = monai.losses.GeneralizedDiceLoss(batch=True)(both, torch.cat([label, 1 - label], dim=1))
    torch.testing.assert_close(make_loss(Loss("generalised_dice"))(logits, label), theirs, rtol=1e-3, atol=1e-4)


def test_focal_tversky_is_the_root_of_tversky(batch):
    plain = make_loss(Loss("tversky"))(*batch)
    focal = make_loss(Loss("focal_tversky", gamma=4 / 3))(*batch)
    torch.testing.assert_close(focal, plain**0.75)


def test_pixels_near_the_outline_count_ten_times():
    # A strip of 20 pixels, tumor from the eleventh on: 8 to 13 lie within 3 of the other kind.
    label = (torch.arange(20) >= 10).float().reshape(1, 1, 1, 20)
    near = torch.zeros(20)
    near[7:13] = 9
    logits = torch.linspace(-2, 3, 20).reshape(1, 1, 1, 20)
    single = torch.nn.functional.binary_cross_entropy_with_logits(logits, label, reduction="none").flatten()
    torch.testing.assert_close(margin_bce(logits, label), ((1 + near) * single).mean())


def test_where_there_is_no_outline_all_pixels_count_alike(batch):
    logits, label = batch
    for truth in (torch.zeros_like(label), torch.ones_like(label)):
        torch.testing.assert_close(margin_bce(logits, truth), bce(logits, truth))


def test_a_label_of_a_whole_slice_has_no_outline():
    with pytest.raises(InputError, match=r"expected labels \(N, 1, H, W\).*got \(4, 1\); take bce"):
        margin_bce(torch.zeros(4, 1), torch.zeros(4, 1))


@pytest.mark.parametrize("name", LOSSES)
def test_a_right_answer_costs_less_than_a_wrong_one_and_every_gradient_is_finite(batch, name):
    label = batch[1]
    loss = make_loss(Loss(name))
    right, wrong = (sign * 40 * (label - 0.5) for sign in (1, -1))
    assert loss(right, label) < 0.01 < loss(wrong, label)
    for logits, truth in ((right, label), (wrong, label), (batch[0], torch.zeros_like(label))):
        free = logits.clone().requires_grad_()
        loss(free, truth).backward()
        assert torch.isfinite(free.grad).all()
