"""The result in the scene: segmentation, probability map, place in the subject hierarchy, and the views.

Nothing that a person drew is overwritten: other segments are never touched, and a segment of ours that was
corrected by hand counts as drawn.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from lggseg.segmentation import segment_identity
from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Scene import VolumeExchange

REPORT_ATTRIBUTE = "LGGSegmentation.Report"
_FINGERPRINT_TAG = "LGGSegmentation.Fingerprint"
_THRESHOLD_TAG = "LGGSegmentation.Threshold"
_PROBABILITY_ROLE = "LGGSegmentation.ProbabilityOf"
_IDENTITY_ATTRIBUTE = "LGGSegmentation.VolumeId"
_FILL_OPACITY = 0.3
_OTHER_COLORS = ((0.34, 0.71, 0.91), (0.80, 0.47, 0.65), (0.00, 0.62, 0.45))
_REFERENCE_ROLE = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()


def flairOf(segmentationNode: Any) -> Any:
    """Return the volume that a segmentation was made on, or None."""
    return segmentationNode.GetNodeReference(_REFERENCE_ROLE)


def identityOf(volumeNode: Any) -> str:
    """Return what tells a volume from all others, also after scenes were merged and node IDs changed."""
    identity = volumeNode.GetAttribute(_IDENTITY_ATTRIBUTE)
    if not identity:
        identity = uuid.uuid4().hex
        volumeNode.SetAttribute(_IDENTITY_ATTRIBUTE, identity)
    return str(identity)


def takesResultOf(segmentationNode: Any, flairNode: Any) -> bool:
    """Tell whether a result of a volume can go into a segmentation without moving what is in it."""
    if segmentationNode.GetSegmentation().GetNumberOfSegments() == 0:
        return True
    sameTransform = segmentationNode.GetTransformNodeID() == flairNode.GetTransformNodeID()
    return sameTransform and flairOf(segmentationNode) is flairNode


def newSegmentation(flairNode: Any) -> Any:
    """Make an empty segmentation that belongs to a volume: grid, transform, subject hierarchy."""
    name = slicer.mrmlScene.GenerateUniqueName(_("{volume} segmentation").format(volume=flairNode.GetName()))
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    attach(node, flairNode)
    return node


def attach(segmentationNode: Any, flairNode: Any) -> None:
    """Give a segmentation the grid, transform and place of a volume."""
    if segmentationNode.GetDisplayNode() is None:
        segmentationNode.CreateDefaultDisplayNodes()
        # The image has to be seen through it.
        segmentationNode.GetDisplayNode().SetOpacity2DFill(_FILL_OPACITY)
    segmentationNode.SetAndObserveTransformNodeID(flairNode.GetTransformNodeID())
    segmentationNode.SetReferenceImageGeometryParameterFromVolumeNode(flairNode)
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    place = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(flairNode))
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(segmentationNode), place)


def segmentIds(segmentationNode: Any) -> list[str]:
    """Return the identifiers of the segments that this module made, oldest first."""
    segmentation = segmentationNode.GetSegmentation()
    ids = [segmentation.GetNthSegmentID(i) for i in range(segmentation.GetNumberOfSegments())]
    return [i for i in ids if _tag(segmentation.GetSegment(i), _FINGERPRINT_TAG)]


def currentSegmentId(segmentationNode: Any) -> str | None:
    """Return the segment of the last run, or None."""
    ids = segmentIds(segmentationNode) if segmentationNode is not None else []
    return ids[-1] if ids else None


def isEdited(segmentationNode: Any, segmentId: str) -> bool:
    """Tell whether a segment of ours was changed by hand since it was written."""
    flair = flairOf(segmentationNode)
    if flair is None:
        return True
    segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
    mask = VolumeExchange.readMask(segmentationNode, segmentId, flair)
    return _tag(segment, _FINGERPRINT_TAG) != fingerprint(mask)


def fingerprint(mask: Any) -> str:
    """Return a short text that differs for different masks."""
    return hashlib.sha256(np.packbits(mask > 0).tobytes()).hexdigest()[:16]


def addSegment(segmentationNode: Any) -> str:
    """Add an empty segment with our name, code and colour; return its identifier.

    Where one of that name was kept, the new one has a number and another colour, to tell the two apart.
    """
    segmentation = segmentationNode.GetSegmentation()
    name = segment_identity.SEGMENT_NAME
    existing = {segmentation.GetNthSegment(i).GetName() for i in range(segmentation.GetNumberOfSegments())}
    number = 1
    while name in existing:
        number += 1
        name = f"{segment_identity.SEGMENT_NAME} {number}"
    color = segment_identity.SEGMENT_COLOR if number == 1 else _OTHER_COLORS[number % len(_OTHER_COLORS)]
    identifier = segmentation.AddEmptySegment(
        segmentation.GenerateUniqueSegmentID(segment_identity.SEGMENT_ID), name, color
    )
    segment = segmentation.GetSegment(identifier)
    segment.SetTag(segment.GetTerminologyEntryTagName(), segment_identity.TERMINOLOGY_ENTRY)
    return str(identifier)


def writeSegment(mask: Any, segmentationNode: Any, segmentId: str, volumeNode: Any) -> None:
    """Write our mask into a segment and remember what it looked like."""
    VolumeExchange.writeMask(mask, segmentationNode, segmentId, volumeNode)
    segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
    segment.SetTag(_FINGERPRINT_TAG, fingerprint(mask))


def writeThreshold(segmentationNode: Any, segmentId: str, threshold: float) -> None:
    """Note with a segment the threshold that it was made with; undo brings both back."""
    segmentationNode.GetSegmentation().GetSegment(segmentId).SetTag(_THRESHOLD_TAG, repr(threshold))


def thresholdOf(segmentationNode: Any, segmentId: str) -> float | None:
    """Return the threshold that a segment was made with, or None."""
    text = _tag(segmentationNode.GetSegmentation().GetSegment(segmentId), _THRESHOLD_TAG)
    return float(text) if text else None


def writeReport(report: dict[str, Any], segmentationNode: Any) -> None:
    """Keep the record of a run with the segmentation, so that it is saved with the scene."""
    segmentationNode.SetAttribute(REPORT_ATTRIBUTE, json.dumps(report))


def readReport(segmentationNode: Any) -> dict[str, Any]:
    """Return the record of the run that made a segmentation, empty without."""
    text = segmentationNode.GetAttribute(REPORT_ATTRIBUTE)
    report: dict[str, Any] = json.loads(text) if text else {}
    return report


def writeProbability(outcome: Outcome, flairNode: Any, volumeNode: Any) -> Any:
    """Put the probability map beside the volume; return its node.

    Args:
        outcome: Holds the map.
        flairNode: Gives the grid and the transform.
        volumeNode: The node of an earlier run to use again, or None.
    """
    if volumeNode is None or volumeNode.GetNodeReference(_PROBABILITY_ROLE) is not flairNode:
        name = _("{volume} probability").format(volume=flairNode.GetName())
        volumeNode = slicer.mrmlScene.AddNewNodeByClass(
            "vtkMRMLScalarVolumeNode", slicer.mrmlScene.GenerateUniqueName(name)
        )
        volumeNode.CreateDefaultDisplayNodes()
        volumeNode.SetNodeReferenceID(_PROBABILITY_ROLE, flairNode.GetID())
    slicer.util.updateVolumeFromArray(volumeNode, outcome.probability)
    volumeNode.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(VolumeExchange.ijkToRas(flairNode)))
    volumeNode.SetAndObserveTransformNodeID(flairNode.GetTransformNodeID())
    display = volumeNode.GetScalarVolumeDisplayNode()
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(0.0, 1.0)
    return volumeNode


def probabilityOf(flairNode: Any) -> Any:
    """Return the probability map of a volume, or None."""
    nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    return next((n for n in nodes if n.GetNodeReference(_PROBABILITY_ROLE) is flairNode), None)


def isProbability(volumeNode: Any) -> bool:
    """Tell whether a volume is one of our probability maps."""
    return bool(volumeNode.GetNodeReferenceID(_PROBABILITY_ROLE))


def showInSlices(flairNode: Any, segmentationNode: Any, segmentId: str) -> None:
    """Show the volume and jump to the middle of the segment."""
    segmentationNode.GetDisplayNode().SetVisibility(True)
    slicer.util.setSliceViewerLayers(background=flairNode, fit=True)
    centre = segmentationNode.GetSegmentCenterRAS(segmentId)
    if centre is not None:
        jumpTo(centre)


def jumpTo(ras: Any) -> None:
    """Let all slice views pass through a place, without moving the picture sideways.

    Args:
        ras: Three coordinates in the world.
    """
    slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *ras, slicer.vtkMRMLSliceNode.OffsetJumpSlice)


def show3D(segmentationNode: Any, shown: bool) -> None:
    """Make or remove the surface of the segments."""
    if shown:
        segmentationNode.CreateClosedSurfaceRepresentation()
        segmentationNode.GetDisplayNode().SetVisibility3D(True)
    else:
        segmentationNode.RemoveClosedSurfaceRepresentation()


def _tag(segment: Any, name: str) -> str:
    value = vtk.reference("")
    return str(value) if segment.GetTag(name, value) else ""
