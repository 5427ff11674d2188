"""Places in an outline to go to: its largest slice, its pieces from the largest to the smallest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Result import Result
from LGGSegmentationLib.Scene.VolumeExchange import Array

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Piece:
    """A 6-connected piece of an outline.

    Attributes:
        milliliters: Its volume.
        place: A voxel of it, near its middle: RAS mm in the world.
    """

    milliliters: float
    place: Point


def largestSlice(result: Result) -> Point | None:
    """Return the middle of the slice with the largest area, in the direction nearest to axial; None when empty."""
    mask = result.mask()
    if not mask.any():
        return None
    axis = 2 - int(np.argmax(np.abs(VolumeExchange.ijkToRas(result.flair)[2, :3])))
    areas = mask.sum(axis=tuple(other for other in range(3) if other != axis))
    slab = np.zeros_like(mask)
    chosen = [slice(None)] * 3
    chosen[axis] = slice(int(np.argmax(areas)), int(np.argmax(areas)) + 1)
    slab[tuple(chosen)] = mask[tuple(chosen)]
    return _world(result.flair, _middle(slab > 0))


def pieces(result: Result) -> list[Piece]:
    """Return the pieces of an outline, the largest first."""
    labels, count = ndimage.label(result.mask())
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    voxel = float(np.prod(result.flair.GetSpacing())) / 1000.0
    boxes = ndimage.find_objects(labels)
    found = []
    for number in np.argsort(-sizes, kind="stable"):
        corner = [side.start for side in boxes[number]]
        middle = _middle(labels[boxes[number]] == number + 1) + corner
        found.append(Piece(float(sizes[number]) * voxel, _world(result.flair, middle)))
    return found


def _middle(mask: npt.NDArray[np.bool_]) -> Array:
    """Return the voxel of a mask that is nearest to its centre: ``(k, j, i)``. A ring has none of its own there."""
    places = np.argwhere(mask)
    return np.asarray(places[np.argmin(np.square(places - places.mean(axis=0)).sum(axis=1))])


def _world(volumeNode: Any, kji: Array) -> Point:
    ras = VolumeExchange.ijkToRas(volumeNode) @ [*(float(index) for index in kji[::-1]), 1.0]
    world = [0.0, 0.0, 0.0]
    volumeNode.TransformPointToWorld([float(value) for value in ras[:3]], world)
    return (world[0], world[1], world[2])
