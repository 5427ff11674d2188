"""What others have published on this data set, each with its way of counting and of splitting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lggseg_training.counting import METRICS, Counts

BY_SLICE = "slices at random: the same patients on both sides"
BY_PATIENT = "patients"

MATRIX = [[25443941, 27487], [39067, 245153]]
"""Confusion matrix of pixels that one project printed: rows are the truth, no tumor first; 393 slices of 256 x 256."""


@dataclass(frozen=True)
class Published:
    """One published figure.

    Attributes:
        what: The network, in words.
        figure: As it was given.
        counted: How it was counted, as far as that is said.
        split: What lies on both sides of the split.
    """

    what: str
    figure: str
    counted: str
    split: str


PUBLISHED = (
    Published("U-Net with batch normalisation", "Dice .905, IoU .828, pixel accuracy 99.79 %", "pooled", BY_SLICE),
    Published("the same project's confusion matrix", "see below", "pooled over 393 slices", BY_SLICE),
    Published("U-Net", "mean Dice about .83", "mean; of what is not said", BY_SLICE),
    Published("feature pyramid network", "mean Dice about .78", "mean; of what is not said", BY_SLICE),
    Published(
        "U-Net, ResNeXt-50 encoder, ImageNet weights", "mean Dice about .89", "mean; of what is not said", BY_SLICE
    ),
    Published("R2U-Net", "F1 .91, 22 s, 350 MB", "not said", BY_SLICE),
    Published("Buda et al. 2019: U-Net", "Dice mean .82, median .85", "mean over patients", BY_PATIENT),
    Published("its authors' public code, 22 folds", "Dice mean .836, median .873", "mean over patients", BY_PATIENT),
)


def matrix_figures(matrix: list[list[int]]) -> dict[str, float]:
    """Return every metric of a confusion matrix of pixels."""
    (clear, extra), (missed, hit) = matrix
    whole = Counts(*(np.asarray(value) for value in (hit, extra, missed, clear)))
    return {name: metric(whole) for name, metric in METRICS.items()}


def _matrix_note() -> str:
    found = matrix_figures(MATRIX)
    return (
        f"The confusion matrix {MATRIX} that was printed beside a Dice of .905, an IoU of .828 and an accuracy of "
        f"99.79 % gives, pooled, a Dice of {found['dice']:.3f}, an IoU of {found['iou']:.3f} and an accuracy of "
        f"{100 * found['accuracy']:.2f} %: it belongs to another count than the figures beside it."
    )


COLUMNS_OF_PUBLISHED = ("what", "figure", "counted", "apart by")
BY_SLICE_NOTE = (
    "With slices dealt at random, neighbours of every test slice are in the training set: such figures say how "
    "well a network fills gaps in patients it knows, and cannot be set against those of patients it does not know."
)
MATRIX_NOTE = _matrix_note()


def published_cells() -> list[tuple[str, str, str, str]]:
    """Return the published figures in the order of ``COLUMNS_OF_PUBLISHED``."""
    return [(one.what, one.figure, one.counted, one.split) for one in PUBLISHED]
