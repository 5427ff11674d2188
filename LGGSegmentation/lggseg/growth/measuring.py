"""From a mask to a time point: always on the mask's own grid, never on a resampled one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from lggseg.growth.timeline import MEASURABLE_SLICES, Lesion, TimePoint
from lggseg.shape.diameters import bidirectional_of
from lggseg.shape.region import Region, label_components, region_of
from lggseg.volumes.geometry import like

MOST_LESIONS = 10
"""Pieces that are measured one by one, the largest first; their volumes all count."""

_CORNERS: Final = 26

APART_MM = 10.0
"""A piece nearer than this to the abnormality of the baseline belongs to it: alignment and outline are not exact."""


def time_point(
    mask: sitk.Image,
    day: date,
    *,
    interval_ml: tuple[float, float] | None = None,
    origin: str = "",
    name: str = "",
) -> TimePoint:
    """Measure a mask.

    Args:
        mask: 3D mask on the grid of its own study; every value other than 0 is abnormal.
        day: Day of the study.
        interval_ml: Lowest and highest volume that the outline leaves open.
        origin: What made the outline.
        name: Where it came from, for people.

    Raises:
        GeometryError: If the grid of the mask cannot be used.
        InputError: If the values are not whole numbers, or the volume does not lie within its interval.
    """
    region = region_of(mask)
    if region is None:
        return TimePoint(day, 0.0, interval_ml, (), origin=origin, name=name)
    volume = region.count * region.voxel_mm3 / 1000
    labels, count = label_components(region.voxels, _CORNERS)
    return TimePoint(day, volume, interval_ml, _lesions(region, labels, count), origin=origin, name=name, pieces=count)


def lesions_of(region: Region) -> tuple[Lesion, ...]:
    """Measure the pieces of a region (voxels that share a corner hang together), the largest product first."""
    return _lesions(region, *label_components(region.voxels, _CORNERS))


def _lesions(region: Region, labels: npt.NDArray[np.int32], count: int) -> tuple[Lesion, ...]:
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    largest = np.argsort(-sizes, kind="stable")[:MOST_LESIONS] + 1
    found = [_lesion(region.with_voxels(np.asarray(labels == number))) for number in largest]
    return tuple(sorted(found, key=lambda lesion: -lesion.product_mm2))


def _lesion(region: Region) -> Lesion:
    pair = bidirectional_of(region)
    slices = int(np.count_nonzero(region.voxels.any(axis=(1, 2))))
    return Lesion(region.count * region.voxel_mm3 / 1000, pair.longest_mm, pair.perpendicular_mm, slices)


def with_new_lesions(point: TimePoint, mask: sitk.Image, baseline: sitk.Image) -> TimePoint:
    """Count the measurable pieces that lie away from all abnormality of the baseline.

    Args:
        point: The time point of ``mask``.
        mask: The mask on its own grid.
        baseline: Mask of the baseline, brought onto the grid of ``mask``.
    """
    known = sitk.GetArrayViewFromImage(baseline) != 0
    far = np.ones(known.shape, dtype=bool)
    if known.any():
        far = ndimage.distance_transform_edt(~known, sampling=mask.GetSpacing()[::-1]) > APART_MM
    pieces, count = label_components(sitk.GetArrayViewFromImage(mask) != 0, _CORNERS)
    near = np.unique(pieces[~far])
    new = [number for number in range(1, count + 1) if number not in near]
    region = region_of(like(np.isin(pieces, new).astype(np.uint8), mask)) if new else None
    lesions = lesions_of(region) if region is not None else ()
    return replace(point, new_lesions=sum(lesion.measurable for lesion in lesions))


__all__ = ["APART_MM", "MEASURABLE_SLICES", "MOST_LESIONS", "lesions_of", "time_point", "with_new_lesions"]
