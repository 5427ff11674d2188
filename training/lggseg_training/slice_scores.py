"""What is counted slice by slice: pixels, and whether the slice shows any tumor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg_training.counting import Counts, count

FloatArray = npt.NDArray[np.float64]

SMALLEST_PROBABILITY = 1e-7
"""So that the logarithm stays finite."""


@dataclass(frozen=True)
class SliceScores:
    """One patient, slice by slice, on the grid of FLAIR.

    Attributes:
        counts: Pixels of each slice.
        score: The highest probability in each slice; where there is none, whether the mask has any pixel.
        log_loss: Binary cross-entropy, the mean over all pixels; NaN where there is no probability.
    """

    counts: Counts
    score: FloatArray
    log_loss: float = math.nan

    @property
    def tumor(self) -> npt.NDArray[np.bool_]:
        """Which slices show tumor."""
        return np.asarray(self.counts.hit + self.counts.missed > 0)

    @property
    def called(self) -> npt.NDArray[np.bool_]:
        """In which slices the mask has any pixel."""
        return np.asarray(self.counts.hit + self.counts.extra > 0)

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers."""
        n = self.counts
        parts = {"hit": n.hit, "extra": n.extra, "missed": n.missed, "clear": n.clear}
        return {**{name: part.tolist() for name, part in parts.items()}, "score": self.score.round(4).tolist()}


def slice_scores(mask: sitk.Image, reference: sitk.Image, probability: sitk.Image | None) -> SliceScores:
    """Compare a mask with its reference on the same grid, slice by slice along its last axis."""
    a, b = (sitk.GetArrayFromImage(image) > 0 for image in (mask, reference))
    if probability is None:
        return SliceScores(count(a, b), a.any(axis=(1, 2)).astype(np.float64))
    p = sitk.GetArrayFromImage(probability).astype(np.float64)
    likely = np.clip(np.where(b, p, 1.0 - p), SMALLEST_PROBABILITY, 1.0)
    return SliceScores(count(a, b), p.max(axis=(1, 2)), float(-np.log(likely).mean()))


def pooled(cases: Sequence[SliceScores]) -> tuple[npt.NDArray[np.bool_], FloatArray, npt.NDArray[np.bool_]]:
    """Return of all slices of several patients: tumor, score, and whether the mask has any pixel."""
    return (
        np.concatenate([case.tumor for case in cases]),
        np.concatenate([case.score for case in cases]),
        np.concatenate([case.called for case in cases]),
    )
