"""Voxels that are known to hold no measurement: NaN, and what a header calls padding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.volumes import geometry, notes

_NEAR = 0.02  # of the range of the rest: what is called padding, and is as dark as the air, stays as it is

Array = npt.NDArray[np.generic]


def fill(array: Array, invalid: npt.NDArray[np.bool_], why: str) -> tuple[Array, str]:
    """Put the lowest value of the other voxels where there is no measurement.

    Args:
        array: Values of any real type.
        invalid: Which of them are none; of the same shape.
        why: How that is known, to follow "as".

    Returns:
        The array, changed only where that matters, and a sentence on what was done, empty where nothing was.
    """
    count = int(np.count_nonzero(invalid))
    if not 0 < count < array.size:
        return array, ""
    rest = array[~invalid]
    low = rest.min()
    filled = array[invalid]
    span = float(np.percentile(rest.astype(np.float64), 99.5)) - float(low)
    if np.isfinite(filled).all() and bool(np.all(np.abs(filled.astype(np.float64) - float(low)) <= _NEAR * span)):
        return array, ""
    result = array.copy()
    result[invalid] = low
    share = 100.0 * count / array.size
    return result, f"{count} voxels ({share:.2g} %) are no measurement, as {why}: taken as background."


def fill_image(image: sitk.Image) -> sitk.Image:
    """Return a volume with the lowest value of the others where a voxel is NaN or infinite, and a note on that."""
    array = sitk.GetArrayViewFromImage(image)
    if array.dtype.kind != "f" or image.GetNumberOfComponentsPerPixel() != 1 or image.GetDimension() != 3:
        return image
    filled, note = fill(array, ~np.isfinite(array), "they are NaN or infinite")
    if not note:
        return image
    result = geometry.like(filled, image)
    for sentence in (*notes.of(image), note):
        notes.add(result, sentence)
    return result
