"""Rigid registration of a second sequence onto FLAIR, for patients who moved between them."""

from __future__ import annotations

import SimpleITK as sitk

from lggseg.errors import InputError

_SEED = 2019
_BINS = 48
_SAMPLED_SHARE = 0.1


def register_rigidly(moving: sitk.Image, fixed: sitk.Image) -> sitk.Image:
    """Move a volume onto another of the same patient, without interpolating it.

    Mattes mutual information, three levels, starting where the scanner says both lie (Mattes et al. 2003).

    Args:
        moving: The volume to move, of any contrast.
        fixed: The volume that stays.

    Returns:
        ``moving`` with a new origin and direction; its voxels are as they were.

    Raises:
        InputError: If the volumes do not overlap.
    """
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(_SAMPLED_SHARE, _SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 100, relaxationFactor=0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0])
    method.SetSmoothingSigmasAreSpecifiedInPhysicalUnits(True)
    fixed, moving = sitk.Cast(fixed, sitk.sitkFloat32), sitk.Cast(moving, sitk.sitkFloat32)
    center = fixed.TransformContinuousIndexToPhysicalPoint([0.5 * (n - 1) for n in fixed.GetSize()])
    start = sitk.Euler3DTransform(center)
    method.SetInitialTransform(start, inPlace=True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        msg = f"T1 could not be aligned with FLAIR («{reason}»): check that both show one head, or do without aligning"
        raise InputError(msg) from error
    return sitk.TransformGeometry(moving, start)
