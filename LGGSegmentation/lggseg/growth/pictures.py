"""Pictures of two aligned studies: their outlines now and then, and both volumes in turn."""

from __future__ import annotations

import SimpleITK as sitk
from PIL import Image

from lggseg.growth import change
from lggseg.growth.alignment import bring
from lggseg.pages.overlay import montage
from lggseg.volumes.geometry import AXIAL_ORIENTATION, reorient


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
    """Draw the two volumes in turn, square by square, where the first study is abnormal."""
    grid = reorient(flair, AXIAL_ORIENTATION)
    where = bring(baseline, grid, sitk.Transform(3, sitk.sitkIdentity), mask=True)
    return montage(change.checkerboard(grid, later_flair, transform), where)
