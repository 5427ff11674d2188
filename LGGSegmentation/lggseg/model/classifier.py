"""Which slices show an abnormality: a slice classifier alone, and as a gate before an outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from lggseg.model import preprocessing
from lggseg.model.logits import sigmoid
from lggseg.model.predictor import Predictor
from lggseg.model.preprocessing import FloatArray
from lggseg.model.segmenter import SLICES_AT_ONCE, SliceProgress

DEFAULT_THRESHOLD = 0.5

_SHUT = -60.0
"""Logit of every pixel of a slice that a gate does not let through."""


@dataclass(frozen=True)
class SliceClass:
    """What a classifier says of one slice.

    Attributes:
        slice: Number on the network's grid, from 1 at the feet's end.
        center_mm: Where the middle of the slice lies, LPS in mm, as in ``sitk``.
        probability: That it shows an abnormality, 0 to 1; 0 for slices without any head.
    """

    slice: int
    center_mm: tuple[float, float, float]
    probability: float


def classify(
    study: Mapping[str, sitk.Image], classifier: Predictor, progress: SliceProgress | None = None
) -> list[SliceClass]:
    """Classify the axial slices of a study, on the network's grid: each as it is and mirrored, averaged.

    Args:
        study: As for ``segmenter.segment``.
        classifier: Maps ``(N, 5, H, W)`` normalised channels to ``(N, 1)`` logits.
        progress: Called with (slices done, slices in all); an exception from it stops the run.

    Raises:
        InputError: If a volume cannot be used.
    """
    prepared = preprocessing.prepare(study)
    probability = np.zeros(len(prepared.foreground))
    slices = prepared.occupied_slices
    for first in range(0, len(slices), SLICES_AT_ONCE):
        if progress:
            progress(first, len(slices))
        chosen = slices[first : first + SLICES_AT_ONCE]
        stacks = [preprocessing.stack_channels(prepared.sequences, k, prepared.neighbor_offset) for k in chosen]
        views = (np.stack(stacks), np.ascontiguousarray(np.stack(stacks)[..., ::-1]))
        probability[chosen] = np.mean([probabilities(classifier(view)) for view in views], axis=0)
    if progress:
        progress(len(slices), len(slices))
    return [SliceClass(k + 1, _center(prepared.grid, k), float(value)) for k, value in enumerate(probability)]


def probabilities(logits: FloatArray) -> FloatArray:
    """Return the probability of each slice, ``(N,)``, from ``(N, 1)`` logits."""
    return np.asarray(sigmoid(logits[:, 0]), dtype=np.float32)


class Gate:
    """Asks a classifier of each slice first, and outlines nothing where it sees nothing.

    Attributes:
        shut: Slices, and mirrored slices, that it did not let through.
        asked: Of so many.
    """

    def __init__(self, predictor: Predictor, classifier: Predictor, threshold: float = DEFAULT_THRESHOLD) -> None:
        self._predictor = predictor
        self._classifier = classifier
        self._threshold = threshold
        self.shut = 0
        self.asked = 0

    @property
    def device(self) -> str:
        """Runtime and device in words, for the report."""
        return self._predictor.device

    def __call__(self, batch: FloatArray) -> FloatArray:
        """Map ``(N, 5, H, W)`` normalised channels to ``(N, 1, H, W)`` logits."""
        through = probabilities(self._classifier(batch)) >= self._threshold
        self.asked += len(through)
        self.shut += int(np.count_nonzero(~through))
        logits = np.full((len(batch), 1, *batch.shape[2:]), _SHUT, np.float32)
        if through.any():
            logits[through] = self._predictor(np.ascontiguousarray(batch[through]))
        return logits


def _center(grid: sitk.Image, k: int) -> tuple[float, float, float]:
    columns, rows, _ = grid.GetSize()
    x, y, z = grid.TransformContinuousIndexToPhysicalPoint(((columns - 1) / 2, (rows - 1) / 2, float(k)))
    return round(x, 2), round(y, 2), round(z, 2)
