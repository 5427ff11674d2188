"""Takes a volume out of the scene together with all that was made of it."""

from __future__ import annotations

from typing import Any

from LGGSegmentationLib.Scene import Contours, Diameters, Measurements
from LGGSegmentationLib.Scene.Probability import probabilityOf
from LGGSegmentationLib.Scene.Result import currentResult, flairOf, nodesOf
from LGGSegmentationLib.Scene.Segmentations import removeNode


def removeVolume(flairNode: Any) -> None:
    """Remove a volume, its results with their numbers, lines and contours, and its probability map.

    Its rows among the time points stay: they say that their outline is gone.
    """
    scene = flairNode.GetScene()
    Contours.hide(flairNode)
    for node in nodesOf(scene, "vtkMRMLSegmentationNode"):
        if flairOf(node) is flairNode and currentResult(node) is not None:
            Diameters.remove(node)
            removeNode(Measurements.tableOf(node))
            removeNode(node)
    removeNode(probabilityOf(flairNode))
    removeNode(flairNode)
