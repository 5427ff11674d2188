"""Losses by name, on logits and labels ``(N, 1, H, W)`` or ``(N, 1)``.

Region losses are taken over the whole batch: over single slices, those without tumor would make them jump between 0
and 1. Where several processes share a batch, its sums are added up over all of them, with their gradient, so that the
loss is that of one process with the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import distributed
from torch.distributed.nn.functional import all_reduce
from torch.nn import functional

from lggseg.errors import InputError
from lggseg_training.config import Loss

LossFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

_SMOOTH = 1e-5
_MARGIN_PIXELS = 3
_MARGIN_WEIGHT = 10.0


class Counts(NamedTuple):
    """Soft counts of pixels over a batch, of all processes."""

    both: torch.Tensor
    predicted: torch.Tensor
    labelled: torch.Tensor
    pixels: torch.Tensor


def make_loss(options: Loss) -> LossFunction:
    """Return the loss that the options name."""
    return LOSSES[options.name](options)


def counts(logits: torch.Tensor, label: torch.Tensor) -> Counts:
    """Count what is predicted, labelled, and both."""
    probability = logits.sigmoid()
    pixels = torch.full_like(probability.sum(), probability.numel())
    sums = torch.stack([(probability * label).sum(), probability.sum(), label.sum().to(probability), pixels])
    # In validation, where nobody asks for a gradient, each process has patients of its own.
    if sums.requires_grad and distributed.is_initialized() and distributed.get_world_size() > 1:
        sums = all_reduce(sums)  # type: ignore[no-untyped-call]
    return Counts(*sums)


def bce(logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy, the mean over all pixels."""
    return functional.binary_cross_entropy_with_logits(logits, label.to(logits))


def margin_bce(logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy in which pixels near the annotated outline count ten times.

    Near: tumor and background both lie in the square of seven pixels around it. The idea of a weight for each pixel is
    that of Ronneberger et al. 2015. Divided by the number of pixels, not by the weights, so that processes which share
    a batch add up to one process with all of it.

    Raises:
        InputError: If labels are of whole slices, which have no outline.
    """
    if label.dim() != 4:
        msg = f"loss.name: expected labels (N, 1, H, W) for a weight of the outline, got {tuple(label.shape)}; take bce"
        raise InputError(msg)
    truth = label.to(logits)
    square = 2 * _MARGIN_PIXELS + 1
    most, least = (
        sign * functional.max_pool2d(sign * truth, square, stride=1, padding=_MARGIN_PIXELS) for sign in (1, -1)
    )
    weight = 1 + (_MARGIN_WEIGHT - 1) * (most - least)
    return functional.binary_cross_entropy_with_logits(logits, truth, weight=weight)


def dice(logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """1 - Dice (Milletari et al. 2016, without the squares)."""
    n = counts(logits, label)
    return 1 - (2 * n.both + _SMOOTH) / (n.predicted + n.labelled + _SMOOTH)


def generalised_dice(logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """1 - the Dice of tumor and background, each weighted by 1 / its size squared (Sudre et al. 2017)."""
    n = counts(logits, label)
    background = Counts(
        n.pixels - n.predicted - n.labelled + n.both, n.pixels - n.predicted, n.pixels - n.labelled, n.pixels
    )
    both, either = torch.zeros_like(n.both), torch.zeros_like(n.both)
    for part in (n, background):
        weight = 1 / part.labelled.clamp(min=1) ** 2
        both = both + weight * part.both
        either = either + weight * (part.predicted + part.labelled)
    return 1 - 2 * both / either


def tversky_index(logits: torch.Tensor, label: torch.Tensor, options: Loss) -> torch.Tensor:
    """Dice with a weight each for what is missed (``alpha``) and for what is too much (``beta``)."""
    n = counts(logits, label)
    missed, too_much = n.labelled - n.both, n.predicted - n.both
    return (n.both + _SMOOTH) / (n.both + options.alpha * missed + options.beta * too_much + _SMOOTH)


def _tversky(options: Loss) -> LossFunction:
    """1 - Tversky index (Salehi et al. 2017)."""
    return lambda logits, label: 1 - tversky_index(logits, label, options)


def _focal_tversky(options: Loss) -> LossFunction:
    """(1 - Tversky index) to the power 1 / gamma (Abraham and Khan 2019: alpha .7, beta .3, gamma 4/3)."""

    def loss(logits: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        # Where all is right the root has no slope; the floor keeps its gradient finite.
        return (1 - tversky_index(logits, label, options)).clamp(min=1e-7) ** (1 / options.gamma)

    return loss


LOSSES: dict[str, Callable[[Loss], LossFunction]] = {
    "dice_bce": lambda _: lambda logits, label: dice(logits, label) + bce(logits, label),
    "dice_margin_bce": lambda _: lambda logits, label: dice(logits, label) + margin_bce(logits, label),
    "dice": lambda _: dice,
    "bce": lambda _: bce,
    "tversky": _tversky,
    "focal_tversky": _focal_tversky,
    "generalised_dice": lambda _: generalised_dice,
}
"""A loss of its own is one function here and one line."""
