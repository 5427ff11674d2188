"""The studies of a patient as a table beside the images, as ``lggseg growth`` writes them."""

from __future__ import annotations

from typing import Any

from lggseg.growth.report import GrowthReport, StudyRow
from lggseg.growth.words import DASH, percent, signed
from LGGSegmentationLib.Scene import TableColumns
from LGGSegmentationLib.Scene.Texts import _

_ROLE = "LGGSegmentation.GrowthTable"


def tableOf(pointsTable: Any) -> Any:
    """Return the table of growth beside a table of time points, None without."""
    return pointsTable.GetNodeReference(_ROLE)


def show(pointsTable: Any, report: GrowthReport) -> Any:
    """Write the studies into the table, made when there is none; return it."""
    scene = pointsTable.GetScene()
    table = tableOf(pointsTable)
    if table is None:
        name = _("{series}: growth (research use only)").format(series=pointsTable.GetName())
        table = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(name))
        table.SetLocked(True)
        pointsTable.SetNodeReferenceID(_ROLE, table.GetID())
    rows = [_cells(row, report) for row in report.studies]
    TableColumns.fill(table, {name: TableColumns.texts([row[name] for row in rows]) for name in rows[0]})
    return table


def follow(pointsTable: Any, report: GrowthReport | None) -> None:
    """Write the table anew where there is one; without an answer, empty it."""
    table = tableOf(pointsTable)
    if table is not None and report is not None:
        show(pointsTable, report)
    elif table is not None:
        TableColumns.fill(table, {})


def _cells(row: StudyRow, report: GrowthReport) -> dict[str, str]:
    point, change, (low, high) = row.point, row.change, row.volume_range_ml
    day = point.date
    by_volume, by_diameters = report.by_volume.get(day), report.by_diameters.get(day)
    return {
        _("Date"): str(day),
        _("Study"): point.name,
        _("Volume (ml)"): f"{point.volume_ml:.1f}",
        _("95 % interval (ml)"): f"{low:.1f} to {high:.1f}",
        _("Mean diameter (mm)"): f"{point.mean_diameter_mm:.1f} \N{PLUS-MINUS SIGN} {row.diameter_sd_mm:.1f}",
        _("Products of diameters (mm²)"): DASH if row.product_mm2 is None else f"{row.product_mm2:.0f}",
        _("Change (ml)"): DASH if change is None else signed(change.volume_ml, 1),
        _("Change"): DASH if change is None else percent(change.volume_share),
        _("Beyond error"): DASH if change is None else (_("yes") if change.beyond_error else _("no")),
        _("RANO 2.0 volume, imaging part only"): DASH if by_volume is None else by_volume.words,
        _("RANO-LGG diameters, imaging part only"): DASH if by_diameters is None else by_diameters.words,
    }
