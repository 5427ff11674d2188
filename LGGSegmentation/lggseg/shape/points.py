"""The few points of a region that can be vertices of its convex hull."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull, QhullError

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
PointKind = Literal["corners", "faces", "centres"]


def hull_points(voxels: BoolArray, kind: PointKind) -> FloatArray:
    """Return the vertices of the convex hull of a region.

    Args:
        voxels: ``(K, J, I)`` foreground with a margin of background, at least one voxel set.
        kind: What stands for a voxel. ``corners``: its eight corners, so that the hull holds the
            whole solid and has a volume even for one voxel. ``faces``: the middles of its faces,
            which are the vertices of the mesh of :mod:`lggseg.shape.surface`. ``centres``: its
            centre, so that one slice of voxels has no volume.

    Returns:
        ``(n, 3)`` continuous indices ``i, j, k``. For a flat set (centres only) these are
        candidates that include all vertices.
    """
    candidates = _CANDIDATES[kind](voxels)
    if len(candidates) <= 4:
        return candidates
    try:
        # Vertices of an integer lattice: no joggling, so that equal shapes give equal points.
        return np.asarray(candidates[ConvexHull(candidates).vertices])
    except QhullError:
        return candidates


def _row_ends(voxels: BoolArray) -> BoolArray:
    """Keep the voxels that are first or last in their row along all three axes.

    Any other voxel lies between two of its row and cannot be a vertex of the hull; this takes a
    tumor of 100 000 voxels to some thousand before the hull is built.
    """
    keep = voxels.copy()
    for axis in range(3):
        size = voxels.shape[axis]
        first = np.expand_dims(np.argmax(voxels, axis=axis), axis)
        last = size - 1 - np.expand_dims(np.argmax(np.flip(voxels, axis), axis=axis), axis)
        shape = [1, 1, 1]
        shape[axis] = size
        place = np.arange(size).reshape(shape)
        keep &= (place == first) | (place == last)
    return keep


def _indices_ijk(voxels: BoolArray) -> FloatArray:
    return np.argwhere(voxels)[:, ::-1].astype(np.float64)


def _centres(voxels: BoolArray) -> FloatArray:
    return _indices_ijk(_row_ends(voxels))


def _corners(voxels: BoolArray) -> FloatArray:
    padded = np.pad(voxels, 1)
    lattice = np.zeros(np.array(padded.shape) - 1, dtype=bool)
    for k in (0, 1):
        for j in (0, 1):
            for i in (0, 1):
                lattice |= padded[k : k + lattice.shape[0], j : j + lattice.shape[1], i : i + lattice.shape[2]]
    return _indices_ijk(_row_ends(lattice)) - 0.5


def _faces(voxels: BoolArray) -> FloatArray:
    centres = _centres(voxels)
    steps = np.concatenate([0.5 * np.eye(3), -0.5 * np.eye(3)])
    return np.asarray((centres[None] + steps[:, None]).reshape(-1, 3))


_CANDIDATES = {"corners": _corners, "faces": _faces, "centres": _centres}
