"""Where an abnormality has grown, stayed and shrunk: a map to be looked at, on which nothing is measured."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from PIL import Image

from lggseg.growth.alignment import bring
from lggseg.pages.overlay import montage
from lggseg.segmentation.segment_identity import Segment
from lggseg.volumes.geometry import AXIAL_ORIENTATION, like, reorient

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


def overlay(
    flair: sitk.Image, baseline: sitk.Image, later_flair: sitk.Image, later: sitk.Image, transform: sitk.Transform
) -> Image.Image:
    """Draw the later study in the space of the first, its outline filled, and the first outline thin in blue."""
    grid = reorient(flair, AXIAL_ORIENTATION)
    moved = bring(later_flair, grid, transform)
    now = bring(later, grid, transform, mask=True)
    then = bring(baseline, grid, sitk.Transform(3, sitk.sitkIdentity), mask=True)
    return montage(moved, now, then)


def checkerboard(
    flair: sitk.Image, baseline: sitk.Image, later_flair: sitk.Image, transform: sitk.Transform
) -> Image.Image:
    """Draw the two volumes in turn, square by square: edges that run on from square to square are aligned."""
    grid = reorient(flair, AXIAL_ORIENTATION)
    first, second = _evened(sitk.Cast(grid, sitk.sitkFloat32)), _evened(bring(later_flair, grid, transform))
    extent = np.multiply(grid.GetSize(), grid.GetSpacing())
    pattern = [max(2, round(length / _CHECK_MM)) for length in extent[:2]]
    board = sitk.CheckerBoard(first, second, [*pattern, 1])
    where = bring(baseline, grid, sitk.Transform(3, sitk.sitkIdentity), mask=True)
    return montage(board, where)


def _evened(image: sitk.Image) -> sitk.Image:
    """Bring a volume of any intensity scale to about 0 to 1."""
    array = sitk.GetArrayFromImage(image)
    occupied = array[array > np.percentile(array, 50)]
    low, high = np.percentile(array, 1), np.percentile(occupied, 99) if occupied.size else 1.0
    return like(np.clip((array - low) / max(float(high - low), 1e-6), 0, 1.2).astype(np.float32), image)
