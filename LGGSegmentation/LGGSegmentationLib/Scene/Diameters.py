"""The bidirectional diameters (RANO) as two markups lines in the views."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from lggseg.shape import bidirectional
from LGGSegmentationLib.Scene import SceneWriter, VolumeExchange

_ROLES = ("LGGSegmentation.LongestDiameter", "LGGSegmentation.PerpendicularDiameter")
_COLORS = ((0.20, 0.75, 1.00), (1.00, 0.85, 0.20))


def draw(segmentationNode: Any, segmentId: str) -> list[Any]:
    """Draw the lines of a segment, or remove them when it is empty; return the line nodes."""
    flair = SceneWriter.flairOf(segmentationNode)
    pair = bidirectional(VolumeExchange.maskImage(segmentationNode, segmentId, flair)) if flair else None
    if pair is None:
        remove(segmentationNode)
        return []
    names = (_("Longest diameter"), _("Perpendicular diameter"))
    nodes = []
    for role, name, color, ends in zip(_ROLES, names, _COLORS, (pair.longest, pair.perpendicular), strict=True):
        node = segmentationNode.GetNodeReference(role) or _newLine(segmentationNode, role, name, color)
        node.SetAndObserveTransformNodeID(segmentationNode.GetTransformNodeID())
        node.SetLocked(False)
        node.RemoveAllControlPoints()
        for x, y, z in ends:
            node.AddControlPoint(vtk.vtkVector3d(-x, -y, z))
        node.SetLocked(True)
        node.SetDisplayVisibility(True)
        nodes.append(node)
    middle = [0.0, 0.0, 0.0]
    nodes[1].GetNthControlPointPositionWorld(0, middle)
    SceneWriter.jumpTo(middle)
    return nodes


def drawn(segmentationNode: Any) -> bool:
    """Tell whether a segmentation has lines, shown or hidden."""
    return any(segmentationNode.GetNodeReference(role) is not None for role in _ROLES)


def setVisible(segmentationNode: Any, visible: bool) -> None:
    """Show or hide the lines of a segmentation, where there are any."""
    for role in _ROLES:
        node = segmentationNode.GetNodeReference(role)
        if node is not None:
            node.SetDisplayVisibility(visible)


def remove(segmentationNode: Any) -> None:
    """Take the lines of a segmentation out of the scene."""
    for role in _ROLES:
        node = segmentationNode.GetNodeReference(role)
        if node is not None:
            slicer.mrmlScene.RemoveNode(node)


def _newLine(segmentationNode: Any, role: str, name: str, color: tuple[float, float, float]) -> Any:
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", name)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetSelectedColor(*color)
    display.SetColor(*color)
    display.SetGlyphScale(1.5)
    display.SetTextScale(2.2)
    display.SetPointLabelsVisibility(False)
    # The lines cross: one text goes above that place, the other below it.
    text = display.GetTextProperty()
    if role == _ROLES[0]:
        text.SetVerticalJustificationToBottom()
    else:
        text.SetVerticalJustificationToTop()
    segmentationNode.SetNodeReferenceID(role, node.GetID())
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    place = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(segmentationNode))
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), place)
    return node
