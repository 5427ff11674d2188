"""What a reader has to know before trusting a result."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from lggseg.model import intensity
from lggseg.model.postprocessing import PEAK_ML
from lggseg.model.segmenter import Segmentation
from lggseg.volumes import extent, geometry
from lggseg.volumes.masks import LARGEST_PLAUSIBLE_ML

_HEAD_HEIGHT_MM = 90.0


def study_notes(flair: sitk.Image, segmentation: Segmentation) -> list[str]:
    """Return doubts about the input or the result, each as one sentence."""
    notes = [note] if (note := intensity.note_of(flair)) else []
    if size := extent.doubt(flair):
        notes.append(size)
    mask = geometry.oriented_view(segmentation.mask, geometry.AXIAL_ORIENTATION)
    height = len(mask) * geometry.axial_spacing(flair)[2]
    if height < _HEAD_HEIGHT_MM:
        notes.append(f"The volume covers {height:.0f} mm from below to above: not the whole brain.")
    if segmentation.volume_ml > LARGEST_PLAUSIBLE_ML:
        notes.append(f"{segmentation.volume_ml:.0f} ml is more than a tumor has: check that this is a FLAIR volume.")
    if mask.any() and (mask[0].any() or mask[-1].any()) and len(mask) > 1:
        notes.append("The abnormality reaches the first or last slice: part of it may lie outside the volume.")
    if segmentation.held_back_ml:
        notes.append(_held_back(segmentation))
    elif not mask.any() and float(np.asarray(sitk.GetArrayViewFromImage(segmentation.probability)).max()) > 0.25:
        notes.append("Some voxels came close to the threshold: look at the probability map before relying on this.")
    return notes


def _held_back(segmentation: Segmentation) -> str:
    rule = segmentation.rule
    return (
        f"By the model's own rule nothing counts here: {segmentation.held_back_ml:.1f} ml reach its threshold of "
        f"{rule.threshold:g}, but nowhere as surely as in a tumor ({rule.least_peak:.0%} over {PEAK_ML:g} ml). Look "
        "there yourself; a threshold of your own outlines them."
    )
