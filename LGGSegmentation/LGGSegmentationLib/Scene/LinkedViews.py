"""Two slice views that show two studies of one space, and move together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from LGGSegmentationLib.Scene.Result import nodesOf

_AXIAL = "Axial"


@dataclass
class LinkedViews:
    """Two views, and what they showed before.

    Attributes:
        left: Slice node of the view for the earlier study.
        right: That of the view for the later one.
    """

    left: Any
    right: Any
    _before: list[Any] = field(default_factory=list)
    _restricted: dict[str, list[str]] = field(default_factory=dict)

    def show(self, earlier: Any, later: Any) -> None:
        """Show a volume in each view, as axial slices that move together; both lie in one space.

        Args:
            earlier: Volume for the left view.
            later: Volume for the right view.
        """
        if not self._before:
            self._before = [self._state(view) for view in (self.left, self.right)]
        for view, volume in ((self.left, earlier), (self.right, later)):
            composite = compositeOf(view)
            composite.SetBackgroundVolumeID(volume.GetID())
            composite.SetForegroundVolumeID(None)
            composite.SetLabelVolumeID(None)
            composite.SetLinkedControl(True)
            composite.SetHotLinkedControl(True)
            view.SetOrientation(_AXIAL)

    def alike(self) -> None:
        """Let the right view look where the left one does, at the same size."""
        matrix = self.left.GetSliceToRAS()
        self.right.GetSliceToRAS().DeepCopy(matrix)
        width, height = self.left.GetFieldOfView()[:2]
        columns, rows = self.right.GetDimensions()[:2]
        # One pixel is as large in both, whatever the widths of the views.
        scale = width / max(self.left.GetDimensions()[0], 1) if columns and rows else 0.0
        depth = self.left.GetFieldOfView()[2]
        self.right.SetFieldOfView(*((columns * scale, rows * scale, depth) if scale else (width, height, depth)))
        self.right.UpdateMatrices()

    def restrict(self, displayNode: Any, view: Any) -> None:
        """Let something be drawn in one of the views only, and in those that are no slices of this pair."""
        if displayNode.GetID() not in self._restricted:
            before = [displayNode.GetNthViewNodeID(n) for n in range(displayNode.GetNumberOfViewNodeIDs())]
            self._restricted[displayNode.GetID()] = before
        displayNode.RemoveAllViewNodeIDs()
        displayNode.AddViewNodeID(view.GetID())

    def end(self) -> None:
        """Let both views show what they showed before."""
        for view, state in zip((self.left, self.right), self._before, strict=False):
            self._restore(view, state)
        for identifier, views in self._restricted.items():
            display = self.left.GetScene().GetNodeByID(identifier)
            if display is not None:
                display.RemoveAllViewNodeIDs()
                for name in views:
                    display.AddViewNodeID(name)
        self._before, self._restricted = [], {}

    @staticmethod
    def _state(view: Any) -> Any:
        composite = compositeOf(view)
        return (
            view.GetOrientation(), composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID(),
            composite.GetLinkedControl(), composite.GetHotLinkedControl(),
        )  # fmt: skip

    @staticmethod
    def _restore(view: Any, state: Any) -> None:
        orientation, background, foreground, linked, hot = state
        composite, scene = compositeOf(view), view.GetScene()
        composite.SetBackgroundVolumeID(background if background and scene.GetNodeByID(background) else None)
        composite.SetForegroundVolumeID(foreground if foreground and scene.GetNodeByID(foreground) else None)
        composite.SetLinkedControl(linked)
        composite.SetHotLinkedControl(hot)
        view.SetOrientation(orientation)


def compositeOf(sliceNode: Any) -> Any:
    """Return the node that says which volumes a slice view shows."""
    composites = nodesOf(sliceNode.GetScene(), "vtkMRMLSliceCompositeNode")
    return next(node for node in composites if node.GetLayoutName() == sliceNode.GetLayoutName())
