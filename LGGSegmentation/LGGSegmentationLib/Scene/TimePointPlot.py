"""The volume over time as a chart of the scene."""

from __future__ import annotations

from typing import Any

import slicer

from LGGSegmentationLib.Scene.Texts import _
from LGGSegmentationLib.Scene.TimePoints import DAYS, MILLILITERS

_SERIES_ROLE, _CHART_ROLE = "LGGSegmentation.Series", "LGGSegmentation.Chart"
_COLOR = (0.85, 0.33, 0.10)


def chartOf(tableNode: Any) -> Any:
    """Return the chart of a table of time points, made when there is none; it follows the table."""
    chart = tableNode.GetNodeReference(_CHART_ROLE) or _newChart(tableNode)
    chart.SetXAxisTitle(_("Days since the first time point"))
    chart.SetYAxisTitle(_("FLAIR abnormality (ml)"))
    chart.SetTitle(_("Volume over time (research use only)"))
    return chart


def _newChart(tableNode: Any) -> Any:
    scene = tableNode.GetScene()
    series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", _("FLAIR abnormality"))
    series.SetAndObserveTableNodeID(tableNode.GetID())
    series.SetXColumnName(DAYS)
    series.SetYColumnName(MILLILITERS)
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleCircle)
    series.SetLineStyle(slicer.vtkMRMLPlotSeriesNode.LineStyleSolid)
    series.SetColor(*_COLOR)
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", _("FLAIR abnormality over time"))
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    chart.SetLegendVisibility(False)
    tableNode.SetNodeReferenceID(_SERIES_ROLE, series.GetID())
    tableNode.SetNodeReferenceID(_CHART_ROLE, chart.GetID())
    return chart
