"""Surface of a region: as voxel faces, and as a closed mesh half way between voxel centres.

The mesh is the marching-cubes surface of the mask at level 0.5 (W. E. Lorensen, H. E. Cline,
Computer Graphics 21 (1987) 163-169), as in the published definitions of pyradiomics: its vertices
lie half way between a voxel centre inside and one outside. Its table of cases is derived here:
on each face of a cell the surface is drawn as directed segments, and the segments of the six
faces close into polygons. Where a face has two opposite corners inside, they are kept apart,
as 6-connected components are; the rule sees only the face, so that neighbouring cells agree and
the mesh is closed. Polygons are split from their centre, which keeps area and volume the same
under all 48 symmetries of the grid (a table with fixed diagonals does not).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Edge = tuple[int, int]

_CORNERS = np.array([(n & 1, n >> 1 & 1, n >> 2 & 1) for n in range(8)], dtype=np.float64)
# The corners of the six faces of a cell, anticlockwise as seen from outside the cell.
_FACES = ((0, 4, 6, 2), (1, 3, 7, 5), (0, 1, 5, 4), (2, 6, 7, 3), (0, 2, 3, 1), (4, 5, 7, 6))


@dataclass(frozen=True)
class Surface:
    """Area and enclosed volume of the mesh, and area of the voxel faces, in millimetres squared and cubed."""

    mesh_mm2: float
    mesh_mm3: float
    voxel_mm2: float


def surface_of(voxels: BoolArray, spacing: FloatArray) -> Surface:
    """Measure the surface of a region.

    Args:
        voxels: ``(K, J, I)`` foreground with at least one voxel of background on every side.
        spacing: ``(3,)`` edge lengths of a voxel along ``i, j, k`` in millimetres.
    """
    codes = _cell_codes(voxels)
    triangles, owners = _triangles()
    scaled = triangles * spacing
    # Half the cross product is the triangle's area vector; it points out of the region.
    vectors = 0.5 * np.cross(scaled[:, 2] - scaled[:, 0], scaled[:, 1] - scaled[:, 0])
    areas = np.bincount(owners, np.linalg.norm(vectors, axis=1), minlength=256)
    flux = np.bincount(owners, np.einsum("td,td->t", scaled.mean(axis=1), vectors), minlength=256)
    outward = np.stack([np.bincount(owners, vectors[:, axis], minlength=256) for axis in range(3)], axis=1)
    cells = np.argwhere((codes > 0) & (codes < 255))
    cases = codes[tuple(cells.T)]
    # Divergence theorem: a volume is a third of the flux of the position through its surface.
    volume = (np.einsum("nd,nd->", cells[:, ::-1] * spacing, outward[cases]) + flux[cases].sum()) / 3
    return Surface(float(areas[cases].sum()), float(volume), _voxel_area(voxels, spacing))


def _voxel_area(voxels: BoolArray, spacing: FloatArray) -> float:
    """Add up the voxel faces between inside and outside, in square millimetres."""
    area = 0.0
    for axis_kji, face in enumerate((spacing[0] * spacing[1], spacing[0] * spacing[2], spacing[1] * spacing[2])):
        area += float(np.count_nonzero(np.diff(voxels, axis=axis_kji)) * face)
    return area


def _cell_codes(voxels: BoolArray) -> npt.NDArray[np.uint8]:
    """Return for each cell of eight voxel centres the eight bits of which are inside."""
    size = np.array(voxels.shape) - 1
    codes = np.zeros(size, dtype=np.uint8)
    for bit, (i, j, k) in enumerate(_CORNERS.astype(int)):
        part = voxels[k : k + size[0], j : j + size[1], i : i + size[2]]
        codes |= part.astype(np.uint8) << np.uint8(bit)
    return codes


@cache
def _triangles() -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Return the ``(t, 3, 3)`` triangles of all 256 cases in cell units, and the case each is of."""
    triangles: list[FloatArray] = []
    owners: list[int] = []
    for case in range(256):
        for polygon in _polygons(case):
            centre = polygon.mean(axis=0)
            for here, following in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
                triangles.append(np.stack([centre, here, following]))
                owners.append(case)
    return np.array(triangles), np.array(owners)


def _polygons(case: int) -> list[FloatArray]:
    """Return the closed polygons of one case, each ``(n, 3)`` in cell units."""
    after: dict[Edge, Edge] = {}
    for face in _FACES:
        after.update(_segments(face, case))
    polygons = []
    while after:
        start, edge = after.popitem()
        loop = [start]
        while edge != start:
            loop.append(edge)
            edge = after.pop(edge)
        polygons.append(np.array([(_CORNERS[a] + _CORNERS[b]) / 2 for a, b in loop]))
    return polygons


def _segments(face: tuple[int, ...], case: int) -> dict[Edge, Edge]:
    """Return the directed segments on one face, from the edge that leaves the inside to the one that enters it."""
    around = [(corner, face[(n + 1) % 4]) for n, corner in enumerate(face)]
    inside = [bool(case >> corner & 1) for corner in face]
    segments: dict[Edge, Edge] = {}
    for n in range(4):
        if inside[n] and not inside[(n + 1) % 4]:
            # Back along the inside corners to where the inside was entered: opposite corners stay apart.
            entry = n
            while inside[entry - 1]:
                entry -= 1
            leave, enter = around[n], around[entry - 1]
            segments[_sorted(leave)] = _sorted(enter)
    return segments


def _sorted(edge: Edge) -> Edge:
    return (min(edge), max(edge))
