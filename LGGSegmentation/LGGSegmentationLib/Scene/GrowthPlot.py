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
_MARGIN = 0.05
_SHORTEST_YEARS, _LEAST_HEIGHT = 0.02, 0.5


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
    for name in curves:
        series = chart.GetNodeReference(f"{_SERIES_ROLE}.{name}")
        shown = chart.HasPlotSeriesNodeID(series.GetID())
        if curves[name] and not shown:
            chart.AddAndObservePlotSeriesNodeID(series.GetID())
        elif shown and not curves[name]:
            chart.RemovePlotSeriesNodeID(series.GetID())
    _setTexts(chart, report, kind)
    _setRanges(chart, curves)
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
        # In this order they are drawn, the studies over all else.
        _LIMITS: _strokes([_along(first, line, end) for line in lines for end in (2, 3)]),
        _LINE: _strokes([_along(first, line, 1) for line in lines]),
        _TREATMENTS: _strokes([_upright(first, day, ends) for day in days]),
        _BARS: _strokes([_upright(first, bar[0], bar[2:]) for bar in bars]),
        _STUDIES: [(years_between(first, bar[0]), bar[1]) for bar in bars],
    }


def _upright(first: date, day: date, ends: Sequence[float]) -> Curve:
    return [(years_between(first, day), end) for end in ends]


def _along(first: date, line: Sequence[Bar], value: int) -> Curve:
    return [(years_between(first, bar[0]), bar[value]) for bar in line]  # type: ignore[misc]


def _strokes(curves: Sequence[Curve]) -> Curve:
    """Return curves as one, with the pen lifted between them."""
    return [point for curve in curves for point in (*curve, _PEN_UP)][:-1]


def _setTexts(chart: Any, report: GrowthReport, kind: str) -> None:
    """Say what is drawn. There is no legend: it would lie over the last studies."""
    names = Treatments.kinds()
    treatments = ", ".join(f"{names[one.kind]} {one.date}" for one in report.treatments)
    years = _("Years since {day}").format(day=report.studies[0].point.date)
    dotted = _("dotted: {treatments}").format(treatments=treatments)
    chart.SetXAxisTitle(f"{years} ({dotted})" if treatments else years)
    title = _("FLAIR abnormality with 95 % intervals (research use only)")
    if kind == DIAMETER:
        title = _("Mean diameter with 95 % intervals; blue: line through it, dashed its interval (research use only)")
    chart.SetTitle(title)
    chart.SetYAxisTitle(_("Volume (ml)") if kind == VOLUME else _("Mean diameter (mm)"))


def _setRanges(chart: Any, curves: dict[str, Curve]) -> None:
    """Leave room at the edges, where the first and the last study are; lines may run out of the chart."""
    drawn = [point for name in (_STUDIES, _BARS, _TREATMENTS) for point in curves[name]]
    for values, room, setAuto, setRange in (
        ([x for x, _y in drawn if x is not None], _SHORTEST_YEARS, chart.SetXAxisRangeAuto, chart.SetXAxisRange),
        ([y for _x, y in drawn if y is not None], _LEAST_HEIGHT, chart.SetYAxisRangeAuto, chart.SetYAxisRange),
    ):
        low, high = min(values), max(values)
        margin = max(_MARGIN * (high - low), room)
        setAuto(False)
        setRange(low - margin, high + margin)


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


def _newChart(pointsTable: Any, kind: str) -> Any:
    scene = pointsTable.GetScene()
    data = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(_("LGG growth chart data")))
    data.SetHideFromEditors(True)
    title = _("FLAIR abnormality: volume over time") if kind == VOLUME else _("FLAIR abnormality: diameter over time")
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", scene.GenerateUniqueName(title))
    chart.SetLegendVisibility(False)
    chart.SetNodeReferenceID(_DATA_ROLE, data.GetID())
    node = slicer.vtkMRMLPlotSeriesNode
    # color, markers, line
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
