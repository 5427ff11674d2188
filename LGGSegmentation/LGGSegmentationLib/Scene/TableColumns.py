"""Columns of table nodes: texts, and numbers of which some may be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import vtk

Column = Sequence[str] | Sequence[float | None]


def fill(tableNode: Any, columns: Mapping[str, Any]) -> None:
    """Replace all columns of a table node.

    Args:
        tableNode: The table.
        columns: VTK arrays by their names, as ``texts`` and ``numbers`` make them.
    """
    before = tableNode.StartModify()
    tableNode.RemoveAllColumns()
    for name, column in columns.items():
        column.SetName(name)
        tableNode.AddColumn(column)
    tableNode.EndModify(before)


def texts(values: Sequence[str]) -> Any:
    """Return a column of texts."""
    array = vtk.vtkStringArray()
    for value in values:
        array.InsertNextValue(value)
    return array


def numbers(values: Sequence[float | None]) -> Any:
    """Return a column of numbers; None becomes NaN."""
    array = vtk.vtkDoubleArray()
    for value in values:
        array.InsertNextValue(float("nan") if value is None else value)
    return array


def text(tableNode: Any, row: int, name: str) -> str:
    """Return a text of a table, empty where there is no such column."""
    column = tableNode.GetColumnIndex(name)
    return str(tableNode.GetCellText(row, column)) if column >= 0 else ""


def number(tableNode: Any, row: int, name: str) -> float | None:
    """Return a number of a table, None where there is none."""
    if tableNode.GetColumnIndex(name) < 0:
        return None
    value = float(tableNode.GetTable().GetValueByName(row, name).ToDouble())
    return None if value != value else value  # noqa: PLR0124 - the test for NaN
