"""Overlap of two masks."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk


def dice(first: sitk.Image, second: sitk.Image) -> float:
    """Return the Dice coefficient of two masks on the same grid; 1 if both are empty (Dice 1945)."""
    a = sitk.GetArrayViewFromImage(first) > 0
    b = sitk.GetArrayViewFromImage(second) > 0
    total = int(np.count_nonzero(a)) + int(np.count_nonzero(b))
    return 2.0 * int(np.count_nonzero(a & b)) / total if total else 1.0
