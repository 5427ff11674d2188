"""Volume over time: a table node that is saved with the scene, and a plot of it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from LGGSegmentationLib.Scene.InputGuess import dicomValue

DATE_TAGS = ("0008,0022", "0008,0020")
"""AcquisitionDate, then StudyDate."""

_VOLUME, _DATE, _DAYS, _ML, _LONGEST, _ID = "Volume", "Date", "Days", "Volume (ml)", "Longest diameter (mm)", "ID"
_SERIES_ROLE, _CHART_ROLE = "LGGSegmentation.Series", "LGGSegmentation.Chart"


@dataclass
class TimePoint:
    """One segmented volume.

    Attributes:
        identifier: Of the volume node: a second result of the same volume replaces the first.
        name: Of the volume.
        date: ISO date, empty where it is not known.
        volumeMl: Volume of the abnormality.
        longestMm: Its longest diameter on a slice, None without abnormality.
    """

    identifier: str
    name: str
    date: str
    volumeMl: float
    longestMm: float | None = None


def parseDate(text: str) -> str:
    """Return a date in ISO form.

    Args:
        text: ``2024-03-01`` or DICOM's ``20240301``; empty stays empty.

    Raises:
        ValueError: With a sentence for the user.
    """
    text = text.strip()
    if not text:
        return ""
    for form in ("%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    raise ValueError(_("“{text}” is no date: write it as 2024-03-01.").format(text=text))


def dateOf(volumeNode: Any) -> str:
    """Return the date of a volume that came from DICOM, in ISO form, else an empty text."""
    for tag in DATE_TAGS:
        try:
            date = parseDate(dicomValue(volumeNode, tag))
        except ValueError:
            continue
        if date:
            return date
    return ""


def read(tableNode: Any) -> list[TimePoint]:
    """Return the time points in a table node."""
    points = []
    for row in range(tableNode.GetNumberOfRows()):
        cell = {name: tableNode.GetCellText(row, _column(tableNode, name)) for name in (_ID, _VOLUME, _DATE)}
        volume, longest = (_number(tableNode, row, name) for name in (_ML, _LONGEST))
        points.append(TimePoint(cell[_ID], cell[_VOLUME], cell[_DATE], volume or 0.0, longest))
    return points


def write(tableNode: Any, points: list[TimePoint]) -> None:
    """Write time points into a table node, in the order of their dates; those without date come last."""
    points.sort(key=lambda point: (not point.date, point.date))
    columns = {
        _VOLUME: _texts([point.name for point in points]),
        _DATE: _texts([point.date for point in points]),
        _DAYS: _numbers([float(day) for day in daysSinceFirst(points)]),
        _ML: _numbers([point.volumeMl for point in points]),
        _LONGEST: _numbers([float("nan") if point.longestMm is None else point.longestMm for point in points]),
        _ID: _texts([point.identifier for point in points]),
    }
    before = tableNode.StartModify()
    tableNode.RemoveAllColumns()
    for name, column in columns.items():
        column.SetName(name)
        tableNode.AddColumn(column)
    tableNode.SetColumnUnitLabel(_ML, "ml")
    tableNode.SetColumnUnitLabel(_DAYS, "d")
    tableNode.EndModify(before)


def add(tableNode: Any, point: TimePoint) -> None:
    """Add a time point; one of the same volume is replaced, and keeps the date that was typed."""
    points = read(tableNode)
    for old in points:
        if old.identifier == point.identifier and not point.date:
            point.date = old.date
    write(tableNode, [*(old for old in points if old.identifier != point.identifier), point])


def daysSinceFirst(points: list[TimePoint]) -> list[int]:
    """Return days since the first date; points without date follow one day apart, after the last."""
    dates = [datetime.date.fromisoformat(point.date) if point.date else None for point in points]
    known = [date for date in dates if date is not None]
    days, last = [], -1
    for date in dates:
        last = (date - known[0]).days if date is not None else last + 1
        days.append(last)
    return days


def change(points: list[TimePoint]) -> str:
    """Say in one sentence how the volume changed from the first to the last time point."""
    if len(points) < 2:
        return ""
    first, last = points[0], points[-1]
    difference = last.volumeMl - first.volumeMl
    percent = f" ({difference / first.volumeMl:+.0%})" if first.volumeMl > 0 else ""
    return _("From {first} to {last}: {difference:+.1f} ml{percent}.").format(
        first=first.date or first.name, last=last.date or last.name, difference=difference, percent=percent
    )


def plot(tableNode: Any) -> Any:
    """Show the volume over time as a plot; return the chart node."""
    chart = tableNode.GetNodeReference(_CHART_ROLE) or _newChart(tableNode)
    chart.SetXAxisTitle(_("Days since the first time point"))
    chart.SetYAxisTitle(_("FLAIR abnormality (ml)"))
    chart.SetTitle(_("Volume over time (research use only)"))
    manager = slicer.app.layoutManager()
    if manager is not None:
        manager.setLayout(slicer.modules.plots.logic().GetLayoutWithPlot(manager.layout))
    slicer.app.applicationLogic().GetSelectionNode().SetActivePlotChartID(chart.GetID())
    slicer.app.applicationLogic().PropagatePlotChartSelection()
    return chart


def _newChart(tableNode: Any) -> Any:
    series = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", _("FLAIR abnormality"))
    series.SetAndObserveTableNodeID(tableNode.GetID())
    series.SetXColumnName(_DAYS)
    series.SetYColumnName(_ML)
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleCircle)
    series.SetLineStyle(slicer.vtkMRMLPlotSeriesNode.LineStyleSolid)
    series.SetColor(0.85, 0.33, 0.10)
    chart = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode", _("FLAIR abnormality over time"))
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    chart.SetLegendVisibility(False)
    tableNode.SetNodeReferenceID(_SERIES_ROLE, series.GetID())
    tableNode.SetNodeReferenceID(_CHART_ROLE, chart.GetID())
    return chart


def _column(tableNode: Any, name: str) -> int:
    return int(tableNode.GetColumnIndex(name))


def _number(tableNode: Any, row: int, name: str) -> float | None:
    value = tableNode.GetTable().GetValueByName(row, name).ToDouble()
    return None if value != value else float(value)  # noqa: PLR0124 - the test for NaN


def _texts(values: list[str]) -> Any:
    array = vtk.vtkStringArray()
    for value in values:
        array.InsertNextValue(value)
    return array


def _numbers(values: list[float]) -> Any:
    array = vtk.vtkDoubleArray()
    for value in values:
        array.InsertNextValue(value)
    return array
