"""The outline of a flat region: its border pixels in order, and the polygon half way out.

The border is followed along the cracks between pixels rather than from pixel to pixel. Every
crack has one pixel inside, so the walk needs no rule for thin parts, visits exactly the pixels
that share an edge with the outside, and gives the same cycle whichever way the image is turned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

# Directions east, south, west, north on a (row, column) grid of pixel corners; for each, the
# pixels ahead on the left and ahead on the right, relative to the corner reached.
_STEP = ((0, 1), (1, 0), (0, -1), (-1, 0))
_AHEAD_LEFT = ((-1, 0), (0, 0), (0, -1), (-1, -1))
_AHEAD_RIGHT = ((0, 0), (0, -1), (-1, -1), (-1, 0))


@dataclass(frozen=True)
class Outline:
    """The outer border of one 4-connected flat region, walked once round.

    Attributes:
        pixels: ``(n, 2)`` centres ``i, j`` of the border pixels in order, repeats in a row left
            out. A pixel comes twice where the region is one pixel thin, once for each side.
        middles: ``(m, 2)`` middles ``i, j`` of the cracks in order: the polygon of the region at
            level 0.5 (what marching squares gives).
    """

    pixels: FloatArray
    middles: FloatArray


def trace(region: BoolArray) -> Outline:
    """Walk round the outer border of a flat region.

    Args:
        region: ``(J, I)`` foreground, one 4-connected piece, at least one pixel. Holes are passed over.
    """
    padded = np.pad(region, 1)
    rows = padded.tolist()  # Nested lists: a step reads single pixels, which numpy is slow at.
    row, column = (int(value) for value in np.argwhere(padded)[0])
    start = (row, column, 0)
    pixels: list[tuple[int, int]] = []
    middles: list[tuple[float, float]] = []
    heading = 0
    while True:
        right = _AHEAD_RIGHT[heading]
        pixels.append((column + right[1], row + right[0]))
        step = _STEP[heading]
        middles.append((column + step[1] / 2, row + step[0] / 2))
        row, column = row + step[0], column + step[1]
        right, left = _AHEAD_RIGHT[heading], _AHEAD_LEFT[heading]
        if not rows[row + right[0]][column + right[1]]:
            heading = (heading + 1) % 4
        elif rows[row + left[0]][column + left[1]]:
            heading = (heading + 3) % 4
        if (row, column, heading) == start:
            break
    # Off by the padding, and crack middles are counted from pixel corners, not centres.
    return Outline(_without_repeats(np.array(pixels, dtype=np.float64) - 1.0), np.array(middles) - 1.5)


def _without_repeats(cycle: FloatArray) -> FloatArray:
    """Leave out entries that equal the one before them, the first compared with the last."""
    if len(cycle) == 1:
        return cycle
    new = np.any(cycle != np.roll(cycle, 1, axis=0), axis=1)
    return cycle[new] if new.any() else cycle[:1]


def largest_piece(region: BoolArray) -> BoolArray:
    """Return the largest 4-connected piece of a flat region; of equals, the first."""
    labels, count = ndimage.label(region)
    if count <= 1:
        return region
    return np.asarray(labels == int(np.argmax(np.bincount(labels.ravel())[1:])) + 1)
