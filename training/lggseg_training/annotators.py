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
from lggseg_training.brain import brain_mask
from lggseg_training.mirror import register_affinely
from lggseg_training.scoring import summarize

_SAMPLED_SHARE = 0.03


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
    fixed_brain = _brain(fixed, label)
    stripped = geometry.like(np.where(fixed_brain, sitk.GetArrayFromImage(fixed), 0.0).astype(np.float32), fixed)
    transform = best_registration(moving, stripped)
    moved = sitk.Resample(moving, fixed, transform, sitk.sitkLinear, 0.0)
    carried = sitk.Resample(other, fixed, transform, sitk.sitkNearestNeighbor, 0)
    there = sitk.Resample(label, moving, transform.GetInverse(), sitk.sitkNearestNeighbor, 0)
    back = sitk.Resample(there, fixed, transform, sitk.sitkNearestNeighbor, 0)
    pictures.mkdir(parents=True, exist_ok=True)
    montage(fixed, carried, sitk.Cast(label, sitk.sitkUInt8)).save(pictures / f"{first.patient}.png")
    montage(moved, carried, sitk.Cast(label, sitk.sitkUInt8)).save(pictures / f"{first.patient}-moved.png")
    inside = fixed_brain & (sitk.GetArrayViewFromImage(moved) != 0)
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
    """Register from several starts: the true slice distance of the first image is not known, and 5 mm is assumed.

    Returns:
        The affine transform, of those found, under which the images are most alike.
    """
    found = []
    for stretch in (0.7, 1.0, 1.3):
        try:
            transform = register_affinely(moving, fixed, _start(moving, fixed, stretch), _SAMPLED_SHARE)
        except RuntimeError:  # no overlap from this start
            continue
        moved = sitk.Resample(moving, fixed, transform, sitk.sitkLinear, 0.0)
        found.append((_likeness(fixed, moved), transform))
    if not found:
        msg = "the two images do not overlap from any start"
        raise InputError(msg)
    return max(found, key=lambda item: item[0])[1]


def _start(moving: sitk.Image, fixed: sitk.Image, stretch: float) -> sitk.Transform:
    """Lay the middles of the two brains onto each other, the slices stretched."""
    start = sitk.AffineTransform(3)
    start.SetMatrix(np.diag([1.0, 1.0, stretch]).ravel().tolist())
    center = _middle(fixed)
    start.SetCenter(center)
    start.SetTranslation((np.array(_middle(moving)) - np.array(center)).tolist())
    return start


def _middle(image: sitk.Image) -> list[float]:
    occupied = np.argwhere(sitk.GetArrayViewFromImage(image) > 0)
    index = 0.5 * (occupied.min(axis=0) + occupied.max(axis=0))
    return list(image.TransformContinuousIndexToPhysicalPoint([float(i) for i in index[::-1]]))


def _likeness(fixed: sitk.Image, moved: sitk.Image) -> float:
    one, other = (sitk.GetArrayViewFromImage(image).ravel() for image in (fixed, moved))
    return float(np.corrcoef(one, other)[0, 1])


def _volume(case: Case, name: str) -> sitk.Image:
    """Read a volume, its background 0 and its tissue around 3, which suits both kinds of preparation."""
    image = geometry.reorient(io.read_volume(case.file(name)), geometry.AXIAL_ORIENTATION)
    array = sitk.GetArrayFromImage(image).astype(np.float32)
    head = foreground_mask(array, name)
    return geometry.like(np.where(head, np.clip(normalize(array, name) + 3.0, 0.01, 8.0), 0).astype(np.float32), image)


def _brain(fixed: sitk.Image, label: sitk.Image) -> np.ndarray:
    return brain_mask(sitk.GetArrayFromImage(fixed) > 0, sitk.GetArrayFromImage(label) > 0)


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
