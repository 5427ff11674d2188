"""How well a mask agrees with its reference, patient by patient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
import torch
from monai.metrics import compute_hausdorff_distance, compute_surface_dice
from scipy import stats

from lggseg.volumes import geometry

SURFACE_TOLERANCE_MM = 2.0
"""Surfaces closer than this count as touching in the surface Dice."""

BOOTSTRAP_RESAMPLES = 5000
_SEED = 2019

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Score:
    """Volumetric agreement of one patient's mask with the reference.

    Attributes:
        dice: 2 |A and B| / (|A| + |B|), over the whole volume; 1 if both are empty.
        iou: |A and B| / |A or B|.
        precision: Share of the mask that is in the reference; NaN for an empty mask.
        recall: Share of the reference that is in the mask; NaN for an empty reference.
        hd95_mm: 95th percentile of the symmetric surface distance (MONAI); infinite if one is empty.
        surface_dice: Share of both surfaces within ``SURFACE_TOLERANCE_MM`` of each other (MONAI).
        volume_ml: Volume of the mask.
        reference_ml: Volume of the reference.
    """

    dice: float
    iou: float
    precision: float
    recall: float
    hd95_mm: float
    surface_dice: float
    volume_ml: float
    reference_ml: float

    @property
    def volume_difference_ml(self) -> float:
        """Mask minus reference."""
        return self.volume_ml - self.reference_ml


def score(mask: sitk.Image, reference: sitk.Image) -> Score:
    """Compare a mask with its reference on the same grid."""
    a = sitk.GetArrayFromImage(mask) > 0
    b = sitk.GetArrayFromImage(reference) > 0
    both, either = int((a & b).sum()), int((a | b).sum())
    in_mask, in_reference = int(a.sum()), int(b.sum())
    hd95, surface_dice = _surface_agreement(a, b, mask.GetSpacing()[::-1])
    voxel = geometry.voxel_volume_ml(mask)
    return Score(
        dice=2 * both / (in_mask + in_reference) if either else 1.0,
        iou=both / either if either else 1.0,
        precision=both / in_mask if in_mask else math.nan,
        recall=both / in_reference if in_reference else math.nan,
        hd95_mm=hd95,
        surface_dice=surface_dice,
        volume_ml=in_mask * voxel,
        reference_ml=in_reference * voxel,
    )


def _surface_agreement(a: BoolArray, b: BoolArray, spacing_kji: Sequence[float]) -> tuple[float, float]:
    """Return HD95 in millimetres and the surface Dice."""
    if not a.any() or not b.any():
        return (math.inf, 0.0) if a.any() or b.any() else (0.0, 1.0)
    box = tuple(slice(max(i.min() - 2, 0), i.max() + 3) for i in np.nonzero(a | b))
    first, second = (torch.from_numpy(np.pad(m[box], 1)[None, None].astype(np.float32)) for m in (a, b))
    options = {"include_background": True, "spacing": [float(edge) for edge in spacing_kji]}
    hd95 = compute_hausdorff_distance(first, second, percentile=95, **options)
    dice = compute_surface_dice(first, second, class_thresholds=[SURFACE_TOLERANCE_MM], **options)
    return float(hd95), float(dice)


def summarize(values: Sequence[float]) -> dict[str, float]:
    """Return mean, median and the bootstrap 95 % interval of the mean, over patients (BCa, Efron 1987).

    NaN, such as the precision of an empty mask, does not count.
    """
    array = np.asarray([value for value in values if not math.isnan(value)], dtype=np.float64)
    if not len(array):
        return {"mean": math.nan, "median": math.nan, "patients": 0}
    summary = {"mean": float(array.mean()), "median": float(np.median(array)), "patients": len(array)}
    if len(array) > 2 and np.ptp(array) > 0 and np.isfinite(array).all():
        interval = stats.bootstrap((array,), np.mean, n_resamples=BOOTSTRAP_RESAMPLES, rng=_SEED).confidence_interval
        summary |= {"low95": float(interval.low), "high95": float(interval.high)}
    return {name: round(value, 4) for name, value in summary.items()}
