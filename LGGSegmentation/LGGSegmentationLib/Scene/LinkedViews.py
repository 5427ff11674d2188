"""Two slice views that show two studies of one space, and move together.

What they showed before is noted in the scene, so that it comes back also after the scene was saved and loaded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from LGGSegmentationLib.Scene import Diameters, VolumeExchange
from LGGSegmentationLib.Scene.Result import Result, nodesOf

_BEFORE = "LGGSegmentation.BeforeComparison"
_AXIAL = "Axial"


@dataclass(frozen=True)
class LinkedViews:
    """Two views.

    Attributes:
        left: Slice node of the view for the earlier study.
        right: That of the view for the later one.
    """

    left: Any
    right: Any

    def show(self, earlier: Any, later: Any) -> None:
        """Show a volume in each view, as axial slices that move together.

        Args:
            earlier: Volume for the left view.
            later: Volume for the right view, in the space of the other.
        """
        for view, volume in ((self.left, earlier), (self.right, later)):
            composite = compositeOf(view)
            place = VolumeExchange.arrayOfMatrix(view.GetSliceToRAS()).tolist()
            linked = [composite.GetLinkedControl(), composite.GetHotLinkedControl()]
            _note(view, {"place": place, "volumes": _volumes(composite), "linked": linked})
            composite.SetBackgroundVolumeID(volume.GetID())
            composite.SetForegroundVolumeID(None)
            composite.SetLabelVolumeID(None)
            composite.SetLinkedControl(True)
            composite.SetHotLinkedControl(True)
            view.SetOrientation(_AXIAL)

    def alike(self) -> None:
        """Let the right view look where the left one does, with pixels of the same size."""
        self.right.GetSliceToRAS().DeepCopy(self.left.GetSliceToRAS())
        width, _height, depth = self.left.GetFieldOfView()
        pixel = width / max(self.left.GetDimensions()[0], 1)
        columns, rows = (max(size, 1) for size in self.right.GetDimensions()[:2])
        self.right.SetFieldOfView(columns * pixel, rows * pixel, depth)
        self.right.UpdateMatrices()

    def only(self, left: Result, right: Any) -> None:
        """Let one outline be drawn in the left view, one segmentation or none in the right, and nothing else in either.

        Args:
            left: The outline for the left view; older ones beside it in its segmentation are hidden.
            right: Segmentation node for the right view, or None.
        """
        pairs = ((left.node, self.left), (right, self.right))
        places = {node.GetDisplayNode().GetID(): view for node, view in pairs if node is not None}
        for display in _displays(self.left.GetScene()):
            views = [display.GetNthViewNodeID(n) for n in range(display.GetNumberOfViewNodeIDs())]
            _note(display, {"views": views, "visible": display.GetVisibility(), "segments": _segments(display)})
            view = places.get(display.GetID())
            display.SetVisibility(view is not None)
            display.RemoveAllViewNodeIDs()
            if view is not None:
                display.AddViewNodeID(view.GetID())
        shown = left.node.GetDisplayNode()
        for name in _segments(shown):
            shown.SetSegmentVisibility(name, name == left.segmentId)


def end(scene: Any) -> None:
    """Let all views of a scene show what they showed before they were linked."""
    for display in _displays(scene):
        before = _taken(display)
        if before is not None:
            display.RemoveAllViewNodeIDs()
            for name in before["views"]:
                display.AddViewNodeID(name)
            display.SetVisibility(before["visible"])
            for name, visible in before["segments"].items():
                display.SetSegmentVisibility(name, visible)
    for view in nodesOf(scene, "vtkMRMLSliceNode"):
        before = _taken(view)
        if before is not None:
            _restore(view, before)


def compositeOf(sliceNode: Any) -> Any:
    """Return the node that says which volumes a slice view shows."""
    composites = nodesOf(sliceNode.GetScene(), "vtkMRMLSliceCompositeNode")
    return next(node for node in composites if node.GetLayoutName() == sliceNode.GetLayoutName())


def _restore(view: Any, before: dict[str, Any]) -> None:
    composite, scene = compositeOf(view), view.GetScene()
    background, foreground = (name if name and scene.GetNodeByID(name) else None for name in before["volumes"])
    composite.SetBackgroundVolumeID(background)
    composite.SetForegroundVolumeID(foreground)
    linked, hot = before["linked"]
    composite.SetLinkedControl(linked)
    composite.SetHotLinkedControl(hot)
    # The place and not the orientation's name: a view that somebody turned has none.
    view.GetSliceToRAS().DeepCopy(VolumeExchange.matrixOfArray(before["place"]))
    view.UpdateMatrices()


def _volumes(composite: Any) -> list[str | None]:
    return [composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()]


def _displays(scene: Any) -> list[Any]:
    """Return what says how outlines are drawn, and the diameters on them."""
    segmentations = nodesOf(scene, "vtkMRMLSegmentationNode")
    drawn = [*segmentations, *(line for node in segmentations for line in Diameters.lines(node))]
    return [node.GetDisplayNode() for node in drawn if node.GetDisplayNode() is not None]


def _segments(display: Any) -> dict[str, bool]:
    """Return which segments are drawn, by their identifiers; none of what is no segmentation."""
    node = display.GetDisplayableNode()
    if not node.IsA("vtkMRMLSegmentationNode"):
        return {}
    segmentation = node.GetSegmentation()
    names = [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())]
    return {name: bool(display.GetSegmentVisibility(name)) for name in names}


def _note(node: Any, state: dict[str, Any]) -> None:
    """Note a state, unless an earlier one waits to be brought back."""
    if not node.GetAttribute(_BEFORE):
        node.SetAttribute(_BEFORE, json.dumps(state))


def _taken(node: Any) -> dict[str, Any] | None:
    text = node.GetAttribute(_BEFORE)
    if not text:
        return None
    node.RemoveAttribute(_BEFORE)
    state: dict[str, Any] = json.loads(text)
    return state
