"""Text with separated columns, as spreadsheets and portals write it, as columns of cells.

Read as downloaded: a ``sep=`` line for Excel, ``#`` lines before the header (cBioPortal), the header's second and
third line (TCGA's biotab), UTF-8 and UTF-16 with their marks; semicolon, comma, tab or bar, whichever splits all
lines alike.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from lggseg.errors import FormatError

_SEPARATORS = ";,\t|"
_PROBED = 50
"""Lines that the separator is found from."""


@dataclass(frozen=True)
class Sheet:
    """A file of separated text.

    Attributes:
        path: Where it came from.
        columns: Names of the columns in order, each once.
        rows: Number of the line, counted from 1, and one cell a column, stripped.
        separator: What stood between the cells.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    separator: str

    def cells(self) -> dict[str, tuple[str, ...]]:
        """Return the cells by column."""
        return {name: tuple(row[n] for _, row in self.rows) for n, name in enumerate(self.columns)}


def read_sheet(path: Path) -> Sheet:
    """Read a file of separated text.

    Raises:
        FormatError: If it is missing, not text, has no rows, quotes that do not close, more cells in a row than
            columns, or two columns of one name that differ.
    """
    lines = _text(path).splitlines(keepends=True)
    lines, start, separator = _preamble(lines)
    if len(lines) < 2:
        msg = f"{path}: expected a line of column names and one line a patient, got {len(lines)} lines; export it again"
        raise FormatError(msg)
    separator = separator or _separator(lines)
    numbered = _parsed(path, lines, start, separator)
    header = numbered[0][1]
    body = [row for row in numbered[1:] if any(row[1]) and not _explains(row[1], header)]
    names = [name or f"column {n}" for n, name in enumerate(header, start=1)]
    rows = [(number, _fitted(path, number, row, len(names))) for number, row in body]
    return _without_doubles(Sheet(path, tuple(names), tuple(rows), separator))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return data.decode("utf-16" if wide else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: expected a CSV file in UTF-8, could not read it ({error}); check the path and save it as UTF-8"
        raise FormatError(msg) from error


def _preamble(lines: list[str]) -> tuple[list[str], int, str]:
    """Return the lines from the header on, the number of the first of them, and the separator if the file says it."""
    start, separator = 0, ""
    said = re.fullmatch(r"\"?sep=(.)\"?", lines[0].rstrip("\r\n")) if lines else None
    if said:
        start, separator = 1, said[1]
    while start < len(lines) and not lines[start].strip(" \t\r\n;,|"):
        start += 1
    marked = start
    while marked < len(lines) and lines[marked].startswith("#"):
        marked += 1
    # A single # line that is cut like the rows below it is a header; portals write four or five above theirs.
    fits = [n for n in range(start, marked) if marked < len(lines) and _cut(lines[n]) == _cut(lines[marked]) != {}]
    first = fits[0] if len(fits) == 1 else marked
    body = lines[first:]
    if len(fits) == 1:
        body[0] = body[0].lstrip("# ")
    return body, first + 1, separator


def _cut(line: str) -> dict[str, int]:
    return {separator: line.count(separator) for separator in _SEPARATORS if separator in line}


def _separator(lines: list[str]) -> str:
    """Return what splits the first lines into equally many columns; of several that do, into most."""

    def score(separator: str) -> tuple[bool, int]:
        try:
            rows = list(csv.reader(lines[:_PROBED], delimiter=separator))
        except csv.Error:
            return False, 0
        widths = {len(row) for row in rows if row}
        return len(widths) == 1, len(rows[0]) if rows else 0

    several = [separator for separator in _SEPARATORS if score(separator)[1] > 1]
    return max(several, key=score, default=",")


def _parsed(path: Path, lines: list[str], start: int, separator: str) -> list[tuple[int, list[str]]]:
    stream = io.StringIO("".join(lines), newline="")
    if separator == "\t" and not _quoted(lines):  # Portals write quotes within tab-separated text as they are.
        reader = csv.reader(stream, delimiter=separator, quoting=csv.QUOTE_NONE, strict=True)
    else:
        reader = csv.reader(stream, delimiter=separator, strict=True)
    rows = []
    try:
        number = start
        for row in reader:
            rows.append((number, [cell.strip() for cell in row]))
            number = start + reader.line_num
    except csv.Error as error:
        msg = f"{path}, line {start + reader.line_num - 1}: expected cells with closed quotes, got «{error}»; mend it"
        raise FormatError(msg) from error
    return rows


def _quoted(lines: list[str]) -> bool:
    """Return whether every quote in tab-separated lines opens or closes a cell."""
    return all(line.count('"') % 2 == 0 for line in lines)


def _explains(row: list[str], header: list[str]) -> bool:
    """Return whether a line is the header again, or its codes as in TCGA's biotab files."""
    return row[0].startswith("CDE_ID:") or bool(row[0] and row[0] == header[0])


def _fitted(path: Path, number: int, row: list[str], width: int) -> tuple[str, ...]:
    if any(row[width:]):
        msg = (
            f"{path}, line {number}: expected no more values than columns ({width}), got {len(row)}; "
            "check the separator and the quotes"
        )
        raise FormatError(msg)
    return tuple((row + [""] * width)[:width])


def _without_doubles(sheet: Sheet) -> Sheet:
    """Keep one of two columns of the same name and the same cells; which one counts is unknown where they differ."""
    first: dict[str, int] = {}
    for n, name in enumerate(sheet.columns):
        if name in first and any(row[n] != row[first[name]] for _, row in sheet.rows):
            msg = f"{sheet.path}: expected each column once, got {name!r} twice with different values; rename one"
            raise FormatError(msg)
        first.setdefault(name, n)
    kept = list(first.values())
    rows = tuple((number, tuple(row[n] for n in kept)) for number, row in sheet.rows)
    return Sheet(sheet.path, tuple(first), rows, sheet.separator)
