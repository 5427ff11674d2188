"""From the probability map to the mask: threshold, and which of its pieces to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

COMPONENTS = ("large", "largest", "all")

PEAK_ML = 0.5
"""How much of what is most likely abnormal decides whether anything counts."""
_UNLIKELY = 0.05

LARGE_SHARE = 0.3
"""Pieces of at least this share of the largest piece are ``large``; of 90 patients .2 gives the same masks."""


@dataclass(frozen=True)
class MaskRule:
    """How a probability map becomes a mask.

    Attributes:
        threshold: Probability from which a voxel counts as abnormal, between 0 and 1.
        components: Which of the 6-connected pieces to keep. ``largest`` keeps one (as Buda et al. 2019
            did: a lower-grade glioma is one piece in most patients, and bright spots elsewhere are
            not); ``large`` those that are not much smaller, so that of two candidates the tumor is not
            the one that is dropped; ``all`` every piece.
        least_peak: How sure ``peak_of`` has to be for anything to count: a network that learnt from tumors
            outlines something faint in many healthy heads. 0 holds nothing back.
    """

    threshold: float = 0.5
    components: str = "largest"
    least_peak: float = 0.0

    def changed(self, threshold: float | None, components: str | None) -> MaskRule:
        """Return this rule, or that of a person who sets a part of it: then nothing is held back for being unsure."""
        if threshold is None and components is None:
            return self
        return MaskRule(self.threshold if threshold is None else threshold, components or self.components)

    def finding(self, probability: npt.NDArray[np.floating], voxel_ml: float) -> npt.NDArray[np.uint8]:
        """Return the mask, empty where nothing in a ``(K, J, I)`` probability map is sure enough to count."""
        if self.least_peak and peak_of(probability, voxel_ml) < self.least_peak:
            return np.zeros(probability.shape, np.uint8)
        return self.mask(probability)

    def mask(self, probability: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
        """Return the uint8 mask of a ``(K, J, I)`` probability map, however unsure."""
        mask = np.asarray(probability >= self.threshold)
        if self.components == "largest":
            mask = largest_component(mask)
        elif self.components == "large":
            mask = large_components(mask)
        return mask.astype(np.uint8)


def peak_of(probability: npt.NDArray[np.floating], voxel_ml: float) -> float:
    """Return the mean probability of the half millilitre that is most likely abnormal.

    Args:
        probability: ``(K, J, I)``.
        voxel_ml: Volume of a voxel.
    """
    count = max(1, round(PEAK_ML / voxel_ml))
    likely = probability[probability > _UNLIKELY]  # a copy of few voxels, not of the volume
    if len(likely) > count:
        likely = np.partition(likely, len(likely) - count)[-count:]
    return float(likely.sum(dtype=np.float64)) / count


def largest_component(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the largest 6-connected piece of a ``(K, J, I)`` mask; an empty mask stays empty."""
    return _keep(mask, np.argmax)


def large_components(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the 6-connected pieces of at least ``LARGE_SHARE`` of the largest one's voxels."""
    return _keep(mask, lambda sizes: np.flatnonzero(sizes >= LARGE_SHARE * sizes.max()))


def _keep(mask: npt.NDArray[np.bool_], choose: Callable[[npt.NDArray[np.intp]], Any]) -> npt.NDArray[np.bool_]:
    """Return the pieces that ``choose`` picks, by index, from their sizes in voxels; one or none stays as it is."""
    from scipy import ndimage  # noqa: PLC0415  (the model's metadata needs the rule, not scipy)

    from lggseg.volumes import geometry  # noqa: PLC0415  (likewise)

    box = geometry.bounding_box(mask)
    if box is None:
        return mask
    pieces, count = ndimage.label(mask[box])  # four bytes a voxel: only where there is something
    if count < 2:
        return mask
    kept = np.zeros_like(mask)
    kept[box] = np.isin(pieces, 1 + choose(np.bincount(pieces.ravel())[1:]))
    return kept
