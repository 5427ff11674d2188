"""Rigid alignment of a later FLAIR volume with the baseline's, by the brain outside the abnormality."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from lggseg.errors import InputError
from lggseg.model.brain import brain_mask
from lggseg.model.preprocessing import foreground_mask
from lggseg.segmentation.progress import Checkpoint, never_stop
from lggseg.volumes.geometry import AXIAL_ORIENTATION, like, reorient

DOUBTFUL_BELOW = 0.75
"""Alignments less similar than this are pointed out: docs/growth.md has what right and wrong ones reach."""

_GRID_MM = 2.0  # finer gives the same to .1 mm and takes longer
_MARGIN_MM = 6.0  # about the abnormality: its swelling moves too
_BINS = 32
_ERODE_MM = 4.25
_LEVELS = ((4, 3.0, 1.0), (2, 1.5, 0.5), (1, 0.0, 0.1))  # shrink factor, smoothing in mm, share of voxels sampled
_SEED = 2013


@dataclass(frozen=True)
class Alignment:
    """How a later study lies in the space of the baseline.

    Attributes:
        transform: From points of the baseline to points of the later study, LPS millimetres, as
            ``SimpleITK.Resample`` takes it.
        similarity: Correlation of the two FLAIR volumes within the brain outside both abnormalities, 1 at best.
        before: The same before alignment.
        shift_mm: How far the middle of the baseline's brain was moved.
        rotation_degrees: Angle of the rotation.
        stated: Whether nobody looked, because the user said that the studies lie in one space.
    """

    transform: sitk.Transform
    similarity: float
    before: float
    shift_mm: float
    rotation_degrees: float
    stated: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether somebody has to look before the overlay is believed."""
        return self.similarity < DOUBTFUL_BELOW

    @property
    def numbers(self) -> dict[str, float]:
        """All but the transform, by their names: to be kept beside it."""
        return {
            "similarity": self.similarity,
            "before": self.before,
            "shift_mm": self.shift_mm,
            "rotation_degrees": self.rotation_degrees,
        }

    @classmethod
    def of(cls, transform: sitk.Transform, numbers: Mapping[str, Any]) -> Alignment:
        """Return the alignment of a transform and the numbers that were kept beside it.

        Raises:
            KeyError: If one of them is missing.
        """
        similarity, before = float(numbers["similarity"]), float(numbers["before"])
        return cls(transform, similarity, before, float(numbers["shift_mm"]), float(numbers["rotation_degrees"]))


@dataclass(frozen=True)
class _Head:
    """A FLAIR volume on a coarse grid, and where the metric looks."""

    flair: sitk.Image
    inside: sitk.Image
    middle: tuple[float, ...]


def align(
    baseline: sitk.Image,
    baseline_mask: sitk.Image,
    later: sitk.Image,
    later_mask: sitk.Image,
    *,
    checkpoint: Checkpoint = never_stop,
) -> Alignment:
    """Align a later study with the baseline.

    Mattes mutual information, three levels, from where the scanner says that both lie and from the middles of the
    brains; the better end counts. The mask of each study leaves its abnormality out, because growth would pull at
    the alignment (compare Mattes et al., IEEE Transactions on Medical Imaging 22 (2003) 120-128, for the metric).

    Args:
        baseline: FLAIR of the baseline.
        baseline_mask: Its abnormality, on any grid in the same space.
        later: FLAIR of the later study.
        later_mask: Its abnormality, on any grid in the same space.
        checkpoint: Called at every step; what it raises ends the run.

    Raises:
        InputError: If the two cannot be aligned.
    """
    fixed, moving = _head(baseline, baseline_mask), _head(later, later_mask)
    between = np.subtract(moving.middle, fixed.middle)
    ends = [_run(fixed, moving, start, checkpoint) for start in ((0.0, 0.0, 0.0), tuple(between.tolist()))]
    found = [end for end in ends if end is not None]
    if not found:
        msg = (
            "the studies could not be aligned: expected two FLAIR volumes of one head, got volumes that do not overlap"
        )
        raise InputError(msg)
    transform = max(found, key=lambda end: similarity(fixed, moving, end))
    moved = np.subtract(transform.TransformPoint(fixed.middle), fixed.middle)
    rotation = np.array(transform.GetMatrix()).reshape(3, 3)
    return Alignment(
        transform=transform,
        similarity=similarity(fixed, moving, transform),
        before=similarity(fixed, moving, sitk.Transform(3, sitk.sitkIdentity)),
        shift_mm=float(np.linalg.norm(moved)),
        rotation_degrees=math.degrees(math.acos(min(1.0, max(-1.0, (float(np.trace(rotation)) - 1) / 2)))),
    )


def bring(image: sitk.Image, grid: sitk.Image, transform: sitk.Transform, *, mask: bool = False) -> sitk.Image:
    """Resample a volume onto a grid, to be looked at; nothing is measured on the result.

    Args:
        image: The volume.
        grid: The grid wanted.
        transform: From points of ``grid`` to points of ``image``.
        mask: Whether it is a mask, whose edge is put half way between the voxels.
    """
    if not mask:
        return sitk.Resample(image, grid, transform, sitk.sitkLinear, 0.0, sitk.sitkFloat32)
    share = sitk.Resample(sitk.Cast(image != 0, sitk.sitkFloat32), grid, transform, sitk.sitkLinear, 0.0)
    return sitk.Cast(share >= 0.5, sitk.sitkUInt8)


def similarity(fixed: _Head, moving: _Head, transform: sitk.Transform) -> float:
    """Return the correlation of two heads where both show brain outside abnormality; 0 where they hardly meet."""
    inside = sitk.Resample(moving.inside, fixed.flair, transform, sitk.sitkNearestNeighbor, 0)
    where = (sitk.GetArrayViewFromImage(inside) != 0) & (sitk.GetArrayViewFromImage(fixed.inside) != 0)
    if np.count_nonzero(where) < 0.2 * np.count_nonzero(sitk.GetArrayViewFromImage(fixed.inside)):
        return 0.0
    other = sitk.Resample(moving.flair, fixed.flair, transform, sitk.sitkLinear, 0.0)
    pair = [sitk.GetArrayViewFromImage(image)[where] for image in (fixed.flair, other)]
    return float(np.corrcoef(*pair)[0, 1]) if all(np.ptp(values) > 0 for values in pair) else 0.0


def _head(flair: sitk.Image, mask: sitk.Image) -> _Head:
    axial = reorient(sitk.Cast(flair, sitk.sitkFloat32), AXIAL_ORIENTATION)
    coarse = _coarse(axial)
    array = sitk.GetArrayFromImage(coarse)
    abnormal = sitk.GetArrayFromImage(bring(mask, coarse, sitk.Transform(3, sitk.sitkIdentity), mask=True)) > 0
    head = foreground_mask(array, "FLAIR")
    brain = brain_mask(head, abnormal, erode_pixels=max(1, round(_ERODE_MM / coarse.GetSpacing()[0])))
    low, high = np.percentile(array[brain], (1, 99))
    inside = brain & ~_grown(abnormal, coarse.GetSpacing())
    middle = coarse.TransformContinuousIndexToPhysicalPoint(_middle(brain))
    clipped = like(np.clip(array, low, high), coarse)
    return _Head(clipped, like(inside.astype(np.uint8), coarse), middle)


def _coarse(image: sitk.Image) -> sitk.Image:
    """Bring fine axes to about 2 mm; thick slices stay as they are."""
    factors = [max(1, round(_GRID_MM / edge)) for edge in image.GetSpacing()]
    return sitk.BinShrink(image, factors) if max(factors) > 1 else image


def _grown(mask: npt.NDArray[np.bool_], spacing: Sequence[float]) -> npt.NDArray[np.bool_]:
    if not mask.any():
        return mask
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=spacing[::-1]) <= _MARGIN_MM)


def _middle(mask: npt.NDArray[np.bool_]) -> list[float]:
    return [float(index) for index in reversed(ndimage.center_of_mass(mask))]


def _run(fixed: _Head, moving: _Head, shift: Sequence[float], checkpoint: Checkpoint) -> sitk.Euler3DTransform | None:
    """Optimise from one start; None where the volumes do not meet."""
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricFixedMask(fixed.inside)
    method.SetMetricMovingMask(moving.inside)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 1e-3, 120, relaxationFactor=0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    shrink, smoothing, sampled = ([level[n] for level in _LEVELS] for n in range(3))
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentagePerLevel(sampled, _SEED)
    method.SetShrinkFactorsPerLevel(shrink)
    method.SetSmoothingSigmasPerLevel(smoothing)
    method.SetSmoothingSigmasAreSpecifiedInPhysicalUnits(True)
    transform = sitk.Euler3DTransform(fixed.middle, 0.0, 0.0, 0.0, tuple(shift))
    method.SetInitialTransform(transform, inPlace=True)
    stopped: list[BaseException] = []
    method.AddCommand(sitk.sitkIterationEvent, lambda: _look(checkpoint, method, stopped))
    with suppress(RuntimeError):
        method.Execute(fixed.flair, moving.flair)
        if not stopped:
            return transform
    if stopped:
        raise stopped[0]
    return None


def _look(checkpoint: Checkpoint, method: sitk.ImageRegistrationMethod, stopped: list[BaseException]) -> None:
    """Ask whether to go on. SimpleITK would turn what is raised here into an error of its own."""
    try:
        checkpoint()
    except BaseException as reason:  # noqa: BLE001 - it is raised again as soon as the method has stopped
        stopped.append(reason)
        method.StopRegistration()
