"""Resampling piece by piece: a large volume is smoothed where it is needed and never held as floats as a whole.

A slab of the new grid needs the part of the volume that it covers, and the reach of the blur around it. What comes out
is what smoothing and resampling the whole volume gives, but for the last digit of places between voxels.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.volumes import geometry

SLAB_VOXELS = 16_000_000
"""Voxels of the volume that are worked on at once."""

_KERNEL_WIDTH = 64
_REACH_SIGMAS = 4.0  # the filter cuts its kernel off earlier: at one per cent of the area
_EDGE = 2


def resample(image: sitk.Image, grid: sitk.Image, variance: npt.NDArray[np.float64], outside: float) -> sitk.Image:
    """Blur a volume and resample it onto another grid by linear interpolation.

    Args:
        image: Any volume of real numbers.
        grid: The grid wanted.
        variance: ``(3,)`` of the Gaussian along the axes ``i, j, k`` of ``image``, in square millimetres.
        outside: Value where the volume does not reach.

    Returns:
        float32, on the grid.
    """
    if math.prod(image.GetSize()) <= SLAB_VOXELS:
        return _resample(image, grid, variance, outside)
    reach = _reach(image, variance)
    columns, rows, slices = grid.GetSize()
    result = np.full((slices, rows, columns), outside, np.float32)
    step = _slices_at_once(image, grid, reach)
    for first in range(0, slices, step):
        count = min(step, slices - first)
        slab = sitk.RegionOfInterest(grid, [columns, rows, count], [0, 0, first])
        part = _part(image, slab, reach)
        if part is not None:
            made = _resample(part, slab, variance, outside)
            result[first : first + count] = sitk.GetArrayViewFromImage(made)
    return geometry.like(result, grid)


def _resample(image: sitk.Image, grid: sitk.Image, variance: npt.NDArray[np.float64], outside: float) -> sitk.Image:
    smooth = image if image.GetPixelID() == sitk.sitkFloat32 else sitk.Cast(image, sitk.sitkFloat32)
    if variance.any():
        smooth = sitk.DiscreteGaussian(
            smooth, variance=variance.tolist(), maximumKernelWidth=_KERNEL_WIDTH, useImageSpacing=True
        )
    return sitk.Resample(smooth, grid, sitk.Transform(), sitk.sitkLinear, outside, sitk.sitkFloat32)


def _reach(image: sitk.Image, variance: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return how many voxels around a voxel have a part in its blurred value, along ``i, j, k``."""
    sigmas = np.sqrt(variance) / np.array(image.GetSpacing())
    return np.asarray(np.minimum(np.ceil(_REACH_SIGMAS * sigmas), _KERNEL_WIDTH).astype(np.int64) + _EDGE)


def _slices_at_once(image: sitk.Image, grid: sitk.Image, reach: npt.NDArray[np.int64]) -> int:
    """Return how many slices of the grid to make at once: as many as fit, and not much fewer than the blur reaches."""
    slices = int(grid.GetSize()[2])
    low, high = _box(image, grid, np.zeros_like(reach))
    voxels: float = math.prod((high - low).clip(1).tolist()) / slices
    reach_mm = float((reach * np.array(image.GetSpacing())).max())
    around = math.ceil(2 * reach_mm / float(grid.GetSpacing()[2]))
    fitting = int(SLAB_VOXELS / voxels) - around
    return max(around, fitting, 1)


def _box(
    image: sitk.Image, slab: sitk.Image, reach: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the first and last index, ``i, j, k``, of the part of the image that a slab needs; they may not meet."""
    places = [image.TransformPhysicalPointToContinuousIndex(tuple(corner)) for corner in geometry.corners(slab)]
    low = np.floor(np.min(places, axis=0)).astype(np.int64) - reach
    high = np.ceil(np.max(places, axis=0)).astype(np.int64) + reach + 1
    return np.maximum(low, 0), np.minimum(high, image.GetSize())


def _part(image: sitk.Image, slab: sitk.Image, reach: npt.NDArray[np.int64]) -> sitk.Image | None:
    low, high = _box(image, slab, reach)
    if np.any(high <= low):
        return None
    return sitk.RegionOfInterest(image, (high - low).tolist(), low.tolist())
