"""The comparison in the documentation: its tables between two marks of a page, renewed when there are more rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lggseg.pages.marked import Marks
from lggseg_training.comparison_rows import Comparison, Row
from lggseg_training.experiments import experiments
from lggseg_training.reports.comparison_table import (
    COLUMNS,
    WAY_COLUMNS,
    budget_text,
    evaluation_note,
    missing,
    predictor_note,
    tables,
    way_cells,
)
from lggseg_training.reports.published import BY_SLICE_NOTE, COLUMNS_OF_PUBLISHED, MATRIX_NOTE, published_cells

MARKS = Marks("compared")

_WIDTH_OF_WORDS = 4
"""Columns of a table that is made of words, and so not aligned to the right."""


def renew(file: Path, comparison: Comparison) -> None:
    """Put the tables of a comparison between the marks of a Markdown page.

    Raises:
        FormatError: If the page cannot be read or has no such marks.
    """
    MARKS.renew(file, _text(comparison))


def _text(comparison: Comparison) -> str:
    parts = [f"{len(comparison.rows)} of {len(experiments())} runs. {budget_text(comparison)}"]
    for one in tables(comparison):
        parts += [f"### {one.title}", _table(COLUMNS, one.cells)]
    if todo := missing(comparison):
        parts.append(f"Not done yet: {', '.join(todo)}.")
    parts += ["### Published", BY_SLICE_NOTE, _table(COLUMNS_OF_PUBLISHED, published_cells()), MATRIX_NOTE]
    return "\n\n".join([*parts, *(part for found in comparison.evaluations for part in _evaluation(found))])


def _evaluation(found: Row) -> list[str]:
    parts = [f"### Ours, counted that way: {found['name']}", predictor_note(found)]
    for split, of in found["splits"].items():
        parts += [evaluation_note(split, of), _table(WAY_COLUMNS, way_cells(of["figures"]))]
    return parts


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    right = len(columns) > _WIDTH_OF_WORDS
    rule = ["---", *(["---:" if right else "---"] * (len(columns) - 1))]
    lines = [list(columns), rule, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
