"""What the views of a scene look at: slices, camera, which results are seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from LGGSegmentationLib.Scene import Diameters
from LGGSegmentationLib.Scene.Result import Result, currentResult, nodesOf

_ROOM = 1.6
"""How much more than the result itself a 3D view shows."""


def jumpTo(scene: Any, ras: Any) -> None:
    """Let all slice views pass through a place, without moving the picture sideways.

    Args:
        scene: The scene of the views.
        ras: Three coordinates in the world.
    """
    slicer.vtkMRMLSliceNode.JumpAllSlices(scene, *ras, slicer.vtkMRMLSliceNode.OffsetJumpSlice)


def lookAt(result: Result) -> None:
    """Show a result and let the slice views pass through its middle."""
    result.node.GetDisplayNode().SetVisibility(True)
    centre = result.node.GetSegmentCenterRAS(result.segmentId)
    if centre is not None:
        jumpTo(result.scene, centre)


def show3D(result: Result, *, shown: bool) -> None:
    """Make the surface of the segments and turn the cameras to this one, or remove the surface."""
    if not shown:
        result.node.RemoveClosedSurfaceRepresentation()
        return
    result.node.CreateClosedSurfaceRepresentation()
    result.node.GetDisplayNode().SetVisibility3D(True)
    centreCameras(result)


def centreCameras(result: Result) -> None:
    """Let all cameras look at a result from where they look now, near enough to see it."""
    centre = result.node.GetSegmentCenterRAS(result.segmentId)
    if centre is None:
        return
    bounds = [0.0] * 6
    result.segment.GetBounds(bounds)
    radius = float(np.linalg.norm(np.subtract(bounds[1::2], bounds[::2]))) / 2
    for camera in nodesOf(result.scene, "vtkMRMLCameraNode"):
        direction = np.array(camera.GetPosition()) - np.array(camera.GetFocalPoint())
        length = float(np.linalg.norm(direction))
        direction = direction / length if length else np.array((0.0, 1.0, 0.0))
        distance = _ROOM * radius / np.sin(np.radians(camera.GetViewAngle() / 2))
        camera.SetFocalPoint(*centre)
        camera.SetPosition(*(np.array(centre) + distance * direction))
        camera.ResetClippingRange()


def hideOthers(result: Result) -> None:
    """Hide our results of other volumes, which would lie over this one."""
    _hide(result.scene, besides=result.flair)


def hideAll(scene: Any) -> None:
    """Hide all our results."""
    _hide(scene, besides=None)


def _hide(scene: Any, besides: Any) -> None:
    for node in nodesOf(scene, "vtkMRMLSegmentationNode"):
        other = currentResult(node)
        if other is not None and (besides is None or other.flair is not besides):
            node.GetDisplayNode().SetVisibility(False)
            Diameters.setVisible(node, visible=False)
