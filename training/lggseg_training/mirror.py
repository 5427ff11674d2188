"""The other side of the same head: a volume flipped left to right and registered onto itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.files import replacing
from lggseg.model.preprocessing import FloatArray, NetworkInput
from lggseg.volumes import geometry

TRANSFORM_FILE = "mirror.tfm"

_SEED = 2019
_SHRINK = (4, 4, 1)
_SAMPLED_SHARE = 0.3
_OUTSIDE = -3.0  # about where air lies after normalisation


def mirrored(
    prepared: NetworkInput, label: npt.NDArray[np.uint8], cache: Path | None = None
) -> tuple[FloatArray, npt.NDArray[np.uint8]]:
    """Return what the other side looks like at every place of a prepared study.

    Args:
        prepared: The study on the network's grid.
        label: ``(K, J, I)`` on the same grid.
        cache: Folder that keeps the transform, the slow part; None keeps it nowhere.

    Returns:
        The sequences ``(3, K, J, I)`` and the label ``(K, J, I)``, flipped left to right and laid onto the study.
    """
    transform = _cached_transform(prepared, cache)
    flipped = [_on_grid(array[..., ::-1], prepared.grid) for array in prepared.sequences]
    moved = [sitk.Resample(image, prepared.grid, transform, sitk.sitkLinear, _OUTSIDE) for image in flipped]
    other = _on_grid(label[..., ::-1], prepared.grid)
    other = sitk.Resample(other, prepared.grid, transform, sitk.sitkNearestNeighbor, 0)
    return np.stack([sitk.GetArrayFromImage(image) for image in moved]), sitk.GetArrayFromImage(other)


def register_affinely(moving: sitk.Image, fixed: sitk.Image, start: sitk.Transform) -> sitk.Transform:
    """Find the affine transform that lays one head onto another of similar contrast (Mattes et al. 2003).

    Args:
        moving: float32.
        fixed: float32.
        start: Where to begin: maps points of ``fixed`` to points of ``moving``.

    Returns:
        The transform for ``sitk.Resample(moving, fixed, transform)``.

    Raises:
        RuntimeError: If the two do not overlap.
    """
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(_SAMPLED_SHARE, _SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 80, relaxationFactor=0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([2, 1])
    method.SetSmoothingSigmasPerLevel([2, 0])
    method.SetSmoothingSigmasAreSpecifiedInPhysicalUnits(True)
    method.SetMovingInitialTransform(start)
    center = fixed.TransformContinuousIndexToPhysicalPoint([0.5 * (n - 1) for n in fixed.GetSize()])
    affine = sitk.AffineTransform(3)
    affine.SetCenter(center)
    method.SetInitialTransform(affine, inPlace=True)
    method.Execute(fixed, moving)
    return sitk.CompositeTransform([start, affine])


def _cached_transform(prepared: NetworkInput, cache: Path | None) -> sitk.Transform:
    file = cache / TRANSFORM_FILE if cache else None
    if file and file.is_file():
        return sitk.ReadTransform(str(file))
    transform = _register_to_mirror(prepared)
    if file:
        with replacing(file) as temporary:
            sitk.WriteTransform(transform, str(temporary))
    return transform


def _register_to_mirror(prepared: NetworkInput) -> sitk.Transform:
    """Lay the flipped FLAIR onto FLAIR, on a coarser grid; heads lie askew, so a flip alone is not enough."""
    flair = prepared.sequences[0]
    fixed = sitk.Shrink(sitk.SmoothingRecursiveGaussian(_on_grid(flair, prepared.grid), 1.5), _SHRINK)
    moving = sitk.Shrink(sitk.SmoothingRecursiveGaussian(_on_grid(flair[..., ::-1], prepared.grid), 1.5), _SHRINK)
    columns = np.flatnonzero(prepared.foreground.any(axis=(0, 1)))
    shift = (len(prepared.foreground[0, 0]) - 1 - columns[0] - columns[-1]) * prepared.grid.GetSpacing()[0]
    along = np.array(prepared.grid.GetDirection()).reshape(3, 3)[:, 0]
    start = sitk.TranslationTransform(3, [float(x) for x in shift * along])
    return register_affinely(moving, fixed, start)


def _on_grid(array: npt.NDArray[np.generic], grid: sitk.Image) -> sitk.Image:
    return geometry.like(array, grid)
