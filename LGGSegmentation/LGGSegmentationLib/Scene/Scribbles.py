"""Scribbles in the scene: a segmentation of its own with «this too» and «not this», taken up by the result."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lggseg.segmentation.refinement import refine
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Probability import mapOf
from LGGSegmentationLib.Scene.Result import Result, nodesOf
from LGGSegmentationLib.Scene.Segmentations import placeBeside
from LGGSegmentationLib.Scene.Texts import _

INCLUDE, EXCLUDE = "include", "exclude"

REST_MS = 400
"""How long the brush has to rest before a scribble is taken up."""

_ROLE = "LGGSegmentation.ScribblesOf"
_COLORS = {INCLUDE: (0.10, 0.80, 0.30), EXCLUDE: (0.90, 0.20, 0.25)}


def scribblesOf(flairNode: Any) -> Any:
    """Return the segmentation for scribbles on a volume, None without."""
    nodes = nodesOf(flairNode.GetScene(), "vtkMRMLSegmentationNode")
    return next((node for node in nodes if node.GetNodeReference(_ROLE) is flairNode), None)


def makeScribbles(flairNode: Any) -> Any:
    """Return the segmentation for scribbles on a volume, made when there is none."""
    node = scribblesOf(flairNode)
    if node is not None:
        return node
    scene = flairNode.GetScene()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(_("Scribbles")))
    node.CreateDefaultDisplayNodes()
    # A scribble is gone in a moment: no surface is made of it, and none can be of an empty one.
    node.GetDisplayNode().SetVisibility3D(False)
    node.SetAndObserveTransformNodeID(flairNode.GetTransformNodeID())
    node.SetReferenceImageGeometryParameterFromVolumeNode(flairNode)
    node.SetNodeReferenceID(_ROLE, flairNode.GetID())
    placeBeside(node, flairNode)
    names = {INCLUDE: _("This too"), EXCLUDE: _("Not this")}
    for identifier, name in names.items():
        node.GetSegmentation().AddEmptySegment(identifier, name, _COLORS[identifier])
    return node


def remove(flairNode: Any) -> None:
    """Take the scribbles of a volume out of the scene."""
    node = scribblesOf(flairNode)
    if node is not None:
        node.GetScene().RemoveNode(node)


def drawn(flairNode: Any) -> dict[str, npt.NDArray[np.bool_]]:
    """Return what was scribbled, by kind; a voxel under both kinds counts for neither."""
    node = scribblesOf(flairNode)
    masks = {kind: VolumeExchange.readMask(node, kind, flairNode) > 0 for kind in (INCLUDE, EXCLUDE)}
    both = masks[INCLUDE] & masks[EXCLUDE]
    return {kind: mask & ~both for kind, mask in masks.items()}


def takeUp(result: Result) -> bool:
    """Change a result as the scribbles on its volume want it, and clear them; tell whether there were any.

    The result counts as corrected by hand from then on.
    """
    flair = result.flair
    scribbles = drawn(flair)
    if not any(mask.any() for mask in scribbles.values()):
        return False
    probability = mapOf(result)
    i, j, k = flair.GetSpacing()
    refined = refine(
        VolumeExchange.voxels(flair),
        VolumeExchange.voxels(probability) if probability is not None else None,
        result.mask(),
        scribbles[INCLUDE],
        scribbles[EXCLUDE],
        (k, j, i),
    )
    VolumeExchange.writeMask(refined, result.node, result.segmentId, flair)
    empty = np.zeros_like(refined)
    for kind in scribbles:
        VolumeExchange.writeMask(empty, scribblesOf(flair), kind, flair)
    return True
