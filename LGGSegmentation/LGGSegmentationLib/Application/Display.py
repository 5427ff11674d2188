"""What Slicer's window shows: layers of the slice views, tables and plots beside them."""

from __future__ import annotations

from typing import Any

import slicer

SideBySide = slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView


def showVolume(volumeNode: Any) -> None:
    """Show a volume in all slice views."""
    slicer.util.setSliceViewerLayers(background=volumeNode, fit=True)


def showTable(tableNode: Any) -> None:
    """Show a table beside the images."""
    _addToLayout(slicer.modules.tables.logic().GetLayoutWithTable)
    slicer.app.applicationLogic().GetSelectionNode().SetActiveTableID(tableNode.GetID())
    slicer.app.applicationLogic().PropagateTableSelection()


def showPlot(chartNode: Any) -> None:
    """Show a chart beside the images."""
    _addToLayout(slicer.modules.plots.logic().GetLayoutWithPlot)
    slicer.app.applicationLogic().GetSelectionNode().SetActivePlotChartID(chartNode.GetID())
    slicer.app.applicationLogic().PropagatePlotChartSelection()


def showSideBySide() -> tuple[Any, Any] | None:
    """Show two slice views beside each other; return their slice nodes, None without a main window."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return None
    setLayout(SideBySide)
    left, right = (manager.sliceWidget(name).mrmlSliceNode() for name in ("Red", "Yellow"))
    return left, right


def fitSlices(sliceNode: Any) -> None:
    """Let a slice view show all of its volume, in the size that it has now."""
    manager = slicer.app.layoutManager()
    widget = manager.sliceWidget(sliceNode.GetLayoutName()) if manager is not None else None
    if widget is not None:
        widget.sliceLogic().FitSliceToBackground()


def layout() -> int | None:
    """Return the present layout, None without a main window."""
    manager = slicer.app.layoutManager()
    return manager.layout if manager is not None else None


def setLayout(number: int) -> None:
    """Choose a layout, where there is a main window."""
    manager = slicer.app.layoutManager()
    if manager is not None:
        manager.setLayout(number)


def _addToLayout(layoutWith: Any) -> None:
    """Add to the present layout; there is none without a main window."""
    manager = slicer.app.layoutManager()
    if manager is not None:
        manager.setLayout(layoutWith(manager.layout))
