"""Stand-in of the layout manager and of the view widgets that scripts reach through it."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore

from slicer_host.api import restricted
from slicer_host.views import SliceView, ThreeDView

_SLICES = (
    ("Red", "Axial", (0.95, 0.30, 0.29)),
    ("Yellow", "Sagittal", (0.93, 0.84, 0.30)),
    ("Green", "Coronal", (0.43, 0.69, 0.30)),
)
_VIEW_SIZE = (420, 320)


@restricted("qMRMLSliceWidget")
class qMRMLSliceWidget(QtCore.QObject):
    """A slice view as scripts see it."""

    def __init__(self, view: SliceView) -> None:
        super().__init__()
        self._view = view

    def sliceLogic(self) -> Any:
        """Return the real slice logic."""
        return self._view.logic

    def mrmlSliceNode(self) -> Any:
        """Return the slice node."""
        return self._view.node


@restricted("qMRMLThreeDView")
class qMRMLThreeDView(QtCore.QObject):
    """The inner part of a 3D view."""

    def __init__(self, view: ThreeDView) -> None:
        super().__init__()
        self._view = view

    def resetFocalPoint(self) -> None:
        """Look at the middle of what is shown."""
        self._view.renderer.ResetCamera()

    def forceRender(self) -> None:
        """Draw now."""
        self._view.window.Render()

    def mrmlViewNode(self) -> Any:
        """Return the view node."""
        return self._view.node


@restricted("qMRMLThreeDWidget")
class qMRMLThreeDWidget(QtCore.QObject):
    """A 3D view as scripts see it."""

    def __init__(self, view: ThreeDView) -> None:
        super().__init__()
        self._inner = qMRMLThreeDView(view)

    def threeDView(self) -> qMRMLThreeDView:
        """Return the inner part."""
        return self._inner

    def mrmlViewNode(self) -> Any:
        """Return the view node."""
        return self._inner.mrmlViewNode()


@restricted("qMRMLLayoutManager")
class qMRMLLayoutManager(QtCore.QObject):
    """Four views and what is beside them, kept in the scene's real layout node."""

    layoutChanged = QtCore.Signal(int)

    def __init__(self, core: Any) -> None:
        super().__init__()
        self._core = core
        self._slices = {name: SliceView(core, name, plane, color, _VIEW_SIZE) for name, plane, color in _SLICES}
        self._widgets = {name: qMRMLSliceWidget(view) for name, view in self._slices.items()}
        self._three_d = ThreeDView(core, "1", _VIEW_SIZE)
        self._three_d_widget = qMRMLThreeDWidget(self._three_d)
        self._layout = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView

    def sliceViewNames(self) -> list[str]:
        """Return the names of the slice views."""
        return list(self._slices)

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        """Return a slice view."""
        return self._widgets.get(name)

    def mrmlSliceLogics(self) -> Any:
        """Return the logics of all slice views."""
        return self._core.applicationLogic.GetSliceLogics()

    def threeDWidget(self, index: int) -> qMRMLThreeDWidget | None:
        """Return a 3D view."""
        return self._three_d_widget if index == 0 else None

    def setLayout(self, layout: int) -> None:
        """Choose an arrangement."""
        if layout != self._layout:
            self._layout = layout
            self.layoutChanged.emit(layout)

    def resetSliceViews(self) -> None:
        """Fit the slices to the volume."""
        for view in self._slices.values():
            view.logic.FitSliceToBackground()

    def resetThreeDViews(self) -> None:
        """Fit the 3D view to its contents."""
        self._three_d.renderer.ResetCamera()

    layout = QtCore.Property(int, lambda self: self._layout, setLayout)
    threeDViewCount = QtCore.Property(int, lambda self: 1)
    tableViewCount = QtCore.Property(int, lambda self: 1)
    plotViewCount = QtCore.Property(int, lambda self: 1)
