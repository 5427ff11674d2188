"""The comparison of all networks and choices on one page, beside what others have published."""

from __future__ import annotations

from html import escape
from pathlib import Path

from lggseg.files import write_text
from lggseg.pages import html as pages
from lggseg_training.comparison_rows import Comparison, Row
from lggseg_training.experiments import experiments
from lggseg_training.reports.comparison_table import (
    COLUMNS,
    WAY_COLUMNS,
    Table,
    budget_text,
    evaluation_note,
    missing,
    predictor_note,
    tables,
    way_cells,
)
from lggseg_training.reports.published import BY_SLICE_NOTE, COLUMNS_OF_PUBLISHED, MATRIX_NOTE, published_cells

PAGE = "comparison.html"


def write_comparison(folder: Path, comparison: Comparison) -> Path:
    """Write comparison.html of the rows there are; return the file."""
    rows = comparison.rows
    body = [pages.paragraph(budget_text(comparison))]
    if comparison.left_out:
        body.append(pages.paragraph(f"Left out: {comparison.left_out}."))
    body += [_table_section(table) for table in tables(comparison)]
    body += [_published_section(), *map(_evaluation_section, comparison.evaluations)]
    todo = missing(comparison)
    if todo:
        body.append(pages.section("Not done yet", pages.paragraph(", ".join(todo))))
    lead = f"{len(rows)} of {len(experiments())} runs, each with the same budget, on the same patients."
    write_text(folder / PAGE, pages.page("Networks compared", lead, body))
    return folder / PAGE


def _table_section(table: Table) -> str:
    return pages.section(table.title, pages.table(COLUMNS, [tuple(map(escape, cells)) for cells in table.cells]))


def _published_section() -> str:
    rows = [tuple(map(escape, cells)) for cells in published_cells()]
    shown = pages.table(COLUMNS_OF_PUBLISHED, rows, words=(0, 1, 2, 3))
    return pages.section("Published", pages.paragraph(BY_SLICE_NOTE), shown, pages.paragraph(MATRIX_NOTE))


def _evaluation_section(found: Row) -> str:
    """Show one of our evaluations in every way of counting."""
    parts = []
    for split, of in found["splits"].items():
        parts.append(pages.paragraph(evaluation_note(split, of)))
        parts.append(pages.table(WAY_COLUMNS, way_cells(of["figures"])))
    return pages.section(f"Ours, counted that way: {found['name']}", pages.paragraph(predictor_note(found)), *parts)
