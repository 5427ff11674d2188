"""The bidirectional diameters (RANO) as two markups lines in the views."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk

from lggseg.shape import bidirectional
from LGGSegmentationLib.Scene.Outline import Outline
from LGGSegmentationLib.Scene.Result import FINGERPRINT_TAG, Result, fingerprint
from LGGSegmentationLib.Scene.Segmentations import placeBeside, removeNode
from LGGSegmentationLib.Scene.Texts import _
from LGGSegmentationLib.Scene.VolumeExchange import Array

_ROLES = ("LGGSegmentation.LongestDiameter", "LGGSegmentation.PerpendicularDiameter")
_COLORS = ((0.20, 0.75, 1.00), (1.00, 0.85, 0.20))


def draw(result: Result) -> Array | None:
    """Draw the lines of a result, or remove them when it is empty.

    Returns:
        The middle of the longest diameter in the world, ``(3,)``; None when there is none.
    """
    mask = result.mask() if result.flair else None
    pair = bidirectional(result.image()) if mask is not None else None
    if mask is None or pair is None:
        remove(result.node)
        return None
    names = (_("Longest diameter"), _("Perpendicular diameter"))
    outline = fingerprint(mask)
    for line in lines(result.node):
        line.SetAttribute(FINGERPRINT_TAG, outline)  # before anything else: whoever follows looks at each step
    drawnLines = []
    for role, name, color, ends in zip(_ROLES, names, _COLORS, (pair.longest, pair.perpendicular), strict=True):
        line = result.node.GetNodeReference(role) or _newLine(result.node, role, name, color, outline)
        _place(line, result.node, ends)
        drawnLines.append(line)
    return np.mean([drawnLines[0].GetNthControlPointPositionWorld(end) for end in range(2)], axis=0)


def drawn(segmentationNode: Any) -> bool:
    """Tell whether a segmentation has lines, shown or hidden."""
    return bool(lines(segmentationNode))


def shown(segmentationNode: Any) -> bool:
    """Tell whether a segmentation has lines that are seen."""
    return any(line.GetDisplayVisibility() for line in lines(segmentationNode))


def areOfAnother(segmentationNode: Any, outline: Outline | None) -> bool:
    """Tell whether a segmentation has lines that measured another outline than that of now."""
    now = outline.fingerprint if outline is not None else None
    return any(now is None or line.GetAttribute(FINGERPRINT_TAG) != now for line in lines(segmentationNode))


def setVisible(segmentationNode: Any, *, visible: bool) -> None:
    """Show or hide the lines of a segmentation, where there are any."""
    for line in lines(segmentationNode):
        line.SetDisplayVisibility(visible)


def setLabels(segmentationNode: Any, *, visible: bool) -> None:
    """Show or hide the lengths beside the lines."""
    for line in lines(segmentationNode):
        line.GetDisplayNode().SetPointLabelsVisibility(visible)


def remove(segmentationNode: Any) -> None:
    """Take the lines of a segmentation out of the scene."""
    for line in lines(segmentationNode):
        removeNode(line)


def lines(segmentationNode: Any) -> list[Any]:
    """Return the lines of a segmentation, none where none were drawn."""
    nodes = [segmentationNode.GetNodeReference(role) for role in _ROLES]
    return [node for node in nodes if node is not None]


def _place(line: Any, segmentationNode: Any, ends: Any) -> None:
    line.SetAndObserveTransformNodeID(segmentationNode.GetTransformNodeID())
    line.SetLocked(False)
    line.RemoveAllControlPoints()
    for x, y, z in ends:
        line.AddControlPoint(vtk.vtkVector3d(-x, -y, z))
    # The length stands at one end of its line: in the middle, where the lines cross, one would lie over the other.
    line.SetNthControlPointLabel(0, "")
    line.SetNthControlPointLabel(1, f"{line.GetLineLengthWorld():.1f} mm")
    line.SetLocked(True)
    line.SetDisplayVisibility(True)


def _newLine(node: Any, role: str, name: str, color: tuple[float, float, float], outline: str) -> Any:
    line = node.GetScene().AddNewNodeByClass("vtkMRMLMarkupsLineNode", name)
    line.SetAttribute(FINGERPRINT_TAG, outline)
    line.CreateDefaultDisplayNodes()
    display = line.GetDisplayNode()
    display.SetSelectedColor(*color)
    display.SetColor(*color)
    display.SetGlyphScale(1.5)
    display.SetTextScale(2.6)
    display.SetPropertiesLabelVisibility(False)
    display.SetPointLabelsVisibility(True)
    node.SetNodeReferenceID(role, line.GetID())
    placeBeside(line, node)
    return line
