"""How uncertain an outline is: where the probability passes .2, .5 and .8, and the volumes within."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lggseg.model.postprocessing import MaskRule
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Probability import mapOf
from LGGSegmentationLib.Scene.Result import RUN_TAG, Result, nodesOf
from LGGSegmentationLib.Scene.Segmentations import placeBeside, removeNode
from LGGSegmentationLib.Scene.Texts import _

LEVELS = (0.2, 0.5, 0.8)

_ROLE = "LGGSegmentation.ContoursOf"
_COLORS = ((0.35, 0.60, 1.00), (1.00, 1.00, 1.00), (1.00, 0.30, 0.30))


@dataclass(frozen=True)
class VolumeRange:
    """Between how many millilitres a volume lies.

    Attributes:
        low: Lower end.
        high: Upper end.
        coverage: Share of patients whose reference volume lies in such an interval; None where the ends are only
            those of the outlines at .8 and .2, which nobody has compared with references.
    """

    low: float
    high: float
    coverage: float | None


def rangeOf(result: Result) -> VolumeRange | None:
    """Return the range of a volume, None without a probability map, or where the outline was corrected by hand.

    An outline that is as the run left it has the model's calibrated interval, where the model is calibrated. Of one
    that somebody drew, the network's map says nothing.
    """
    if result.isEdited():
        return None
    doubt = result.report.get("doubt", {}) if result.isAsRun() else {}
    if doubt.get("volume_low_ml") is not None:
        return VolumeRange(float(doubt["volume_low_ml"]), float(doubt["volume_high_ml"]), float(doubt["coverage"]))
    probability = mapOf(result)
    if probability is None:
        return None
    voxels = VolumeExchange.voxels(probability)
    milliliter = float(np.prod(probability.GetSpacing())) / 1000.0
    low, high = (float(_rule(result, level).mask(voxels).sum()) * milliliter for level in (LEVELS[-1], LEVELS[0]))
    return VolumeRange(low, high, None)


def show(result: Result) -> Any:
    """Draw the contours; return their segmentation node, None without a probability map."""
    probability = mapOf(result)
    if probability is None:
        return None
    node = contoursOf(result.flair) or _newNode(result.flair)
    voxels = VolumeExchange.voxels(probability)
    for level, color in zip(LEVELS, _COLORS, strict=True):
        _write(node, f"probability{level:g}", level, color, _rule(result, level).mask(voxels), probability)
    node.SetAttribute(RUN_TAG, result.run)
    node.SetAndObserveTransformNodeID(probability.GetTransformNodeID())
    node.GetDisplayNode().SetVisibility(True)
    return node


def follow(result: Result) -> None:
    """Draw contours that are shown anew where undo went back to another run; without its map they go."""
    node = contoursOf(result.flair) if result.flair is not None else None
    if node is not None and (node.GetAttribute(RUN_TAG) or "") != result.run and show(result) is None:
        hide(result.flair)


def hide(flairNode: Any) -> None:
    """Take the contours of a volume out of the scene."""
    removeNode(contoursOf(flairNode))


def contoursOf(flairNode: Any) -> Any:
    """Return the contours of a volume, None where they are not shown."""
    nodes = nodesOf(flairNode.GetScene(), "vtkMRMLSegmentationNode")
    return next((node for node in nodes if node.GetNodeReference(_ROLE) is flairNode), None)


def _rule(result: Result, level: float) -> MaskRule:
    return MaskRule(level, result.report.get("components", "all"))


def _newNode(flairNode: Any) -> Any:
    scene = flairNode.GetScene()
    name = scene.GenerateUniqueName(_("{volume} uncertainty").format(volume=flairNode.GetName()))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(flairNode)
    node.SetNodeReferenceID(_ROLE, flairNode.GetID())
    display = node.GetDisplayNode()
    display.SetVisibility2DFill(False)
    display.SetVisibility3D(False)
    display.SetSliceIntersectionThickness(1)
    placeBeside(node, flairNode)
    return node


def _write(node: Any, identifier: str, level: float, color: tuple[float, float, float], mask: Any, grid: Any) -> None:
    segmentation = node.GetSegmentation()
    if segmentation.GetSegment(identifier) is None:
        segmentation.AddEmptySegment(identifier, _("Probability {level:g}").format(level=level), color)
    VolumeExchange.writeMask(mask, node, identifier, grid)
