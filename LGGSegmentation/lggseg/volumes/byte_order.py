"""Whole numbers read with their bytes the wrong way round, because a header names the other order, or none.

NRRD and MetaImage files say in words in which order the bytes of a voxel lie; headers written by hand for raw data
often say nothing, and every value comes out as another one. Neighbours in an image are alike, and with their bytes the
wrong way round they are not: that is how it is found.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lggseg.errors import FormatError

Array = npt.NDArray[np.generic]

_SLICES = 5
_FEWEST_VALUES = 17  # what has fewer is a mask or a label map, whose neighbours say nothing
_ROUGHER = 2.0  # heads, phantoms and noise in their own order stay below 1.1 times the other order
_WIDER = 8.0  # scanners store some twelve of sixteen bits: with their bytes exchanged such values take all sixteen


def refuse_swapped(array: Array, name: str) -> None:
    """Make sure that whole numbers make no better image with their bytes the other way round.

    Values below 256 of which the bytes are exchanged are 256 times too large, all of them: that is the same image, and
    is let pass.

    Args:
        array: ``(K, J, I)`` values of any type, as read.
        name: What to call the file in a message.

    Raises:
        FormatError: If they do.
    """
    if array.dtype.kind not in "iu" or array.dtype.itemsize == 1 or array.ndim != 3:
        return
    some = np.ascontiguousarray(array[:: max(1, len(array) // _SLICES)])
    if len(np.unique(some)) < _FEWEST_VALUES:
        return
    low, high = int(array.min()), int(array.max())
    swapped_low, swapped_high = _swapped_range(array)
    only_scaled = low >= 0 and swapped_low >= 0 and swapped_high < 256
    wider = high - low > _WIDER * (swapped_high - swapped_low)
    if not only_scaled and (wider or _roughness(some) > _ROUGHER * _roughness(some.byteswap())):
        msg = (
            f"{name}: expected a smooth image in a usual range, got {low} to {high}, and a smoother one of "
            f"{swapped_low} to {swapped_high} with the bytes of each value the other way round; mend the byte order in "
            "its header (endian, BinaryDataByteOrderMSB), or export it again"
        )
        raise FormatError(msg)


def _swapped_range(array: Array) -> tuple[int, int]:
    """Return the least and greatest value with the bytes the other way round; a slice at a time, for the memory."""
    ends = [(int(plane.min()), int(plane.max())) for plane in map(np.ndarray.byteswap, array)]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _roughness(rows: Array) -> float:
    """Return how much neighbours differ, as a share of how much any two values do."""
    values = rows.astype(np.float64)
    spread = np.abs(values - values.mean()).mean()
    return float(np.abs(np.diff(values, axis=-1)).mean() / spread) if spread else 0.0
