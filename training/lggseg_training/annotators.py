"""Two annotators of the same patients, on images that were prepared differently."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from tqdm import tqdm

from lggseg.cohort.prepared import Case, read_manifest
from lggseg.errors import InputError
from lggseg.model.preprocessing import foreground_mask, normalize
from lggseg.pages.overlay import montage
from lggseg.segmentation.overlap import dice_of_images
from lggseg.volumes import geometry, io
from lggseg_training.mirror import register_affinely
from lggseg_training.scoring import summarize

_COARSE = (4, 4, 1)
_STRETCHES = np.arange(0.6, 1.71, 0.1)
_LIFTS_MM = np.arange(0.0, 41.0, 5.0)
_BRAIN_FROM = 0.5  # normalised intensity, of about 3 in tissue
_LEAST_BRAIN_SHARE = 0.1  # of the stack


@dataclass(frozen=True)
class Pair:
    """Two outlines of one patient.

    Attributes:
        correlation: Of the FLAIR volumes inside the brain, after registration.
        dice: Of the two annotators' outlines.
        round_trip: Of the first outline and itself, carried onto the second image and back.
        first_ml: Volume of the first outline, in the assumed voxel size of the first image.
        second_ml: Volume of the second outline, carried onto the first image.
    """

    patient: str
    correlation: float
    dice: float
    round_trip: float
    first_ml: float
    second_ml: float


def compare(first: Case, second: Case, pictures: Path) -> Pair:
    """Register the second image onto the first, and compare the outlines there."""
    fixed, label = _volume(first, "flair"), io.read_volume(first.file("label")) > 0
    moving, other = _volume(second, "flair"), io.read_volume(second.file("label")) > 0
    transform = best_registration(moving, fixed)
    moved = sitk.Resample(moving, fixed, transform, sitk.sitkLinear, 0.0)
    carried = sitk.Resample(other, fixed, transform, sitk.sitkNearestNeighbor, 0)
    there = sitk.Resample(label, moving, transform.GetInverse(), sitk.sitkNearestNeighbor, 0)
    back = sitk.Resample(there, fixed, transform, sitk.sitkNearestNeighbor, 0)
    pictures.mkdir(parents=True, exist_ok=True)
    montage(fixed, carried, sitk.Cast(label, sitk.sitkUInt8)).save(pictures / f"{first.patient}.png")
    montage(moved, carried, sitk.Cast(label, sitk.sitkUInt8)).save(pictures / f"{first.patient}-moved.png")
    inside = sitk.GetArrayViewFromImage(moved) > _BRAIN_FROM
    values = [sitk.GetArrayFromImage(image)[inside] for image in (fixed, moved)]
    return Pair(
        first.patient,
        round(float(np.corrcoef(*values)[0, 1]), 3),
        round(dice_of_images(carried, label), 4),
        round(dice_of_images(back, label), 4),
        round(_ml(label), 1),
        round(_ml(carried), 1),
    )


def best_registration(moving: sitk.Image, fixed: sitk.Image) -> sitk.Transform:
    """Lay a stripped volume of known voxel size onto a stack whose slice distance is only assumed.

    The distance may be wrong by half, and the stack reaches below the brain: so many stretches and
    displacements along the slices are tried on coarse volumes before the best start is refined.

    Args:
        moving: Stripped, 0 outside the brain.
        fixed: Skull on.

    Returns:
        The affine transform for ``sitk.Resample(moving, fixed, transform)``.
    """
    coarse_fixed = sitk.Shrink(sitk.SmoothingRecursiveGaussian(fixed, 2.0), _COARSE)
    coarse_moving = sitk.Shrink(sitk.SmoothingRecursiveGaussian(moving, 2.0), (4, 4, 2))
    starts = [_start(moving, fixed, stretch, lift) for stretch in _STRETCHES for lift in _LIFTS_MM]
    likeness = [_likeness(coarse_fixed, coarse_moving, start) for start in starts]
    best = starts[int(np.argmax(likeness))]
    refined = register_affinely(coarse_moving, coarse_fixed, best, 1.0)
    return max((best, refined), key=lambda transform: _likeness(coarse_fixed, coarse_moving, transform))


def _start(moving: sitk.Image, fixed: sitk.Image, stretch: float, lift_mm: float) -> sitk.Transform:
    """Lay the top of the brain onto the top of the head, less ``lift_mm``, and the slices stretched from there."""
    start = sitk.AffineTransform(3)
    start.SetMatrix(np.diag([1.0, 1.0, stretch]).ravel().tolist())
    here, there = _middle_of_the_top(fixed), _middle_of_the_top(moving)
    here[2] -= lift_mm
    start.SetCenter(here)
    start.SetTranslation((np.array(there) - np.array(here)).tolist())
    return start


def _middle_of_the_top(image: sitk.Image) -> list[float]:
    """Return the middle of what is above 0 along the columns and rows, and its upper end along the slices."""
    occupied = np.argwhere(sitk.GetArrayViewFromImage(image) > 0)
    low, high = occupied.min(axis=0), occupied.max(axis=0)
    index = [0.5 * float(low[2] + high[2]), 0.5 * float(low[1] + high[1]), float(high[0])]
    return list(image.TransformContinuousIndexToPhysicalPoint(index))


def _likeness(fixed: sitk.Image, moving: sitk.Image, transform: sitk.Transform) -> float:
    """Return the correlation where the moved brain lies, -1 where too little of it lies within the stack."""
    moved = sitk.GetArrayFromImage(sitk.Resample(moving, fixed, transform, sitk.sitkLinear, 0.0))
    brain = moved > _BRAIN_FROM
    if brain.mean() < _LEAST_BRAIN_SHARE:
        return -1.0
    return float(np.corrcoef(sitk.GetArrayViewFromImage(fixed)[brain], moved[brain])[0, 1])


def _volume(case: Case, name: str) -> sitk.Image:
    """Read a volume, its background 0 and its tissue around 3, which suits both kinds of preparation."""
    image = geometry.reorient(io.read_volume(case.file(name)), geometry.AXIAL_ORIENTATION)
    array = sitk.GetArrayFromImage(image).astype(np.float32)
    head = foreground_mask(array, name)
    return geometry.like(np.where(head, np.clip(normalize(array, name) + 3.0, 0.01, 8.0), 0).astype(np.float32), image)


def _ml(label: sitk.Image) -> float:
    return int(np.count_nonzero(sitk.GetArrayViewFromImage(label))) * geometry.voxel_volume_ml(label)


def compare_all(first: Path, second: Path, output: Path, least: float) -> dict[str, object]:
    """Compare all patients who are in both sets; write the table and the summary, and return the latter.

    Raises:
        InputError: If nobody is in both.
    """
    others = {case.patient: case for case in read_manifest(second)}
    both = [case for case in read_manifest(first) if case.patient in others]
    if not both:
        msg = f"expected patients who have a case in {first} and in {second}, got none; check the patient names"
        raise InputError(msg)
    pairs = [compare(case, others[case.patient], output / "pictures") for case in tqdm(both, disable=None)]
    with (output / "annotators.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(asdict(pairs[0])))
        writer.writeheader()
        writer.writerows(asdict(pair) for pair in pairs)
    kept = [pair for pair in pairs if pair.correlation >= least]
    summary: dict[str, object] = {
        "pairs": len(kept),
        "left_out": {pair.patient: pair.correlation for pair in pairs if pair.correlation < least},
        "dice": summarize([pair.dice for pair in kept]),
        "round_trip_dice": summarize([pair.round_trip for pair in kept]),
    }
    (output / "annotators.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return summary
