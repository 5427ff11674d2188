"""What the values of a volume say of it: few levels (a mask), Hounsfield units (CT), shares (a derived map)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.volumes.sequence.kinds import Finding, Kind

FloatArray = npt.NDArray[np.float64]

_MOST_LABELS = 8
"""An image has more different values than this; a mask or a segmentation of tissues has fewer."""

_MOST_INDEXED_LABELS = 2000
_EQUAL_NEIGHBORS = 0.8
_FEWEST_PAIRS = 20_000
_SAMPLE_VOXELS = 2_000_000

_CT_OFFSETS = (0.0, 1000.0, 1024.0)
_AIR_HU = -800.0
_BRAIN_HU = (0.0, 90.0)
_BONE_HU = 300.0


def findings(image: sitk.Image) -> Iterator[Finding]:
    """Yield what the values of a volume speak for.

    Args:
        image: 3D volume with one number a voxel.
    """
    array = np.asarray(sitk.GetArrayViewFromImage(image))
    sample = _sample(array)
    finite = sample[np.isfinite(sample)].astype(np.float64)
    if not finite.size or finite.min() == finite.max():
        return  # an empty volume is refused elsewhere, with its own message
    yield from _few_levels(finite)
    yield from _flat_regions(sample)
    yield from _shares(finite)
    yield from _hounsfield(sample)


def _sample(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Leave slices out of a large volume, never rows or columns: neighbours stay neighbours."""
    step = max(1, round(array.size / _SAMPLE_VOXELS))
    return array[:: min(step, max(1, len(array) // 8))]


def _few_levels(values: FloatArray) -> Iterator[Finding]:
    levels = len(np.unique(values))
    if levels <= _MOST_LABELS:
        yield Finding(
            Kind.MASK, 0.99, f"it holds {levels} different values only, as a mask or label map does", "values"
        )


def _flat_regions(sample: npt.NDArray[Any]) -> Iterator[Finding]:
    """A label map with many labels is flat inside each region; an image has noise."""
    levels = np.unique(sample)
    if not _MOST_LABELS < len(levels) <= _MOST_INDEXED_LABELS or np.any(levels != np.round(levels)):
        return
    inside = (sample[..., 1:] != 0) & (sample[..., :-1] != 0)
    if inside.sum() > _FEWEST_PAIRS and np.mean((sample[..., 1:] == sample[..., :-1])[inside]) > _EQUAL_NEIGHBORS:
        yield Finding(
            Kind.MASK, 0.97, f"its {len(levels)} different values lie in flat regions, as in a label map", "values"
        )


def _shares(values: FloatArray) -> Iterator[Finding]:
    """A probability map lies between 0 and 1, nearly all of it at either end."""
    if values.min() < 0.0 or values.max() > 1.0 + 1e-6:
        return
    if np.mean((values < 0.02) | (values > 0.98)) > 0.97 and np.mean(values > 0.5) > 1e-5:
        yield Finding(
            Kind.OTHER, 0.96, "its values lie at 0 and 1 with little between, as in a probability map", "values"
        )


def _hounsfield(sample: npt.NDArray[Any]) -> Iterator[Finding]:
    """CT: air at -1000, the middle of the head within a narrow band of soft tissue, bone above it."""
    middle = tuple(slice(size // 3, max(size // 3 + 1, 2 * size // 3)) for size in sample.shape)
    center = np.asarray(sample[middle], dtype=np.float64)
    for offset in _CT_OFFSETS:
        lower, median, upper = np.percentile(center, (25, 50, 75)) - offset
        soft = _BRAIN_HU[0] <= median <= _BRAIN_HU[1] and upper - lower < 60.0
        air = np.mean(sample < _AIR_HU + offset)
        bone = np.mean(sample > _BONE_HU + offset)
        lowest = float(np.min(sample)) - offset
        if soft and air > 0.05 and bone > 0.005 and -3100.0 <= lowest <= -900.0:
            reason = "its values are Hounsfield units: air at -1000, brain near 40, bone above 300"
            yield Finding(Kind.CT, 0.98, reason, "values")
            return
