"""Volume and mean diameter over time as charts of the scene: error bars, fitted lines, treatments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import slicer

from lggseg.growth.curves import Bar, diameter_bars, fitted_lines, volume_bars
from lggseg.growth.report import GrowthReport
from lggseg.growth.timeline import years_between
from LGGSegmentationLib.Scene import TableColumns, Treatments
from LGGSegmentationLib.Scene.Texts import _

VOLUME, DIAMETER = "Volume", "Diameter"
"""What a chart shows."""

Curve = list[tuple[float | None, float | None]]
"""Years and values; (None, None) lifts the pen."""

_CHART_ROLE, _DATA_ROLE, _SERIES_ROLE = "LGGSegmentation.Chart", "LGGSegmentation.ChartData", "LGGSegmentation.Series"
_STUDIES, _BARS, _LINE, _LIMITS, _TREATMENTS = "Studies", "Bars", "Line", "Limits", "Treatments"
_ORANGE, _BLUE, _GRAY = (0.85, 0.33, 0.10), (0.15, 0.35, 0.70), (0.35, 0.35, 0.35)
_PEN_UP = (None, None)


def chartOf(pointsTable: Any, kind: str) -> Any:
    """Return a chart of the growth beside a table of time points, None without."""
    return pointsTable.GetNodeReference(f"{_CHART_ROLE}.{kind}")


def show(pointsTable: Any, report: GrowthReport, kind: str) -> Any:
    """Draw a chart, made when there is none; return it.

    Args:
        pointsTable: The time points.
        report: What is known of them.
        kind: ``VOLUME`` or ``DIAMETER``.
    """
    chart = chartOf(pointsTable, kind) or _newChart(pointsTable, kind)
    curves = _curves(report, kind)
    TableColumns.fill(chart.GetNodeReference(_DATA_ROLE), _columns(curves))
    for name, title in _titles(report).items():
        series = chart.GetNodeReference(f"{_SERIES_ROLE}.{name}")
        series.SetName(title)
        shown = chart.HasPlotSeriesNodeID(series.GetID())
        if curves[name] and not shown:
            chart.AddAndObservePlotSeriesNodeID(series.GetID())
        elif shown and not curves[name]:
            chart.RemovePlotSeriesNodeID(series.GetID())
    since = report.studies[0].point.date
    chart.SetXAxisTitle(_("Years since {day}").format(day=since))
    chart.SetYAxisTitle(_("Volume (ml)") if kind == VOLUME else _("Mean diameter (mm)"))
    chart.SetTitle(_("FLAIR abnormality over time (research use only)"))
    return chart


def follow(pointsTable: Any, report: GrowthReport | None) -> None:
    """Draw those charts anew that there are; without an answer, empty them."""
    for kind in (VOLUME, DIAMETER):
        chart = chartOf(pointsTable, kind)
        if chart is not None and report is not None:
            show(pointsTable, report, kind)
        elif chart is not None:
            chart.RemoveAllPlotSeriesNodeIDs()


def _curves(report: GrowthReport, kind: str) -> dict[str, Curve]:
    bars = volume_bars(report) if kind == VOLUME else diameter_bars(report)
    lines = fitted_lines(report.parts) if kind == DIAMETER else []
    first = bars[0][0]
    days = [treatment.date for treatment in report.treatments]
    ends = min(bar[2] for bar in bars), max(bar[3] for bar in bars)
    return {
        _STUDIES: [(years_between(first, bar[0]), bar[1]) for bar in bars],
        _BARS: _strokes([_upright(first, bar[0], bar[2:]) for bar in bars]),
        _LINE: _strokes([_along(first, line, 1) for line in lines]),
        _LIMITS: _strokes([_along(first, line, end) for line in lines for end in (2, 3)]),
        _TREATMENTS: _strokes([_upright(first, day, ends) for day in days]),
    }


def _upright(first: date, day: date, ends: Sequence[float]) -> Curve:
    return [(years_between(first, day), end) for end in ends]


def _along(first: date, line: Sequence[Bar], value: int) -> Curve:
    return [(years_between(first, bar[0]), bar[value]) for bar in line]  # type: ignore[misc]


def _strokes(curves: Sequence[Curve]) -> Curve:
    """Return curves as one, with the pen lifted between them."""
    return [point for curve in curves for point in (*curve, _PEN_UP)][:-1]


def _columns(curves: dict[str, Curve]) -> dict[str, Any]:
    """Return columns of one length, as a table wants them."""
    rows = max(map(len, curves.values()))
    columns = {}
    for name, curve in curves.items():
        filled = [*curve, *([_PEN_UP] * (rows - len(curve)))]
        columns[_years(name)] = TableColumns.numbers([years for years, _value in filled])
        columns[name] = TableColumns.numbers([value for _years_, value in filled])
    return columns


def _years(name: str) -> str:
    return f"{name}: years"


def _titles(report: GrowthReport) -> dict[str, str]:
    """Return what the legend says of each series."""
    names = Treatments.kinds()
    treatments = ", ".join(f"{names[one.kind]} {one.date}" for one in report.treatments)
    return {
        # In this order they are drawn, the studies over all else.
        _LIMITS: _("95 % interval of the line"), _LINE: _("Line through mean diameters"), _TREATMENTS: treatments,
        _BARS: _("95 % interval"), _STUDIES: _("Studies"),
    }  # fmt: skip


def _newChart(pointsTable: Any, kind: str) -> Any:
    scene = pointsTable.GetScene()
    data = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(_("LGG growth chart data")))
    data.SetHideFromEditors(True)
    title = _("FLAIR abnormality: volume over time") if kind == VOLUME else _("FLAIR abnormality: diameter over time")
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", scene.GenerateUniqueName(title))
    chart.SetLegendVisibility(True)
    chart.SetNodeReferenceID(_DATA_ROLE, data.GetID())
    node = slicer.vtkMRMLPlotSeriesNode
    looks = {
        _LIMITS: (_BLUE, node.MarkerStyleNone, node.LineStyleDash),
        _LINE: (_BLUE, node.MarkerStyleNone, node.LineStyleSolid),
        _TREATMENTS: (_GRAY, node.MarkerStyleNone, node.LineStyleDot),
        _BARS: (_ORANGE, node.MarkerStyleNone, node.LineStyleSolid),
        _STUDIES: (_ORANGE, node.MarkerStyleCircle, node.LineStyleNone),
    }
    for name, look in looks.items():
        chart.SetNodeReferenceID(f"{_SERIES_ROLE}.{name}", _newSeries(data, name, look).GetID())
    pointsTable.SetNodeReferenceID(f"{_CHART_ROLE}.{kind}", chart.GetID())
    return chart


def _newSeries(data: Any, name: str, look: tuple[tuple[float, float, float], int, int]) -> Any:
    series = data.GetScene().AddNewNodeByClass("vtkMRMLPlotSeriesNode", name)
    series.SetAndObserveTableNodeID(data.GetID())
    series.SetXColumnName(_years(name))
    series.SetYColumnName(name)
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    color, marker, line = look
    series.SetColor(*color)
    series.SetMarkerStyle(marker)
    series.SetLineStyle(line)
    series.SetLineWidth(2)
    return series
