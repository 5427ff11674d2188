"""Shapes of the synthetic head: signed distances in millimetres, negative inside (see ``phantom_fields``)."""

from __future__ import annotations

import itertools

import numpy as np
from scipy import ndimage

from lggseg.phantom.fields import FloatArray, Noise, Slab, Triple, capsule, ellipsoid, ramp, smooth_minimum

# Half of a ventricular system: points of the middle line (|x|, y, z) with the radius there.
_LATERAL_VENTRICLE: tuple[tuple[Triple, float], ...] = (
    ((12, -36, 8), 1.0),
    ((6.5, -24, 13), 3.2),
    ((6, -6, 21), 3.0),
    ((11, 14, 23), 3.2),
    ((20, 31, 16), 4.6),
    ((23, 46, 10), 2.4),
    ((21, 58, 8), 0.8),
)
_TEMPORAL_HORN: tuple[tuple[Triple, float], ...] = (
    ((22, 33, 13), 4.2),
    ((31, 16, -6), 2.0),
    ((31, -4, -17), 1.6),
    ((27, -10, -20), 1.0),
)
_CISTERNS: tuple[tuple[Triple, Triple], ...] = (
    ((0, -7, -20), (9, 8, 9)),
    ((12, -12, -17), (11, 4, 5)),
    ((16, 14, -15), (5, 14, 9)),
    ((0, 31, -10), (12, 5, 8)),
    ((0, 2, -30), (14, 6, 14)),
    ((0, 24, -46), (19, 16, 18)),
)
_FOLD_STEP_MM = 2.0
_FOLD_EXTENT_MM = 100.0
_FAR_MM = 50.0
_BASE_ENDS_MM = 24.0


def cavity(slab: Slab) -> FloatArray:
    """Return the distance to the inside of the skull: cerebrum, temporal lobes, posterior fossa, foramen."""
    widening = 1 + np.float32(0.05 / 83) * slab.y
    wide = Slab(slab.x / widening, slab.y, slab.z)
    upper = ellipsoid(wide, (0, 3, 4), (66, 83, 56), 2.3)
    if above_base(slab):
        return upper
    lower = ellipsoid(wide, (0, 3, 4), (66, 83, 30), 2.3)
    cerebrum = np.where(slab.z > 4, upper, lower)
    mirrored = Slab(np.abs(slab.x), slab.y, slab.z)
    temporal = ellipsoid(mirrored, (38, -12, -18), (25, 38, 21))
    fossa = ellipsoid(slab, (0, 42, -32), (52, 42, 33))
    foramen = ellipsoid(slab, (0, 20, -52), (17, 16, 40))
    joined = smooth_minimum(cerebrum, temporal, 5)
    return smooth_minimum(smooth_minimum(joined, fossa, 6), foramen, 8)


def above_base(slab: Slab) -> bool:
    """Tell whether a slab is above all that belongs to the base of the skull, which then need not be computed."""
    return float(slab.z.min()) > _BASE_ENDS_MM


def head(slab: Slab, inner: FloatArray, thickness: FloatArray) -> FloatArray:
    """Return the distance to the skin.

    Args:
        slab: Where to evaluate.
        inner: Distance to the inside of the skull.
        thickness: Thickness of skull and scalp there, in millimetres.
    """
    if above_base(slab):
        return inner - thickness
    face = ellipsoid(slab, (0, -38, -52), (64, 62, 50), 2.4)
    neck = ellipsoid(slab, (0, 32, -85), (62, 50, 70), 2.4)
    nose = ellipsoid(slab, (0, -94, -46), (11, 16, 24))
    below = smooth_minimum(smooth_minimum(face, neck, 20), nose, 8)
    return smooth_minimum(inner - thickness, below, 12)


def padding(slab: Slab) -> FloatArray:
    """Return how much thicker than usual the scalp is: muscle at the temples, fat at the back, in millimetres."""
    temple = 2.0 * ramp(np.hypot((slab.y + 14) / 40, (slab.z + 4) / 40) * 20 - 16, 10.0) * ramp(40 - np.abs(slab.x), 20)
    back = 2.0 * ramp(60 - slab.y, 50)
    return np.asarray(temple + back, dtype=np.float32)


def core(slab: Slab) -> FloatArray:
    """Return the distance to the core of the brain, where the hemispheres are joined."""
    return ellipsoid(slab, (0, 8, -6), (40, 46, 31))


def falx(slab: Slab, inner: FloatArray) -> FloatArray:
    """Return the distance to the fissure between the hemispheres.

    Args:
        slab: Where to evaluate.
        inner: Distance to the core, which has no fissure.
    """
    return np.asarray(np.hypot(slab.x, np.maximum(-inner, 0)), dtype=np.float32)


def sylvian(slab: Slab) -> FloatArray:
    """Return the distance to the lateral fissure: an oblique sheet, and its floor over the insula."""
    x = np.abs(slab.x)
    sheet = (slab.z + 6 - (slab.y + 16)) / np.float32(1.41)
    away = np.maximum(np.maximum(34 - x, np.abs(slab.y + 4) - 30), 0)
    floor = x - 35 + np.float32(0.009) * np.square(slab.y + 4)
    beside = np.maximum(np.maximum(np.abs(slab.y + 4) - 16, np.abs(slab.z - 4) - 9), 0)
    return np.asarray(np.minimum(np.hypot(sheet, away), np.hypot(floor, beside)), dtype=np.float32)


def tentorium(slab: Slab) -> FloatArray:
    """Return the signed height above the roof of the cerebellum, in millimetres."""
    falling = np.maximum(30 - slab.y, 0) + np.float32(0.012) * np.square(np.maximum(slab.y - 40, 0))
    height = slab.z + 4 + np.float32(0.32) * np.abs(slab.x) + falling
    return np.asarray(height * np.float32(0.9), dtype=np.float32)


def cisterns(slab: Slab, rough: FloatArray) -> FloatArray:
    """Return the distance to the fluid around the brain stem and above the sella."""
    result = np.full(slab.shape, _FAR_MM, dtype=np.float32)
    for center, radii in _CISTERNS:
        for side in (-1, 1) if center[0] else (1,):
            block, part = slab.block(_mirror(center, side), (radii[0] + 6, radii[1] + 6, radii[2] + 6))
            if 0 not in part.shape:
                result[block] = np.minimum(result[block], ellipsoid(part, _mirror(center, side), radii))
    return result + np.float32(1.8) * rough


def ventricles(slab: Slab, wider_mm: float) -> FloatArray:
    """Return the distance to the ventricles, 50 where they are far."""
    result = np.full(slab.shape, _FAR_MM, dtype=np.float32)
    for line, extra in ((_LATERAL_VENTRICLE, wider_mm), (_TEMPORAL_HORN, 0.5 * wider_mm)):
        for side in (-1, 1):
            for (start, start_radius), (end, end_radius) in itertools.pairwise(line):
                radii = (max(start_radius + extra, 0.6), max(end_radius + extra, 0.6))
                _lower(result, slab, _mirror(start, side), _mirror(end, side), radii)
    block, part = slab.block((0, 4, 2), (14, 28, 22))
    result[block] = np.minimum(result[block], ellipsoid(part, (0, 4, 1), (1.9 + 0.5 * wider_mm, 13, 10)))
    block, part = slab.block((0, 37, -34), (20, 20, 22))
    result[block] = np.minimum(result[block], ellipsoid(part, (0, 37, -34), (7.5, 5, 11)))
    return result


def _mirror(point: Triple, side: int) -> Triple:
    return (side * point[0], point[1], point[2])


def _lower(result: FloatArray, slab: Slab, start: Triple, end: Triple, radii: tuple[float, float]) -> None:
    reach = max(radii) + 10
    center = tuple(0.5 * (a + b) for a, b in zip(start, end, strict=True))
    half = tuple(0.5 * abs(a - b) + reach for a, b in zip(start, end, strict=True))
    block, part = slab.block((center[0], center[1], center[2]), (half[0], half[1], half[2]))
    if part.x.size and part.y.size and part.z.size:
        result[block] = np.minimum(result[block], capsule(part, start, end, radii))


class Folds:
    """Sulci: sheets that go down from the surface of each hemisphere, along random winding lines.

    The lines are where smooth noise on the surface changes sign. Every point looks its line up at the
    place of the surface that lies straight above it, so that the sheets stand upright as sulci do.
    """

    _AXIS = (29.0, 6.0)  # x and z of a line from front to back through the hemisphere
    _AXIS_HALF_MM = 38.0
    _RADII = (37.0, 39.0, 48.0)

    def __init__(self, random: np.random.Generator) -> None:
        count = 2 * int(_FOLD_EXTENT_MM / _FOLD_STEP_MM) + 1
        white = random.standard_normal((count, count, count), dtype=np.float32)
        field = ndimage.gaussian_filter(white, 2.6) - ndimage.gaussian_filter(white, 4.6)
        field /= field.std()
        slope = np.sqrt(sum(np.square(g) for g in np.gradient(field, _FOLD_STEP_MM)))
        self._lines = (field / np.maximum(slope, 0.35 * float(slope.mean()))).astype(np.float32)
        self._warps = (Noise(random, 14.0), Noise(random, 14.0))
        self._depth = Noise(random, 16.0)

    def __call__(self, slab: Slab, depth: FloatArray) -> FloatArray:
        """Return the distance to the nearest sulcus in millimetres, 50 far below the surface.

        Args:
            slab: Where to evaluate.
            depth: ``(K, J, I)`` millimetres below the surface of the brain.
        """
        result = np.full(slab.shape, _FAR_MM, dtype=np.float32)
        near = (depth > -2) & (depth < 30)
        where = np.nonzero(near)
        warp = [noise(slab)[near] * 4 for noise in self._warps]
        x, y, z = (axis.ravel()[n] for axis, n in zip((slab.x, slab.y, slab.z), where[::-1], strict=True))
        along = np.clip(y, -self._AXIS_HALF_MM, self._AXIS_HALF_MM)
        offset = (np.abs(x) + warp[0] - self._AXIS[0], y - along, z + warp[1] - self._AXIS[1])
        reach = np.sqrt(sum(np.square(o / r) for o, r in zip(offset, self._RADII, strict=True)))
        reach = np.maximum(reach, 0.15)
        # Left and right read different parts of the noise, so that they are alike but not mirrored.
        shift = np.where(x > 0, np.float32(26), np.float32(-26))
        surface = (offset[0] / reach + shift, offset[1] / reach + along + warp[1], offset[2] / reach)
        index = np.stack([(s + np.float32(_FOLD_EXTENT_MM)) / np.float32(_FOLD_STEP_MM) for s in surface])
        line = ndimage.map_coordinates(self._lines, index, order=1, mode="nearest", output=np.float32)
        bottom = 14 + 4 * self._depth(slab)[near]
        below = np.maximum(depth[near] - bottom, 0)
        # Sulci end before the middle, where left and right would not meet, and before the axis, where all would.
        end = np.float32(0.8) * np.maximum(3 - np.abs(x), 0) + 40 * np.maximum(np.float32(0.55) - reach, 0)
        result[near] = np.hypot(np.abs(line) * np.clip(reach, 0.4, 1), below) + end
        return result


def abnormality(slab: Slab, center: Triple, radii: Triple, rough: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return the distance to an irregular blob: an ellipsoid whose surface noise pushes in and out.

    Args:
        slab: Where to evaluate.
        center: ``(x, y, z)`` in millimetres.
        radii: Half axes of the ellipsoid in millimetres.
        rough: Broad and fine noise of unit deviation on the slab.
    """
    distance = ellipsoid(slab, center, radii)
    near = ramp(distance - 8, 8.0)  # further out the noise would make islands
    rim = np.float32(5.0) * rough[0] + np.float32(1.2) * rough[1]
    return np.asarray(distance + near * rim, dtype=np.float32)
