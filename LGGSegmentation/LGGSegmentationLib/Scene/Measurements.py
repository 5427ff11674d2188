"""Shape features in the scene: a table node that knows which outline its numbers belong to."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import vtk

from lggseg.files import write_text
from lggseg.segmentation.report import number_text
from lggseg.shape import FEATURES, Feature, measure
from LGGSegmentationLib.Scene.Outline import Outline
from LGGSegmentationLib.Scene.Result import FINGERPRINT_TAG, Result, fingerprint
from LGGSegmentationLib.Scene.Texts import _

Values = dict[str, float | int | None]

_VALUES_ATTRIBUTE = "LGGSegmentation.Values"
_TABLE_ROLE = "LGGSegmentation.Measurements"
_VALUE_COLUMN = 1
_SAME_VOLUME = 1e-6


def tableOf(segmentationNode: Any) -> Any:
    """Return the table of a segmentation's measurements, None without: each result has its own.

    Args:
        segmentationNode: The segmentation, or None.
    """
    return segmentationNode.GetNodeReference(_TABLE_ROLE) if segmentationNode is not None else None


def measureResult(result: Result) -> Values:
    """Measure a result as it is now, corrected by hand or not, and keep the numbers beside it.

    Raises:
        RuntimeError: If the volume it was made on is gone.
    """
    if result.flair is None:
        msg = _("{name}: the volume that this segmentation was made on is gone; load it again.")
        raise RuntimeError(msg.format(name=result.node.GetName()))
    values = measure(result.image())
    keep(result, values)
    return values


def keep(result: Result, values: Values) -> Any:
    """Keep the measurements of a result as it is now; return the table, made when there is none."""
    table = tableOf(result.node)
    if table is None:
        name = _("{segmentation} measurements").format(segmentation=result.node.GetName())
        table = result.scene.AddNewNodeByClass("vtkMRMLTableNode", result.scene.GenerateUniqueName(name))
        result.node.SetNodeReferenceID(_TABLE_ROLE, table.GetID())
    fillTable(table, values, fingerprint(result.mask()))
    return table


def isOutdated(tableNode: Any, outline: Outline | None) -> bool:
    """Tell whether numbers belong to another outline than that of now; so they do when that one is not known.

    Args:
        tableNode: The table, or None: no numbers are never outdated.
        outline: The outline as it is now.
    """
    values = valuesOf(tableNode)
    if not values:
        return False
    if outline is None or tableNode.GetAttribute(FINGERPRINT_TAG) != outline.fingerprint:
        return True
    # The same voxels are another outline where their size was corrected.
    return not math.isclose(values.get("volume_ml") or 0.0, outline.milliliters, rel_tol=_SAME_VOLUME)


def markOutdated(tableNode: Any, *, outdated: bool) -> None:
    """Say in the table itself, wherever it is shown, that its numbers are those of an earlier outline."""
    title = _("Value (of an earlier outline)") if outdated else _("Value")
    if tableNode is None or tableNode.GetNumberOfColumns() <= _VALUE_COLUMN:
        return
    if tableNode.GetColumnName(_VALUE_COLUMN) != title:
        tableNode.RenameColumn(_VALUE_COLUMN, title)


def valueText(value: float | None) -> str:
    """Return a number as it is shown, as in the report; a dash for none."""
    return "\N{EN DASH}" if value is None else number_text(value)


def tooltip(feature: Feature) -> str:
    """Return what a feature is, for the mouse that rests on it."""
    unit = _("Unit: {unit}").format(unit=feature.unit) if feature.unit else _("No unit")
    return "\n".join((feature.label, unit, feature.definition, _("Source: {source}").format(source=feature.source)))


def fillTable(tableNode: Any, values: Values, outlineFingerprint: str) -> None:
    """Write the values into a table node: one feature a row, so that it fits beside the images."""
    before = tableNode.StartModify()
    tableNode.RemoveAllColumns()
    columns = {
        _("Measurement"): [feature.label for feature in FEATURES],
        _("Value"): [valueText(values.get(feature.key)) for feature in FEATURES],
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
    tableNode.SetAttribute(FINGERPRINT_TAG, outlineFingerprint)
    tableNode.EndModify(before)


def valuesOf(tableNode: Any) -> Values:
    """Return the full numbers behind a table node, also after the scene was loaded again; empty without."""
    text = tableNode.GetAttribute(_VALUES_ATTRIBUTE) if tableNode is not None else None
    values: Values = json.loads(text) if text else {}
    return values


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
    """Write the values into a CSV file, whole or not at all.

    Raises:
        OutputError: If it cannot be written.
    """
    write_text(path, asText(values, ","))
