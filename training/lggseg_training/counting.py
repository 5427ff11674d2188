"""Pixels counted right and wrong by slice, and the ways in which people make one figure of them.

The ways answer different questions and must not be mixed up: ``pooled`` takes the pixels of all slices as one picture
(large tumors decide), ``slices`` is the mean over all slices (one without tumor and without mask counts as 1),
``tumor_slices`` that over the slices with tumor, and
``patients`` the mean over patients, each as one volume.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WAY_NAMES = {
    "pooled": "pooled over all pixels",
    "slices": "mean over all slices",
    "tumor_slices": "mean over slices with tumor",
    "patients": "mean over patients",
}
WAYS = tuple(WAY_NAMES)

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """Pixels, as numbers or as one number a slice ``(K,)``.

    Attributes:
        hit: In mask and reference (true positive).
        extra: In the mask alone (false positive).
        missed: In the reference alone (false negative).
        clear: In neither (true negative).
    """

    hit: IntArray
    extra: IntArray
    missed: IntArray
    clear: IntArray

    @property
    def total(self) -> Counts:
        """All slices as one."""
        return Counts(*(np.asarray(part.sum()) for part in (self.hit, self.extra, self.missed, self.clear)))

    def slice(self, k: int) -> Counts:
        """Return one slice."""
        return Counts(self.hit[k], self.extra[k], self.missed[k], self.clear[k])

    def rows(self) -> list[list[int]]:
        """Return hit, extra, missed and clear pixels of each slice, for a file."""
        return [part.tolist() for part in (self.hit, self.extra, self.missed, self.clear)]

    def matrix(self) -> list[list[int]]:
        """Return the confusion matrix ``[[clear, extra], [missed, hit]]``: rows are the reference, none first."""
        whole = self.total
        return [[int(whole.clear), int(whole.extra)], [int(whole.missed), int(whole.hit)]]


def count(mask: npt.NDArray[np.bool_], reference: npt.NDArray[np.bool_]) -> Counts:
    """Count the pixels of each slice of two ``(K, J, I)`` masks."""
    parts = (mask & reference, mask & ~reference, ~mask & reference, ~mask & ~reference)
    return Counts(*(part.sum(axis=(1, 2), dtype=np.int64) for part in parts))


def joined(cases: Sequence[Counts]) -> Counts:
    """Return the slices of several patients as those of one."""
    names = ("hit", "extra", "missed", "clear")
    return Counts(*(np.concatenate([getattr(case, name) for case in cases]) for name in names))


def _share(part: IntArray, whole: IntArray, empty: float) -> float:
    return float(part) / float(whole) if whole else empty


METRICS: dict[str, Callable[[Counts], float]] = {
    "dice": lambda n: _share(2 * n.hit, 2 * n.hit + n.extra + n.missed, 1.0),
    "iou": lambda n: _share(n.hit, n.hit + n.extra + n.missed, 1.0),
    "precision": lambda n: _share(n.hit, n.hit + n.extra, math.nan),
    "recall": lambda n: _share(n.hit, n.hit + n.missed, math.nan),
    "specificity": lambda n: _share(n.clear, n.clear + n.extra, math.nan),
    "accuracy": lambda n: _share(n.hit + n.clear, n.hit + n.clear + n.extra + n.missed, math.nan),
}
"""Of single counts. Both empty is a Dice and IoU of 1; what has no denominator is no number and left out of means."""


def figures(cases: Sequence[Counts]) -> dict[str, dict[str, float]]:
    """Return every metric in each of ``WAYS``: ``figures(cases)["slices"]["dice"]``.

    Args:
        cases: The counts of each patient, by slice.
    """
    slices = [case.slice(k) for case in cases for k in range(len(case.hit))]
    patients = [case.total for case in cases]
    tumor = [part for part in slices if part.hit + part.missed]
    groups = {"pooled": [joined(cases).total], "slices": slices, "tumor_slices": tumor, "patients": patients}
    return {way: {name: _mean(map(metric, parts)) for name, metric in METRICS.items()} for way, parts in groups.items()}


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
