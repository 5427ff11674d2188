"""Where results go: a segmentation beside its volume, with our name, code and colour.

Nothing that a person drew is overwritten: other segments are never touched, and a segment of ours that was
corrected by hand counts as drawn.
"""

from __future__ import annotations

from typing import Any

from lggseg.segmentation import segment_identity
from LGGSegmentationLib.Scene.Result import Result, currentResult, flairOf
from LGGSegmentationLib.Scene.Texts import _

_FILL_OPACITY = 0.3
_OTHER_COLORS = ((0.34, 0.71, 0.91), (0.80, 0.47, 0.65), (0.00, 0.62, 0.45))


def takesResultOf(segmentationNode: Any, flairNode: Any) -> bool:
    """Tell whether a result of a volume can go into a segmentation without moving what is in it."""
    if segmentationNode.GetSegmentation().GetNumberOfSegments() == 0:
        return True
    sameTransform = segmentationNode.GetTransformNodeID() == flairNode.GetTransformNodeID()
    return bool(sameTransform and flairOf(segmentationNode) is flairNode)


def newSegmentation(flairNode: Any) -> Any:
    """Make an empty segmentation that belongs to a volume: grid, transform, subject hierarchy."""
    scene = flairNode.GetScene()
    name = scene.GenerateUniqueName(_("{volume} segmentation").format(volume=flairNode.GetName()))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
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
    placeBeside(segmentationNode, flairNode)


def placeBeside(node: Any, neighbour: Any) -> None:
    """Put a node beside another one in the subject hierarchy, where there is one."""
    hierarchy = node.GetScene().GetSubjectHierarchyNode()
    if hierarchy is not None and hierarchy.GetItemByDataNode(node):
        hierarchy.SetItemParent(
            hierarchy.GetItemByDataNode(node), hierarchy.GetItemParent(hierarchy.GetItemByDataNode(neighbour))
        )


def removeNode(node: Any) -> None:
    """Take a node out of its scene, with what displays and stores it, where it is in one: observers may be quicker."""
    if node is None or node.GetScene() is None:
        return
    helpers = [node.GetNthStorageNode(number) for number in range(node.GetNumberOfStorageNodes())]
    if hasattr(node, "GetNthDisplayNode"):  # a table has none
        helpers += [node.GetNthDisplayNode(number) for number in range(node.GetNumberOfDisplayNodes())]
    scene = node.GetScene()
    scene.RemoveNode(node)
    for helper in helpers:
        if helper is not None and helper.GetScene() is scene:
            scene.RemoveNode(helper)


def addResult(segmentationNode: Any) -> Result:
    """Add an empty segment with our name, code and colour.

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
    result = Result(
        segmentationNode,
        segmentation.AddEmptySegment(segmentation.GenerateUniqueSegmentID(segment_identity.SEGMENT_ID), name, color),
    )
    result.segment.SetTag(result.segment.GetTerminologyEntryTagName(), segment_identity.TERMINOLOGY_ENTRY)
    return result


def resultToReplace(segmentationNode: Any, *, keepEdited: bool) -> Result:
    """Return where the next outline goes: the last result, or a new segment beside one that was corrected."""
    result = currentResult(segmentationNode)
    if result is None or (keepEdited and result.isEdited()):
        return addResult(segmentationNode)
    return result
