"""Two studies side by side in linked views: what grew, what stayed, what shrank. Nothing is measured on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import SimpleITK as sitk

from lggseg.growth import change
from lggseg.growth.alignment import bring
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.ForLooking import kindOf, mark
from LGGSegmentationLib.Scene.Outline import Outlines
from LGGSegmentationLib.Scene.Result import Result, latestResultOf, nodesOf
from LGGSegmentationLib.Scene.Segmentations import placeBeside
from LGGSegmentationLib.Scene.Texts import _

LATER, CHECKERBOARD = "Later", "Checkerboard"
"""Volumes to look at: the later study in the space of the earlier one; both in turn, square by square."""

_EARLIER_ROLE, _LATER_ROLE = "LGGSegmentation.ComparedEarlier", "LGGSegmentation.ComparedLater"
_OUTLINES = "LGGSegmentation.ComparedOutlines"
_CHANGE = "Change"
_BOARD_RANGE = (0.0, 1.1)
_CLASSES = {LATER: "vtkMRMLScalarVolumeNode", CHECKERBOARD: "vtkMRMLScalarVolumeNode",
            _CHANGE: "vtkMRMLSegmentationNode"}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two studies that are compared.

    Attributes:
        earlier: The outline of the earlier study; all is drawn in the space of its volume.
        later: That of the later one.
        transform: From points of the earlier to points of the later study, in each volume's own space.
    """

    earlier: Result
    later: Result
    transform: sitk.Transform

    @property
    def comparable(self) -> bool:
        """Whether both outlines were made in one way: others are not drawn over each other."""
        return self.earlier.origin == self.later.origin


def volume(pair: Pair, kind: str) -> Any:
    """Return the volume of a kind to look at, made anew; it lies on the grid of the earlier study.

    Args:
        pair: The studies.
        kind: ``LATER`` or ``CHECKERBOARD``.
    """
    earlier, later = (VolumeExchange.imageFromVolume(result.flair) for result in (pair.earlier, pair.later))
    drawn = (
        bring(later, earlier, pair.transform) if kind == LATER else change.checkerboard(earlier, later, pair.transform)
    )
    node = _node(pair, kind)
    VolumeExchange.setVoxels(node, sitk.GetArrayFromImage(drawn))
    node.SetIJKToRASMatrix(VolumeExchange.matrixOfArray(VolumeExchange.ijkToRas(pair.earlier.flair)))
    if node.GetDisplayNode() is None:
        node.CreateDefaultDisplayNodes()
    _setWindow(node, pair.later.flair if kind == LATER else None)
    return node


def changeMap(pair: Pair, outlines: Outlines) -> Any:
    """Return the segmentation of what is stable, grown and shrunk, made anew."""
    labels = sitk.GetArrayFromImage(change.change_map(pair.earlier.image(), pair.later.image(), pair.transform))
    node = _node(pair, _CHANGE)
    if node.GetDisplayNode() is None:
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetVisibility3D(False)
    node.SetReferenceImageGeometryParameterFromVolumeNode(pair.earlier.flair)
    segmentation = node.GetSegmentation()
    for segment in change.SEGMENTS:
        if segmentation.GetSegment(segment.id) is None:
            segmentation.AddEmptySegment(segment.id, segment.name, segment.color)
        VolumeExchange.writeMask(labels == segment.value, node, segment.id, pair.earlier.flair)
    node.SetAttribute(_OUTLINES, _fingerprints(pair.earlier, pair.later, outlines))
    _rename(node, outdated=False)
    return node


def follow(scene: Any, outlines: Outlines) -> None:
    """Hide maps of outlines that have changed since, and say so in their names."""
    for node in nodesOf(scene, _CLASSES[_CHANGE]):
        if kindOf(node) == _CHANGE and isOutdated(node, outlines):
            _rename(node, outdated=True)
            node.GetDisplayNode().SetVisibility(False)


def isOutdated(node: Any, outlines: Outlines) -> bool:
    """Tell whether a map of the change is one of other outlines than those of now."""
    earlier, later = (latestResultOf(node.GetNodeReference(role)) for role in (_EARLIER_ROLE, _LATER_ROLE))
    if earlier is None or later is None:
        return True
    return bool(node.GetAttribute(_OUTLINES) != _fingerprints(earlier, later, outlines))


def removeVolumes(scene: Any) -> None:
    """Take the volumes that were made to look at out of the scene; maps of the change stay."""
    for node in nodesOf(scene, "vtkMRMLScalarVolumeNode"):
        if kindOf(node):
            scene.RemoveNode(node)


def _fingerprints(earlier: Result, later: Result, outlines: Outlines) -> str:
    counted = [outlines.of(result) for result in (earlier, later)]
    return " ".join(outline.fingerprint if outline is not None else "" for outline in counted)


def _node(pair: Pair, kind: str) -> Any:
    """Return the node of a kind for two studies, made when there is none, in the earlier one's space."""
    earlier, later = pair.earlier.flair, pair.later.flair
    scene = earlier.GetScene()
    node = next((node for node in nodesOf(scene, _CLASSES[kind]) if _isOf(node, kind, earlier, later)), None)
    if node is None:
        node = scene.AddNewNodeByClass(_CLASSES[kind], scene.GenerateUniqueName(_name(kind, earlier, later)))
        mark(node, kind)
        node.SetNodeReferenceID(_EARLIER_ROLE, earlier.GetID())
        node.SetNodeReferenceID(_LATER_ROLE, later.GetID())
        placeBeside(node, earlier)
    node.SetAndObserveTransformNodeID(earlier.GetTransformNodeID())
    return node


def _isOf(node: Any, kind: str, earlier: Any, later: Any) -> bool:
    pair = (node.GetNodeReference(_EARLIER_ROLE), node.GetNodeReference(_LATER_ROLE))
    return kindOf(node) == kind and pair[0] is earlier and pair[1] is later


def _name(kind: str, earlier: Any, later: Any) -> str:
    texts = {
        LATER: _("{later} as {earlier} lies (to look at)"),
        CHECKERBOARD: _("{earlier} and {later}, checkerboard (to look at)"),
        _CHANGE: _("{earlier} to {later}: change"),
    }
    return texts[kind].format(earlier=earlier.GetName(), later=later.GetName())


def _rename(node: Any, *, outdated: bool) -> None:
    names = [node.GetNodeReference(role) for role in (_EARLIER_ROLE, _LATER_ROLE)]
    if None in names:
        return
    name = _name(_CHANGE, *names) + (_(" (of earlier outlines)") if outdated else "")
    if node.GetName() != name:
        node.SetName(name)


def _setWindow(node: Any, source: Any) -> None:
    """Show a volume with the brightness of another, or a checkerboard with its own."""
    display = node.GetScalarVolumeDisplayNode()
    display.AutoWindowLevelOff()
    shown = source.GetScalarVolumeDisplayNode() if source is not None else None
    if shown is not None:
        display.SetWindowLevelMinMax(shown.GetWindowLevelMin(), shown.GetWindowLevelMax())
    elif source is None:
        display.SetWindowLevelMinMax(*_BOARD_RANGE)
    else:
        display.AutoWindowLevelOn()
