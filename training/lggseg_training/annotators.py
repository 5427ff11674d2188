"""Two annotators of the same patients, on images that were prepared differently."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import optimize
from tqdm import tqdm

from lggseg.cohort.prepared import Case, read_manifest
from lggseg.errors import InputError
from lggseg.model.preprocessing import foreground_mask, normalize
from lggseg.pages.overlay import montage
from lggseg.segmentation.overlap import dice_of_images
from lggseg.volumes import geometry, io
from lggseg_training.scoring import summarize

OUTLINES_FOLDER = "outlines"
"""Second outlines on the grid of the first image, one file a patient, of those whose images fit."""

_COARSE = (4, 4, 1)
_STRETCHES = np.arange(0.6, 1.71, 0.15)
_PIXEL_SCALES = (0.92, 1.0, 1.08)
_LIFTS_MM = np.arange(-10.0, 31.0, 5.0)
_UPPER_MM = 50.0
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


def compare(first: Case, second: Case, pictures: Path) -> tuple[Pair, sitk.Image]:
    """Register the second image onto the first, and compare the outlines there.

    Returns:
        The comparison, and the second outline on the grid of the first image.
    """
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
    pair = Pair(
        first.patient,
        round(float(np.corrcoef(*values)[0, 1]), 3),
        round(dice_of_images(carried, label), 4),
        round(dice_of_images(back, label), 4),
        round(_ml(label), 1),
        round(_ml(carried), 1),
    )
    return pair, carried


def best_registration(moving: sitk.Image, fixed: sitk.Image) -> sitk.Transform:
    """Lay a stripped volume of known voxel size onto a stack whose voxel size is only assumed.

    The slice distance may be wrong by half, the pixels by a tenth, and the stack reaches below the brain: stretches and
    displacements are tried on coarse volumes, and the best is refined (Powell 1964) over displacement, rotation and
    scale along each axis.

    Args:
        moving: Stripped, 0 outside the brain.
        fixed: Skull on.

    Returns:
        The affine transform for ``sitk.Resample(moving, fixed, transform)``.
    """
    smooth_fixed, smooth_moving = (sitk.SmoothingRecursiveGaussian(image, 2.0) for image in (fixed, moving))
    coarse_fixed, coarse_moving = sitk.Shrink(smooth_fixed, _COARSE), sitk.Shrink(smooth_moving, (3, 3, 3))
    center, shift = _upper_middle(fixed), np.array(_upper_middle(moving)) - np.array(_upper_middle(fixed))
    starts = [
        np.array([*shift[:2], shift[2] + lift, 0, 0, 0, pixels, pixels, stretch])
        for pixels in _PIXEL_SCALES
        for stretch in _STRETCHES
        for lift in _LIFTS_MM
    ]

    def unlikeness(parameters: npt.NDArray[np.float64]) -> float:
        return -_likeness(coarse_fixed, coarse_moving, _affine(center, parameters))

    found = min(starts, key=unlikeness)
    # A step of one is 4 mm, some 3 degrees, or 5 %.
    steps = np.array([4, 4, 4, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05])
    options = {"maxiter": 6, "xtol": 0.02, "ftol": 1e-4}
    best = optimize.minimize(lambda x: unlikeness(found + x * steps), np.zeros(9), method="Powell", options=options)
    return _affine(center, found + best.x * steps)


def _affine(center: list[float], parameters: npt.NDArray[np.float64]) -> sitk.Transform:
    """Return the transform of displacement (mm), rotation (radians) and scale along the three axes."""
    turn = sitk.Euler3DTransform()
    turn.SetRotation(*(float(angle) for angle in parameters[3:6]))
    matrix = np.array(turn.GetMatrix()).reshape(3, 3) @ np.diag(parameters[6:9])
    affine = sitk.AffineTransform(3)
    affine.SetCenter(center)
    affine.SetMatrix(matrix.ravel().tolist())
    affine.SetTranslation([float(millimetres) for millimetres in parameters[:3]])
    return affine


def _upper_middle(image: sitk.Image) -> list[float]:
    """Return the middle of what is above 0 in the uppermost 50 mm, where there is neither nose nor neck, at its top."""
    occupied = sitk.GetArrayViewFromImage(image) > 0
    slices = np.flatnonzero(occupied.any(axis=(1, 2)))
    upper = np.argwhere(occupied[slices[-1] - int(_UPPER_MM / image.GetSpacing()[2]) : slices[-1] + 1])
    low, high = upper.min(axis=0), upper.max(axis=0)
    index = [0.5 * float(low[2] + high[2]), 0.5 * float(low[1] + high[1]), float(slices[-1])]
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
    """Compare all patients who are in both sets; write table, outlines and summary, and return the latter.

    Raises:
        InputError: If nobody is in both.
    """
    others = {case.patient: case for case in read_manifest(second)}
    both = [case for case in read_manifest(first) if case.patient in others]
    if not both:
        msg = f"expected patients who have a case in {first} and in {second}, got none; check the patient names"
        raise InputError(msg)
    outlines = output / OUTLINES_FOLDER
    outlines.mkdir(parents=True, exist_ok=True)
    pairs = []
    for case in tqdm(both, disable=None):
        pair, carried = compare(case, others[case.patient], output / "pictures")
        pairs.append(pair)
        outline = outlines / f"{case.patient}.nii.gz"
        if pair.correlation >= least:
            io.write_volume(carried, outline)
        else:
            outline.unlink(missing_ok=True)  # of an earlier run, which asked for less
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
