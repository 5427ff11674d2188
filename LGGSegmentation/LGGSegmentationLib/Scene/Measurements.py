"""Shape features in the scene: a table node, a CSV file, the clipboard."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from lggseg.files import write_text
from lggseg.shape import FEATURES, Feature, measure
from LGGSegmentationLib.Scene import SceneWriter, VolumeExchange

Values = dict[str, float | int | None]

_VALUES_ATTRIBUTE = "LGGSegmentation.Values"
_TABLE_ROLE = "LGGSegmentation.Measurements"


def tableOf(segmentationNode: Any, *, make: bool = False) -> Any:
    """Return the table of a segmentation's measurements: each result has its own.

    Args:
        segmentationNode: The result, or None.
        make: Whether a table is made where there is none.
    """
    table = segmentationNode.GetNodeReference(_TABLE_ROLE) if segmentationNode is not None else None
    if table is None and make:
        name = _("{segmentation} measurements").format(segmentation=segmentationNode.GetName())
        table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", slicer.mrmlScene.GenerateUniqueName(name))
        segmentationNode.SetNodeReferenceID(_TABLE_ROLE, table.GetID())
    return table


def measureSegment(segmentationNode: Any, segmentId: str) -> Values:
    """Measure a segment as it is now, by hand corrected or not.

    Raises:
        RuntimeError: If the volume it was made on is gone.
    """
    flair = SceneWriter.flairOf(segmentationNode)
    if flair is None:
        msg = _("{name}: the volume that this segmentation was made on is gone; load it again.")
        raise RuntimeError(msg.format(name=segmentationNode.GetName()))
    return measure(VolumeExchange.maskImage(segmentationNode, segmentId, flair))


def valueText(feature: Feature, value: float | None) -> str:
    """Return a number as it is shown: whole where it is one, else to four digits; a dash for none."""
    if value is None:
        return "\N{EN DASH}"
    if feature.whole:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= 10000 else f"{value:.4g}"


def tooltip(feature: Feature) -> str:
    """Return what a feature is, for the mouse that rests on it."""
    unit = _("Unit: {unit}").format(unit=feature.unit) if feature.unit else _("No unit")
    return "\n".join((feature.label, unit, feature.definition, _("Source: {source}").format(source=feature.source)))


def fillTable(tableNode: Any, values: Values) -> None:
    """Write the values into a table node: one feature a row, so that it fits beside the images."""
    before = tableNode.StartModify()
    tableNode.RemoveAllColumns()
    columns = {
        _("Measurement"): [feature.label for feature in FEATURES],
        _("Value"): [valueText(feature, values.get(feature.key)) for feature in FEATURES],
        _("Unit"): [feature.unit for feature in FEATURES],
        _("Definition"): [feature.definition for feature in FEATURES],
        _("Source"): [feature.source for feature in FEATURES],
    }
    for name, texts in columns.items():
        column = vtk.vtkStringArray()
        column.SetName(name)
        for text in texts:
            column.InsertNextValue(text)
        tableNode.AddColumn(column)
    tableNode.SetColumnDescription(_("Value"), _("Of the segment in the volume's own space"))
    tableNode.SetLocked(True)
    tableNode.SetAttribute(_VALUES_ATTRIBUTE, json.dumps(values))
    tableNode.EndModify(before)


def valuesOf(tableNode: Any) -> Values:
    """Return the full numbers behind a table node, also after the scene was loaded again; empty without."""
    text = tableNode.GetAttribute(_VALUES_ATTRIBUTE) if tableNode is not None else None
    values: Values = json.loads(text) if text else {}
    return values


def showTable(tableNode: Any) -> None:
    """Show a table beside the images."""
    manager = slicer.app.layoutManager()
    if manager is not None:
        manager.setLayout(slicer.modules.tables.logic().GetLayoutWithTable(manager.layout))
    slicer.app.applicationLogic().GetSelectionNode().SetActiveTableID(tableNode.GetID())
    slicer.app.applicationLogic().PropagateTableSelection()


def asText(values: Values, delimiter: str) -> str:
    """Return the values as delimited text with a head line: for a file or for the clipboard."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(("key", "measurement", "value", "unit", "definition", "source"))
    for feature in FEATURES:
        value = values.get(feature.key)
        number = "" if value is None else repr(value)
        writer.writerow((feature.key, feature.label, number, feature.unit, feature.definition, feature.source))
    return stream.getvalue()


def saveCsv(values: Values, path: Path) -> None:
    """Write the values into a CSV file, whole or not at all."""
    write_text(path, asText(values, ","))
