"""What of a volume is no measurement of the head: padding and stray voxels, taken out before anything is scaled.

Scanners and programs fill what lies outside the field of view, or outside the brain, with one value. Where that
value is the darkest, as air is, it does no harm. Elsewhere (-1000, 4095, the 0 of a brain whose values were centred)
it would set the scale of everything, so it is found at the border of the volume and put to the level of the air.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.volumes import geometry

Array = npt.NDArray[Any]  # of real numbers

_SAMPLE_VALUES = 400_000  # percentiles of so many tell the same as those of all
_MOST_PADDINGS = 4
_CANDIDATES = 8
_TOUCHING_SHARE = 0.005  # of the border: less is no padding
_CONSTANT_SHARE = 0.05  # of the border, for a value between those of the head
_ALL_AROUND_SHARE = 0.9
_AIR_SHARE = 0.02  # of the border beside the padding, to know the level of the air by
_AIR_LEVEL = 0.2  # of the range: brighter than this is no air
_BESIDE = 0.05  # of the range: padding below the air by more than this is put to it
_FAR_BELOW = 1.0  # of the range: what is blank around a brain is no padding unless it lies this far below
_ABOVE = 0.5
_INSIDE = 0.1
_INSIDE_ALL_AROUND = 0.01
_DARKER_SHARE = 0.1  # of the brain: fewer voxels below its background are the ringing of an interpolation
_SPIKE = 5.0  # times as many voxels of one value as of those near it: no noise does that
_SPIKE_WIDTH = 0.02
_WHITE_SHARE = 0.1
_LONE_LOW = 0.25
_FAR_UP = 4.0
_SMALLEST_ISLAND = 64
_SAFE_RANGE = (1e-20, 1e20)
_SAFE_OFFSET = 1e4
_SMALL_BYTES = 2


@dataclass(frozen=True)
class Cleaned:
    """A volume without padding and stray voxels.

    Attributes:
        image: On the grid that it had; float32, or itself where nothing had to be done.
        paddings: Values that were taken as padding, in the order in which they were found.
        share: Part of the voxels that they were, 0 to 1.
    """

    image: sitk.Image
    paddings: tuple[float, ...]
    share: float

    @property
    def note(self) -> str:
        """What a reader has to know of it, empty where nothing was done."""
        return _note(self.paddings, self.share)


def clean(image: sitk.Image) -> Cleaned:
    """Take padding and stray voxels out of a volume.

    Args:
        image: Finite values of any real type and scale.

    Returns:
        The volume. One without padding keeps its values, but for single voxels far outside the range of
        the others, which are drawn to it.
    """
    array = sitk.GetArrayViewFromImage(image)
    values = _in_float_range(array)
    finder = _Finder(values)
    finder.search()
    result = finder.result()
    if result is None and values is array:
        return Cleaned(image, (), 0.0)
    result = values if result is None else result
    return Cleaned(geometry.like(result, image), tuple(finder.paddings), finder.share)


def note_of(image: sitk.Image) -> str:
    """Return the note of ``clean(image)`` without making the volume: large ones fill the memory."""
    finder = _Finder(_in_float_range(sitk.GetArrayViewFromImage(image)))
    finder.search()
    return _note(finder.paddings, finder.share)


def _note(paddings: Sequence[float], share: float) -> str:
    if not paddings:
        return ""
    values = ", ".join(f"{value:g}" for value in paddings)
    return f"The value {values} ({100 * share:.2g} % of the volume, at its border) was taken as padding."


def _in_float_range(array: npt.NDArray[np.generic]) -> Array:
    """Return values that float32 can tell apart, shifted and scaled only where it could not.

    Small whole numbers stay what they are: a copy of a large volume fills the memory.
    """
    low, high = float(array.min()), float(array.max())
    span = high - low
    if array.dtype.kind in "iu" and array.dtype.itemsize <= _SMALL_BYTES:
        return array
    if span == 0 or (_SAFE_RANGE[0] < span < _SAFE_RANGE[1] and max(abs(low), abs(high)) < _SAFE_OFFSET * span):
        return np.asarray(array, dtype=np.float32)
    return np.asarray((array.astype(np.float64) / span - low / span) * 1000.0, dtype=np.float32)


class _Finder:
    """Looks for values that are padding, one after the other."""

    def __init__(self, array: Array) -> None:
        self._array = array
        self._border = _border(array).astype(np.float32)
        step = max(1, array.size // _SAMPLE_VALUES)
        # In order, so that no percentile has to look for its place again.
        self._sample = np.sort(array.ravel()[::step].astype(np.float32))
        self._border_in_order = np.sort(self._border)
        self.paddings: list[float] = []
        self._known: npt.NDArray[np.bool_] | None = None
        self._floor: float | None = None

    @property
    def share(self) -> float:
        """Part of the voxels that are padding, 0 to 1."""
        return 0.0 if self._known is None else float(self._known.mean())

    def search(self) -> None:
        """Find the values that are padding, and where they are."""
        while len(self.paddings) < _MOST_PADDINGS:
            outer = self._border_in_order[~np.isin(self._border_in_order, self.paddings)]
            values, counts = np.unique(outer, return_counts=True)
            often = np.argsort(counts)[::-1][:_CANDIDATES]
            found = next((n for n in often if self._is_padding(float(values[n]), counts[n], outer)), None)
            if found is None:
                return
            self.paddings.append(float(values[found]))
            self._mark(float(values[found]))

    def result(self) -> Array | None:
        """Return the cleaned array, or None where nothing had to be done."""
        rest = self._sample[~np.isin(self._sample, self.paddings)]
        low, dark, bright = _percentiles(rest, 0.1, 0.5, 99.5)
        lowest, highest = float(self._array.min()), float(self._array.max())
        if self._known is not None:
            lowest = float(np.min(self._array, where=~self._known, initial=highest))
            highest = float(np.max(self._array, where=~self._known, initial=lowest))
        floor = low if low - lowest > _LONE_LOW * (bright - low) else lowest
        floor = floor if self._floor is None else max(floor, self._floor)
        ceiling = bright + _FAR_UP * (bright - dark)
        if not self.paddings and floor == lowest and highest <= ceiling:
            return None
        result = np.array(self._array, dtype=np.float32)
        np.clip(result, floor, ceiling if ceiling > floor else None, out=result)
        if self._known is not None:
            result[self._known] = np.resize(self._air(floor, bright), np.count_nonzero(self._known))
        return result

    def _air(self, floor: float, bright: float) -> Array:
        """Return what to put where padding was: values of the air beside it, or the lowest where there is none."""
        outer = self._border[~np.isin(self._border, self.paddings)]
        level = self._level_of_air(np.sort(outer), bright)
        if level is None:
            return np.array([floor], np.float32)
        return np.maximum(outer[outer < level + _AIR_LEVEL * (bright - level)], np.float32(floor))

    def _is_padding(self, value: float, count: int, outer: Array) -> bool:
        rest = self._sample[~np.isin(self._sample, [value, *self.paddings])]
        share = count / self._border.size
        if share < _TOUCHING_SHARE or not rest.size:
            return False
        low, bright = _percentiles(rest, 0.1, 99.5)
        if bright <= low:
            return False
        air = self._level_of_air(outer[outer != value], bright)
        if air is not None and (air - value) / (bright - air) > _BESIDE:
            self._floor = air if self._floor is None else min(air, self._floor)
            return True
        below, above = (low - value) / (bright - low), (value - bright) / (bright - low)
        if below > 0:
            return share > _ALL_AROUND_SHARE * outer.size / self._border.size and below > _FAR_BELOW
        if above > _ABOVE:
            return True
        white = share > _WHITE_SHARE and value >= _percentiles(rest, 90)[0]
        deep = _INSIDE_ALL_AROUND if share > _ALL_AROUND_SHARE and np.mean(rest < value) > _DARKER_SHARE else _INSIDE
        inside = share > _CONSTANT_SHARE and -below > deep
        return (white or inside) and self._is_spike(value, outer, _SPIKE_WIDTH * (bright - low))

    def _level_of_air(self, outer: Array, bright: float) -> float | None:
        """Return the darkest level at the border beside the padding, if that is air."""
        if outer.size < _AIR_SHARE * self._border.size:
            return None
        level, middle = _percentiles(outer, 5, 50)
        return level if middle - level < _AIR_LEVEL * (bright - level) else None

    def _is_spike(self, value: float, outer: Array, width: float) -> bool:
        near = int(np.count_nonzero(np.abs(outer - value) <= width))
        same = int(np.count_nonzero(outer == value))
        return same > _SPIKE * (near - same)

    def _mark(self, value: float) -> None:
        same = self._array == np.float32(value)
        others = self._sample[self._sample != value]
        if others.min() < value < others.max() or value == float(self._array.max()):
            same = _at_border(same)  # inside the head, the same value may be tissue
        self._known = same if self._known is None else self._known | same


def _percentiles(ordered: Array, *parts: float) -> tuple[float, ...]:
    """Return percentiles of values in ascending order, between two of them in proportion, as NumPy's are."""
    places = np.asarray(parts) / 100.0 * (ordered.size - 1)
    before = np.floor(places).astype(int)
    low, high = (ordered[place].astype(np.float64) for place in (before, np.minimum(before + 1, ordered.size - 1)))
    return tuple((low + (high - low) * (places - before)).tolist())


def _border(array: Array) -> Array:
    """Return the values on the six faces of a volume."""
    faces = [face for axis in range(3) for face in (array.take(0, axis), array.take(-1, axis))]
    return np.concatenate([face.ravel() for face in faces])


def _at_border(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the pieces of a mask that touch the border of the volume, or are too large to be chance."""
    from scipy import ndimage  # noqa: PLC0415  (only where there is such padding)

    labels, count = ndimage.label(mask)
    chosen = np.bincount(labels.ravel(), minlength=count + 1) >= _SMALLEST_ISLAND
    chosen[_border(labels)] = True
    chosen[0] = False
    return np.asarray(chosen[labels])
