"""What Slicer's window shows: layers of the slice views, tables and plots beside them."""

from __future__ import annotations

from typing import Any

import slicer


def showVolume(volumeNode: Any) -> None:
    """Show a volume in all slice views."""
    slicer.util.setSliceViewerLayers(background=volumeNode, fit=True)


def showTable(tableNode: Any) -> None:
    """Show a table beside the images."""
    _setLayout(slicer.modules.tables.logic().GetLayoutWithTable)
    slicer.app.applicationLogic().GetSelectionNode().SetActiveTableID(tableNode.GetID())
    slicer.app.applicationLogic().PropagateTableSelection()


def showPlot(chartNode: Any) -> None:
    """Show a chart beside the images."""
    _setLayout(slicer.modules.plots.logic().GetLayoutWithPlot)
    slicer.app.applicationLogic().GetSelectionNode().SetActivePlotChartID(chartNode.GetID())
    slicer.app.applicationLogic().PropagatePlotChartSelection()


def _setLayout(layoutWith: Any) -> None:
    """Add to the present layout; there is none without a main window."""
    manager = slicer.app.layoutManager()
    if manager is not None:
        manager.setLayout(layoutWith(manager.layout))
