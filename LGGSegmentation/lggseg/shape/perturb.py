"""A mask drawn a little differently: a pixel wider, a pixel narrower, on slices twice as thick, at another threshold.

For the question which features stay the same when another person, or another scanner, would have drawn it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from lggseg.errors import InputError
from lggseg.shape.region import Region, region_of

BoolArray = npt.NDArray[np.bool_]

IN_SLICE = ndimage.generate_binary_structure(2, 1)[None]
"""The four neighbours in the slice: across slices a voxel is several times as long."""


def narrower(mask: sitk.Image) -> sitk.Image | None:
    """Return the mask without its outermost pixels in every axial slice, or None where nothing is left."""
    region = region_of(mask)
    return None if region is None else _image(region, ndimage.binary_erosion(region.voxels, IN_SLICE))


def wider(mask: sitk.Image) -> sitk.Image | None:
    """Return the mask with one more pixel all round in every axial slice that it touches, or None where it is empty."""
    region = region_of(mask)
    if region is None:
        return None
    roomy = np.pad(region.voxels, 1)
    return _image(region, ndimage.binary_dilation(roomy, IN_SLICE))


def thicker(mask: sitk.Image) -> sitk.Image | None:
    """Return every second axial slice at twice the distance, or None where none of them is touched."""
    region = region_of(mask)
    if region is None:
        return None
    image = _image(region, region.voxels[1::2])
    if image is not None:
        x, y, z = image.GetSpacing()
        image.SetSpacing((x, y, 2 * z))
    return image


def at_threshold(probability: sitk.Image, threshold: float) -> sitk.Image:
    """Return the mask of a probability map at and above a threshold.

    Args:
        probability: ``(K, J, I)``, 0 to 1 in floating point, or whole per cents, as training keeps its maps.
        threshold: 0 to 1.

    Raises:
        InputError: If there are values that are no probabilities.
    """
    in_per_cent = probability.GetPixelID() not in (sitk.sitkFloat32, sitk.sitkFloat64)
    top = 100 if in_per_cent else 1
    values = sitk.GetArrayViewFromImage(probability)
    if values.min() < 0 or values.max() > top:
        msg = (
            f"expected probabilities, 0 to {top} {'in whole per cents' if in_per_cent else 'in floating point'}, got "
            f"{values.min():g} to {values.max():g}; give probability maps, not images"
        )
        raise InputError(msg)
    return sitk.Cast(probability >= threshold * top, sitk.sitkUInt8)


def _image(region: Region, voxels: BoolArray) -> sitk.Image | None:
    """Return voxels as an axial image with a margin; its place in space is not kept, for no shape depends on it."""
    if not voxels.any():
        return None
    image = sitk.GetImageFromArray(np.pad(voxels, 1).astype(np.uint8))
    image.SetSpacing([float(length) for length in region.spacing])
    return image
