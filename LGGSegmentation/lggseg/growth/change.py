"""Where an abnormality has grown, stayed and shrunk: a map to be looked at, on which nothing is measured."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from lggseg.growth.alignment import bring
from lggseg.segmentation.segment_identity import Segment
from lggseg.volumes.geometry import like

STABLE, GROWN, SHRUNK = 1, 2, 3
"""Labels: abnormal in both studies, in the later one alone, in the first one alone."""

SEGMENTS = (
    Segment("Stable", "stable", (0.95, 0.85, 0.35), STABLE),
    Segment("Grown", "grown", (0.85, 0.15, 0.15), GROWN),
    Segment("Shrunk", "shrunk", (0.2, 0.5, 0.95), SHRUNK),
)
"""The labels as segments."""

_CHECK_MM = 24.0


def change_map(baseline: sitk.Image, later: sitk.Image, transform: sitk.Transform) -> sitk.Image:
    """Return the label map of the change between two masks.

    Args:
        baseline: Mask of the first study; the map is on its grid.
        later: Mask of the later study, on its own grid.
        transform: From points of the baseline to points of the later study.
    """
    before = sitk.GetArrayViewFromImage(baseline) != 0
    moved = bring(later, baseline, transform, mask=True)  # a view does not keep its image alive
    after = sitk.GetArrayViewFromImage(moved) != 0
    labels = np.zeros(before.shape, dtype=np.uint8)
    labels[before & after] = STABLE
    labels[after & ~before] = GROWN
    labels[before & ~after] = SHRUNK
    return like(labels, baseline)


def checkerboard(flair: sitk.Image, later_flair: sitk.Image, transform: sitk.Transform) -> sitk.Image:
    """Return both volumes in turn, square by square, on the grid of the first and on one scale of 0 to about 1.

    Edges that run on from square to square are aligned.

    Args:
        flair: FLAIR of the first study; the squares lie in the plane of its first two axes.
        later_flair: That of the later one.
        transform: From points of the first to points of the later study.
    """
    first = _evened(sitk.Cast(flair, sitk.sitkFloat32))
    second = _evened(bring(later_flair, flair, transform))
    extent = np.multiply(flair.GetSize(), flair.GetSpacing())
    squares = [max(2, round(length / _CHECK_MM)) for length in extent[:2]]
    return sitk.CheckerBoard(first, second, [*squares, 1])


def _evened(image: sitk.Image) -> sitk.Image:
    """Bring a volume of any intensity scale to about 0 to 1."""
    array = sitk.GetArrayFromImage(image)
    occupied = array[array > np.percentile(array, 50)]
    low, high = np.percentile(array, 1), np.percentile(occupied, 99) if occupied.size else 1.0
    return like(np.clip((array - low) / max(float(high - low), 1e-6), 0, 1.2).astype(np.float32), image)
