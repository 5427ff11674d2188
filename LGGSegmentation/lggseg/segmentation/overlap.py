"""Overlap of two masks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk


def dice(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float:
    """Return the Dice coefficient of two masks of the same shape; 1 if both are empty (Dice 1945)."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2.0 * int(np.count_nonzero(first & second)) / total if total else 1.0


def dice_of_images(first: sitk.Image, second: sitk.Image) -> float:
    """Return the Dice coefficient of two mask images on the same grid."""
    return dice(sitk.GetArrayViewFromImage(first) > 0, sitk.GetArrayViewFromImage(second) > 0)
