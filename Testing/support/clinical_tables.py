"""Clinical tables in memory."""

from __future__ import annotations

from pathlib import Path

from lggseg.cohort.tables import Table


def table_of(columns: dict[str, list[str]]) -> Table:
    """Make a table of patients P0, P1, ... from its columns."""
    lines = zip(*columns.values(), strict=True)
    rows = {f"P{n}": dict(zip(columns, line, strict=True)) for n, line in enumerate(lines)}
    return Table(Path("t.csv"), tuple(columns), rows)
