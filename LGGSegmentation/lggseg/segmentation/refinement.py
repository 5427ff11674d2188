"""Scribbles that say «this too» and «not this» change an outline round them, within a second, on any computer.

A random walk with priors (L. Grady, Multilabel random walker image segmentation using prior models, CVPR 2005) in a
box round the scribbles: a walker that starts at a voxel prefers steps between voxels that are alike in FLAIR, and stops
at a scribble, at the border of the box, where the outline stays as it is, or anywhere, where the present outline and
the network's probability decide. What does not hang together with a scribble is left as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse
from scipy.sparse import linalg

from lggseg.errors import InputError

FloatArray = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Walk:
    """How a walker goes; tools/refinement.py measures it, docs/slicer.md has the figures and why not further.

    Attributes:
        reach_mm: How far the box goes beyond the scribbles.
        edge: How much a step between unlike voxels is avoided: per squared standard deviation of the box.
        prior: How readily the walker stops where it stands; its inverse root is about the reach of a scribble in steps.
        map_share: How much the network's probability decides there, against the present outline.
        alike: How much a voxel's likeness to those under the scribble decides, against map and outline.
    """

    reach_mm: float = 15.0
    edge: float = 8.0
    prior: float = 0.02
    map_share: float = 0.5
    alike: float = 0.5


DEFAULT = Walk()
_SMOOTH_MM = 1.0
_SURE = 0.98
_LEAST_STEP = 1e-3
_TOLERANCE = 1e-4


def refine(  # noqa: PLR0913, PLR0917 - what a scribble is drawn on, and the scribbles
    flair: FloatArray,
    probability: FloatArray | None,
    mask: Mask,
    include: npt.NDArray[np.bool_],
    exclude: npt.NDArray[np.bool_],
    spacing: tuple[float, float, float],
    walk: Walk = DEFAULT,
) -> Mask:
    """Return the outline as the scribbles want it.

    Args:
        flair: ``(K, J, I)``.
        probability: Of the network, likewise; None where there is none.
        mask: The present outline.
        include: Scribbles on what belongs to the abnormality.
        exclude: Scribbles on what does not.
        spacing: Size of a voxel along ``(k, j, i)`` in mm.
        walk: How the walker goes.

    Raises:
        InputError: If the shapes differ, or a voxel is under both kinds of scribbles.
    """
    shapes = {array.shape for array in (flair, mask, include, exclude)}
    if len(shapes) != 1 or (probability is not None and probability.shape != flair.shape):
        msg = f"expected volume, map, outline and scribbles of one shape, got {sorted(shapes)}"
        raise InputError(msg)
    if np.any(include & exclude):
        msg = "expected each voxel under one kind of scribble at most; draw them apart"
        raise InputError(msg)
    result = mask.astype(np.uint8, copy=True)
    if not (include | exclude).any():
        return result
    box = _box(include | exclude, spacing, walk.reach_mm)
    local = None if probability is None else probability[box].astype(float)
    seeds = include[box], exclude[box]
    value = _solve(_normalized(flair[box], spacing), local, mask[box] > 0, seeds, spacing, walk)
    result[box] = _connected(value >= 0.5, mask[box] > 0, *seeds)
    return result


def _box(scribbles: npt.NDArray[np.bool_], spacing: tuple[float, float, float], reach: float) -> tuple[slice, ...]:
    places = np.argwhere(scribbles)
    margin = np.maximum(1, np.round(reach / np.array(spacing))).astype(int)
    low = np.maximum(places.min(axis=0) - margin, 0)
    high = np.minimum(places.max(axis=0) + margin + 1, scribbles.shape)
    return tuple(slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True))


def _normalized(flair: FloatArray, spacing: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    smooth = ndimage.gaussian_filter(flair.astype(float), [_SMOOTH_MM / edge for edge in spacing])
    return np.asarray((smooth - smooth.mean()) / (smooth.std() or 1.0))


def _solve(
    image: npt.NDArray[np.float64],
    probability: npt.NDArray[np.float64] | None,
    mask: npt.NDArray[np.bool_],
    seeds: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    spacing: tuple[float, float, float],
    walk: Walk,
) -> npt.NDArray[np.float64]:
    """Return for each voxel how likely a walker from there ends in the abnormality."""
    include, exclude = seeds
    prior = _prior(image, probability, mask, seeds, walk)
    fixed = include | exclude | _shell(mask.shape)
    fixed_value = np.where(include, 1.0, np.where(exclude, 0.0, mask.astype(float)))
    graph = _laplacian(image, spacing, walk.edge)
    system = (graph + sparse.diags(np.full(image.size, walk.prior))).tocsr()
    free = np.flatnonzero(~fixed.ravel())
    known = np.flatnonzero(fixed.ravel())
    values = fixed_value.ravel().astype(float)
    right = walk.prior * prior.ravel()[free] - system[free][:, known] @ values[known]
    inner = system[free][:, free]
    jacobi = sparse.diags(1.0 / inner.diagonal())
    solution, _ = linalg.cg(inner, right, x0=prior.ravel()[free], rtol=_TOLERANCE, maxiter=400, M=jacobi)
    values[free] = solution
    return values.reshape(image.shape)


def _prior(
    image: npt.NDArray[np.float64],
    probability: npt.NDArray[np.float64] | None,
    mask: npt.NDArray[np.bool_],
    seeds: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    walk: Walk,
) -> npt.NDArray[np.float64]:
    """Return what is expected of each voxel before the walk: of outline, map, and likeness to the scribbles."""
    expected = mask.astype(float)
    if probability is not None:
        expected = (1 - walk.map_share) * expected + walk.map_share * probability
    for seed, target in zip(seeds, (1.0, 0.0), strict=True):
        if seed.any():
            under = image[seed]
            likeness = np.exp(-0.5 * np.square((image - under.mean()) / max(under.std(), 0.25)))
            expected += walk.alike * likeness * (target - expected)
    return np.asarray(np.clip(expected, 1 - _SURE, _SURE))


def _shell(shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return the border of a box; along an axis of a few voxels there is none, else nothing could change."""
    shell = np.zeros(shape, bool)
    for axis, size in enumerate(shape):
        if size > 4:
            ends = np.moveaxis(shell, axis, 0)
            ends[0] = ends[-1] = True
    return shell


def _laplacian(image: npt.NDArray[np.float64], spacing: tuple[float, float, float], edge: float) -> sparse.csr_matrix:
    """Return the graph's Laplacian: neighbours that share a face, weighted by likeness and distance."""
    numbers = np.arange(image.size).reshape(image.shape)
    shortest = min(spacing)
    rows, columns, weights = [], [], []
    for axis, length in enumerate(spacing):
        if image.shape[axis] < 2:
            continue
        first, second = (np.moveaxis(numbers, axis, 0)[part].ravel() for part in (slice(None, -1), slice(1, None)))
        step = np.diff(image, axis=axis)
        weight = np.exp(-edge * np.square(np.moveaxis(step, axis, 0).ravel())) * (shortest / length) ** 2
        rows.append(first)
        columns.append(second)
        weights.append(np.maximum(weight, _LEAST_STEP))
    one, other, weight = (np.concatenate(part) for part in (rows, columns, weights))
    links = sparse.coo_matrix((weight, (one, other)), shape=(image.size, image.size))
    links = links + links.T
    return sparse.csr_matrix(sparse.diags(np.asarray(links.sum(axis=1)).ravel()) - links)


def _connected(
    wanted: npt.NDArray[np.bool_],
    mask: npt.NDArray[np.bool_],
    include: npt.NDArray[np.bool_],
    exclude: npt.NDArray[np.bool_],
) -> Mask:
    """Take over only those changes that hang together with a scribble of their kind."""
    result = mask.copy()
    for change, seed, value in ((wanted & ~mask, include, True), (~wanted & mask, exclude, False)):
        pieces, _count = ndimage.label(change)
        touched = np.unique(pieces[ndimage.binary_dilation(seed)])
        result[np.isin(pieces, touched[touched > 0])] = value
    result[include] = True
    result[exclude] = False
    return result.astype(np.uint8)
