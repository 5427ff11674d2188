"""Building blocks of the synthetic head: a piece of space, distances to simple shapes, smooth noise.

Everything is a function of the position in millimetres (LPS+: x to the left, y to the back, z up, zero in
the middle of the head), never of voxels, so that every grid shows the same head. Distances are signed,
negative inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Block = tuple[slice, slice, slice]
Triple = tuple[float, float, float]

_SPLINE_DEVIATION = 0.33  # of cubic B-splines weighted by unit white noise, averaged over positions


@dataclass(frozen=True)
class Slab:
    """The positions of the voxels of a few neighbouring slices, as three broadcastable axes.

    Attributes:
        x: ``(1, 1, I)`` position of the columns in millimetres.
        y: ``(1, J, 1)`` position of the rows in millimetres.
        z: ``(K, 1, 1)`` position of the slices in millimetres.
    """

    x: FloatArray
    y: FloatArray
    z: FloatArray

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of slices, rows and columns."""
        return (self.z.shape[0], self.y.shape[1], self.x.shape[2])

    def block(self, center: Triple, half: Triple) -> tuple[Block, Slab]:
        """Return the part of the slab inside a box, with its indices; either may be empty.

        Args:
            center: Middle of the box, ``(x, y, z)`` in millimetres.
            half: Half of the edges of the box in millimetres.
        """
        inside = [
            np.flatnonzero(np.abs(axis.ravel() - middle) <= reach)
            for axis, middle, reach in zip((self.x, self.y, self.z), center, half, strict=True)
        ]
        i, j, k = (slice(int(n[0]), int(n[-1]) + 1) if n.size else slice(0, 0) for n in inside)
        return (k, j, i), Slab(self.x[:, :, i], self.y[:, j], self.z[k])


class Noise:
    """Smooth random field of unit deviation, fixed in space: cubic B-splines on a lattice.

    Args:
        random: Where the values come from.
        correlation_mm: Spacing of the lattice; bumps are about twice as wide.
        half_extent_mm: The field is zero beyond this distance from the middle.
    """

    def __init__(self, random: np.random.Generator, correlation_mm: float, half_extent_mm: float = 125.0) -> None:
        self._spacing = correlation_mm
        count = 2 * int(np.ceil(half_extent_mm / correlation_mm)) + 1
        self._first = -0.5 * (count - 1) * correlation_mm
        values = random.standard_normal((count, count, count), dtype=np.float32)
        self._values = values / np.float32(_SPLINE_DEVIATION)

    def __call__(self, slab: Slab) -> FloatArray:
        """Return the ``(K, J, I)`` values on a slab."""
        # Axis by axis and tap by tap: each voxel depends on four values a side, so that a matrix product would
        # mostly multiply by zero, and wait for threads that other programs keep busy.
        first, weights = self._taps(slab.z.ravel())
        needed = self._values[first.min() : first.max() + 4]
        planes = _blend(needed, *self._taps(slab.x.ravel()), axis=2)
        planes = _blend(planes, *self._taps(slab.y.ravel()), axis=1)
        result = np.empty(slab.shape, dtype=np.float32)
        for k, start in enumerate(first - first.min()):
            np.multiply(planes[start], weights[0, k], out=result[k])
            for tap in (1, 2, 3):
                result[k] += planes[start + tap] * weights[tap, k]
        return result

    def _taps(self, position: FloatArray) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Return the first of four lattice nodes for each position, and the ``(4, N)`` weights of the four."""
        place = (position - np.float32(self._first)) / np.float32(self._spacing)
        first = np.clip(np.floor(place).astype(np.int64) - 1, 0, len(self._values) - 4)
        t = np.abs(place - first - np.arange(4)[:, None])
        weights = np.where(t < 1, 2 / 3 - t**2 + t**3 / 2, np.maximum(2 - t, 0) ** 3 / 6)
        return first, weights.astype(np.float32)


def _blend(values: FloatArray, first: npt.NDArray[np.int64], weights: FloatArray, *, axis: int) -> FloatArray:
    """Interpolate along an axis from four taps."""
    shape = [1, 1, 1]
    shape[axis] = -1
    taps = (np.take(values, first + tap, axis=axis) * weights[tap].reshape(shape) for tap in range(4))
    return np.asarray(sum(taps), dtype=np.float32)


def ellipsoid(slab: Slab, center: Triple, radii: Triple, power: float = 2.0) -> FloatArray:
    """Return the approximate distance to an ellipsoid, in millimetres.

    Args:
        slab: Where to evaluate.
        center: ``(x, y, z)`` in millimetres.
        radii: Half axes in millimetres.
        power: 2 for an ellipsoid, more for a boxier shape.
    """
    total: FloatArray | None = None
    slope: FloatArray | None = None
    for axis, middle, radius in zip((slab.x, slab.y, slab.z), center, radii, strict=True):
        scaled = np.abs(axis - np.float32(middle)) / np.float32(radius)
        total = scaled**power if total is None else total + scaled**power
        slope = (scaled / radius) ** 2 if slope is None else slope + (scaled / radius) ** 2
    radius_like = np.asarray(total) if power == 1.0 else np.asarray(total) ** np.float32(1.0 / power)
    # Dividing by the length of the gradient turns the level set into millimetres near the surface.
    gradient = np.sqrt(np.asarray(slope)) / np.maximum(radius_like, 1e-3)
    return np.asarray((radius_like - 1) / np.maximum(gradient, 1.0 / max(radii)), dtype=np.float32)


def capsule(slab: Slab, start: Triple, end: Triple, radii: tuple[float, float]) -> FloatArray:
    """Return the distance to a rod whose thickness changes evenly from one end to the other, in millimetres."""
    ends = (np.array(start), np.array(end))
    along = ends[1] - ends[0]
    length2 = float(along @ along)
    offset = [axis - np.float32(s) for axis, s in zip((slab.x, slab.y, slab.z), ends[0], strict=True)]
    t = np.clip(sum(o * np.float32(a / length2) for o, a in zip(offset, along, strict=True)), 0, 1)
    squared = sum((o - t * np.float32(a)) ** 2 for o, a in zip(offset, along, strict=True))
    radius = np.float32(radii[0]) + t * np.float32(radii[1] - radii[0])
    return np.asarray(np.sqrt(squared) - radius, dtype=np.float32)


def smooth_minimum(first: FloatArray, second: FloatArray, width: float) -> FloatArray:
    """Join two shapes with a rounded seam of about ``width`` millimetres."""
    overlap = np.maximum(np.float32(width) - np.abs(first - second), 0)
    return np.asarray(np.minimum(first, second) - overlap**2 / np.float32(4 * width), dtype=np.float32)


def ramp(distance: FloatArray, width: float) -> FloatArray:
    """Turn a signed distance into the share inside, 0 to 1, over an edge ``width`` millimetres wide."""
    return np.asarray(np.clip(np.float32(0.5) - distance / np.float32(width), 0, 1), dtype=np.float32)
