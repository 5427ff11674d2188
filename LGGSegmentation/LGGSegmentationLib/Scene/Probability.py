"""The probability map beside its volume, on which the threshold works."""

from __future__ import annotations

from typing import Any

from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Result import RUN_TAG, Result, nodesOf
from LGGSegmentationLib.Scene.Texts import _
from LGGSegmentationLib.Scene.VolumeExchange import Array

_ROLE = "LGGSegmentation.ProbabilityOf"


def writeProbability(probability: Array, flairNode: Any, run: str = "") -> Any:
    """Put the probability map beside the volume, in the node of an earlier run where there is one; return it.

    Args:
        probability: ``(K, J, I)``, from 0 to 1, on the volume's grid.
        flairNode: Gives the grid and the transform.
        run: The run that gave it.
    """
    node = probabilityOf(flairNode) or _newMap(flairNode)
    VolumeExchange.setVoxels(node, probability)
    node.SetAttribute(RUN_TAG, run)
    node.SetIJKToRASMatrix(VolumeExchange.matrixOfArray(VolumeExchange.ijkToRas(flairNode)))
    node.SetAndObserveTransformNodeID(flairNode.GetTransformNodeID())
    display = node.GetScalarVolumeDisplayNode()
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(0.0, 1.0)
    return node


def probabilityOf(flairNode: Any) -> Any:
    """Return the probability map of a volume, or None."""
    nodes = nodesOf(flairNode.GetScene(), "vtkMRMLScalarVolumeNode")
    return next((node for node in nodes if node.GetNodeReference(_ROLE) is flairNode), None)


def mapOf(result: Result | None) -> Any:
    """Return the probability map of the run that made a result, None where there is none or that of another run."""
    node = probabilityOf(result.flair) if result is not None and result.flair is not None else None
    run = node.GetAttribute(RUN_TAG) if node is not None else None
    return node if not run or result is None or run == result.run else None


def isProbability(volumeNode: Any) -> bool:
    """Tell whether a volume is one of our probability maps."""
    return bool(volumeNode.GetNodeReferenceID(_ROLE))


def _newMap(flairNode: Any) -> Any:
    scene = flairNode.GetScene()
    name = scene.GenerateUniqueName(_("{volume} probability").format(volume=flairNode.GetName()))
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.CreateDefaultDisplayNodes()
    node.SetNodeReferenceID(_ROLE, flairNode.GetID())
    return node
