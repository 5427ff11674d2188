"""A volume from whatever the caller has: a path, or an image or array in memory."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.files import sha256_of
from lggseg.volumes import geometry, invalid_voxels, io
from lggseg.volumes.native import shown

IN_MEMORY = "in memory"
"""What a report gives for the file of a volume that was handed over in memory."""

_ARRAY_AND_AFFINE = 2
_CARRIED_AS = {np.dtype(np.float16): np.float32, np.dtype(np.bool_): np.uint8}  # what ITK has no type for


def is_path(source: Any) -> TypeGuard[str | Path]:
    """Tell whether a source is the name of a file or folder."""
    return isinstance(source, str | Path)


def volume_of(
    source: Any,
    name: str = "volume",
    *,
    spacing: tuple[float, float, float] | None = None,
    wanted: str | None = None,
) -> sitk.Image:
    """Return a volume as an image.

    Args:
        source: A path as ``io.read_volume`` takes it; a ``SimpleITK.Image``; a nibabel image; or an array
            ``(i, j, k)`` with its ``(4, 4)`` affine to RAS+ mm, as a pair.
        name: What to call it in a message.
        spacing: Voxel size in mm, for TIFF slices.
        wanted: Word in the description of the DICOM series to prefer; see ``io.read_volume``.

    Raises:
        InputError: If it is something else, or not a usable 3D volume.
    """
    if is_path(source):
        return io.read_volume(source, spacing=spacing, wanted=wanted)
    if isinstance(source, sitk.Image):
        image = source
    elif hasattr(source, "dataobj") and hasattr(source, "affine"):
        image = _from_ijk(np.asanyarray(source.dataobj), source.affine)
    elif isinstance(source, tuple | list) and len(source) == _ARRAY_AND_AFFINE:
        image = _from_ijk(np.asanyarray(source[0]), source[1])
    else:
        msg = (
            f"{name}: expected a path, a SimpleITK image, a nibabel image or a pair (array, affine), got "
            f"{type(source).__name__}"
        )
        raise InputError(msg)
    image = invalid_voxels.fill_image(image)
    geometry.check_volume(image, name)
    return image


def describe(image: sitk.Image, source: Any, *, with_path: bool = False) -> dict[str, Any]:
    """Return what a report says of an input volume: file, SHA-256, size and spacing.

    The name of a file alone, unless asked for its path: folders are often called like the patient.

    The checksum of a volume in memory is that of its voxels, grid not included.
    """
    if is_path(source):
        path = Path(str(source).partition(io.SERIES_SEPARATOR)[0])
        file, checksum = shown(source if with_path else path.name), sha256_of(path)
    else:
        voxels = np.ascontiguousarray(sitk.GetArrayViewFromImage(image))
        file, checksum = IN_MEMORY, hashlib.sha256(voxels.tobytes()).hexdigest()
    return {
        "file": file,
        "sha256": checksum,
        "size": list(image.GetSize()),
        "spacing_mm": [round(edge, 6) for edge in image.GetSpacing()],
    }


def _from_ijk(array: np.ndarray, affine: Any) -> sitk.Image:
    """Make an image of nibabel's order; further axes of length 1, which many NIfTI files have, are dropped."""
    while array.ndim > 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.dtype in _CARRIED_AS:
        array = array.astype(_CARRIED_AS[array.dtype])
    return geometry.image_from_array(array.transpose() if array.ndim == 3 else array, affine)
