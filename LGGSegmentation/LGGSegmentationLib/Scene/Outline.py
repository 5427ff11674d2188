"""What an outline is at this moment: its size, and what tells it from any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer

from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Result import Result, fingerprint


@dataclass(frozen=True)
class Outline:
    """An outline that was counted.

    Attributes:
        voxels: How many there are inside of its volume.
        milliliters: The same in millilitres.
        fingerprint: Differs for different masks; numbers of a mask are kept together with it.
    """

    voxels: int
    milliliters: float
    fingerprint: str


class Outlines:
    """Counts outlines, each anew only when its voxels or its place have changed."""

    def __init__(self) -> None:
        """Start knowing none."""
        self._known: dict[tuple[str, str], tuple[Any, Outline]] = {}

    def of(self, result: Result) -> Outline | None:
        """Return an outline as it is now; None where its volume is gone."""
        if result.flair is None:
            return None
        name, state = (result.node.GetID(), result.segmentId), _state(result)
        known = self._known.get(name)
        if known is None or known[0] != state:
            self._known[name] = known = (state, count(result))
        return known[1]

    def forget(self) -> None:
        """Forget all: another scene comes."""
        self._known.clear()


def count(result: Result) -> Outline:
    """Count an outline; its volume must be there."""
    mask = result.mask()
    voxels = int(np.count_nonzero(mask))
    return Outline(voxels, voxels * float(np.prod(result.flair.GetSpacing())) / 1000.0, fingerprint(mask))


def _state(result: Result) -> Any:
    """Return something that changes whenever voxels or place may have changed."""
    name = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    labelmap = result.segment.GetRepresentation(name)
    parents = [node.GetParentTransformNode() for node in (result.node, result.flair)]
    moved = tuple((node.GetID(), node.GetMTime(), node.GetTransformToWorldMTime()) for node in parents if node)
    grid = tuple(VolumeExchange.ijkToRas(result.flair).ravel())
    image = result.flair.GetImageData()
    size = image.GetDimensions() if image is not None else ()
    return (labelmap.GetMTime() if labelmap else None, result.segment.GetLabelValue(), moved, grid, size)
