"""Diameters: the largest in space, the largest on a slice, and the bidirectional pair of RANO.

All are taken between the middles of voxel edges or faces, half way between a voxel inside and
one outside: from one side of the outline to the other, not from centre to centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist, squareform

from lggseg.errors import InputError
from lggseg.shape.outline import trace
from lggseg.shape.points import hull_points
from lggseg.shape.region import Region

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Point = tuple[float, float, float]
Line = tuple[FloatArray, FloatArray]

_LEVEL = 1e-9
_EQUAL = 1e-9  # lengths that differ by less, relatively, differ by rounding


@dataclass(frozen=True)
class Bidirectional:
    """The longest diameter on one axial slice and the longest perpendicular to it there.

    Attributes:
        longest: The two ends of the longest diameter, LPS millimetres.
        perpendicular: The two ends of the perpendicular diameter, LPS millimetres.
        longest_mm: Length of the first.
        perpendicular_mm: Length of the second.
    """

    longest: tuple[Point, Point]
    perpendicular: tuple[Point, Point]
    longest_mm: float
    perpendicular_mm: float

    @property
    def product_mm2(self) -> float:
        """The bidirectional product in square millimetres."""
        return self.longest_mm * self.perpendicular_mm


def maximum_diameter_mm(region: Region) -> float:
    """Return the largest distance between two vertices of the mesh, in millimetres (pyradiomics: Maximum3DDiameter)."""
    return float(pdist(hull_points(region.voxels, "faces") * region.spacing).max())


def maximum_axial_diameter_mm(region: Region) -> float:
    """Return the largest distance on any axial slice, over all its pieces, in millimetres (Maximum2DDiameterSlice)."""
    best = 0.0
    used = region.voxels.any(axis=(1, 2))
    boxes = [(k, *ndimage.find_objects(region.voxels[k].astype(np.int8))[0]) for k in np.flatnonzero(used)]
    reach = [float(np.hypot(*([i.stop - i.start, j.stop - j.start] * region.spacing[:2]))) for _, j, i in boxes]
    for n in np.argsort(reach)[::-1]:
        if reach[n] <= best:
            break
        best = max(best, _slice_diameter(region.voxels[boxes[n]], region.spacing))
    return best


def _slice_diameter(flat: BoolArray, spacing: FloatArray) -> float:
    """Return the largest distance between two mesh vertices in the plane of one ``(J, I)`` slice."""
    # As a region of one slice, so that one rule for candidate points serves; the face middles
    # above and below lie over pixel centres and never reach further.
    points = hull_points(np.pad(flat[None], 1), "faces")[:, :2]
    return float(pdist(np.unique(points, axis=0) * spacing[:2]).max())


def bidirectional_of(region: Region) -> Bidirectional:
    """Return the bidirectional diameters of a region.

    The longest diameter is the largest distance between two points of the outline of one
    connected piece on one axial slice; the perpendicular one is the longest line across that same
    piece at a right angle to it. Of several equally long ones, that with the longest perpendicular
    counts, so that a mirror image measures the same. Ends lie on the outline. Over a deep notch a line
    may leave the piece, as a line drawn by hand would. After P. Y. Wen et al., Updated response assessment
    criteria for high-grade gliomas (RANO), Journal of Clinical Oncology 28 (2010) 1963-1972, and
    M. J. van den Bent et al. (RANO-LGG), Lancet Oncology 12 (2011) 583-593.
    """
    longest, found = 0.0, []
    for reach, k, piece, corner in _pieces(region):
        if reach < longest * (1 - _EQUAL):
            break
        polygon = (trace(piece).middles + corner) * region.spacing[:2]
        length, pairs = _farthest_pairs(polygon)
        longest = max(longest, length)
        found.append((length, k, polygon, pairs))
    if not found:
        msg = "expected a region with at least one voxel, got none; region_of gives None for an empty mask"
        raise InputError(msg)
    candidates = [
        _placed(region, k, ends, _longest_perpendicular(polygon, *ends))
        for length, k, polygon, pairs in found
        if length >= longest * (1 - _EQUAL)
        for ends in pairs
    ]
    return max(candidates, key=lambda pair: pair.perpendicular_mm)


def _pieces(region: Region) -> list[tuple[float, int, BoolArray, FloatArray]]:
    """Return every 4-connected piece of every slice with a bound on its diameter, largest bound first.

    Each is (diagonal of its box in millimetres, slice k, ``(J, I)`` cut-out, ``i, j`` of its corner):
    with the bound at hand, specks need no outline.
    """
    found = []
    for k in np.flatnonzero(region.voxels.any(axis=(1, 2))):
        labels, _ = ndimage.label(region.voxels[k])
        for number, box in enumerate(ndimage.find_objects(labels), start=1):
            extent = [part.stop - part.start for part in reversed(box)] * region.spacing[:2]
            corner = np.array([box[1].start, box[0].start], dtype=np.float64)
            found.append((float(np.hypot(*extent)), int(k), labels[box] == number, corner))
    return sorted(found, key=lambda piece: -piece[0])


def _farthest_pairs(polygon: FloatArray) -> tuple[float, list[Line]]:
    """Return the largest distance between two vertices, and all pairs that are so far apart.

    Both are vertices of the convex hull.
    """
    hull = polygon[ConvexHull(polygon).vertices]
    distance = np.triu(squareform(pdist(hull)))
    longest = float(distance.max())
    pairs = np.argwhere(distance >= longest * (1 - _EQUAL))
    return longest, [(hull[first], hull[second]) for first, second in pairs]


def _longest_perpendicular(polygon: FloatArray, start: FloatArray, end: FloatArray) -> Line:
    """Return the ends of the longest line across a polygon at a right angle to ``start - end``.

    Between two vertices the width of a polygon changes linearly, so the longest line passes
    through a vertex: the polygon is cut at the place of each.
    """
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]])
    u, v = polygon @ along, polygon @ across
    best: tuple[float, float, float, float] = (-1.0, 0.0, 0.0, 0.0)
    # In parts: the outline of a frayed mask can have more vertices than their square fits in memory.
    for places in np.array_split(u, 1 + len(u) // 500):
        lowest, highest = _cuts(u, v, places)
        n = int(np.argmax(highest - lowest))
        best = max(best, (float(highest[n] - lowest[n]), float(places[n]), float(lowest[n]), float(highest[n])))
    _, place, low, high = best
    return place * along + low * across, place * along + high * across


def _cuts(u: FloatArray, v: FloatArray, places: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and highest v at which the closed polygon ``(u, v)`` has each of the given u."""
    rise, climb = np.roll(u, -1) - u, np.roll(v, -1) - v
    level = np.abs(rise) < _LEVEL
    # Where each edge (column) is cut, as a share of its length, for each place (row).
    share = (places[:, None] - u) / np.where(level, 1.0, rise)
    hit = (share >= -_LEVEL) & (share <= 1 + _LEVEL) & ~level
    height = v + share * climb
    return np.min(np.where(hit, height, np.inf), axis=1), np.max(np.where(hit, height, -np.inf), axis=1)


def _placed(region: Region, k: int, longest: Line, across: Line) -> Bidirectional:
    """Put two lines given in millimetres on slice k into LPS space."""

    def point(place: FloatArray) -> Point:
        x, y, z = region.to_lps([*(place / region.spacing[:2]), k]).tolist()
        return x, y, z

    return Bidirectional(
        longest=(point(longest[0]), point(longest[1])),
        perpendicular=(point(across[0]), point(across[1])),
        longest_mm=float(np.linalg.norm(longest[1] - longest[0])),
        perpendicular_mm=float(np.linalg.norm(across[1] - across[0])),
    )
