"""Tables of patients as CSV text: read as people and portals write them, joined by patient."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lggseg.cohort.cells import Column, code_for_nothing, guarded, read_column, spellings, writes_decimal_commas
from lggseg.cohort.delimited import Sheet, read_sheet
from lggseg.cohort.patients import key_column, patient_key
from lggseg.errors import InputError

REASON_COLUMN = "reason"
"""Says why a row has no values; such a row does not stand in the way of another one of its patient."""

_LARGEST = 1e30
"""No measurement is as large; squares and sums of larger numbers leave the range of arithmetic."""


@dataclass(frozen=True)
class Table:
    """A CSV file in memory.

    Attributes:
        path: Where it came from.
        columns: Names of the columns in order.
        rows: Patient to the values of his row, all text, stripped; blanks are empty text.
        key: Column that names the patient.
        notes: Column to what a reader should know of how it was read, such as words taken for no entry.
        doubts: Column to why its numbers can be read in two ways; :func:`numbers` refuses it.
        contradicted: Patient to the columns in which his rows differ; they are blank in ``rows``.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]
    key: str = ""
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    contradicted: Mapping[str, frozenset[str]] = field(default_factory=dict)


def read_table(path: Path, key: str | None = None) -> Table:
    """Read a table with one row a patient, such as a feature file.

    Args:
        path: CSV file, see :mod:`lggseg.cohort.delimited`.
        key: Column with the patient; by default one called like a patient, or else the very first.

    Raises:
        FormatError: If the file cannot be read.
        InputError: If the key column does not exist, or two rows are of one patient.
    """
    sheet, columns = _read(path, ())
    name = key_column(path, {name: column.values for name, column in columns.items()}, key)
    rows: dict[str, dict[str, str]] = {}
    for number, patient, values in _rows(sheet, {name: column.values for name, column in columns.items()}, name):
        if patient in rows and values.get(REASON_COLUMN):
            continue
        if patient in rows and not rows[patient].get(REASON_COLUMN):
            msg = f"{path}, line {number}: expected one row a patient, got {patient} again; remove one of the two"
            raise InputError(msg)
        rows[patient] = values
    return Table(path, sheet.columns, rows, name, _missing_notes(columns), _doubts(columns))


def read_clinical(
    path: Path, patients: Collection[str], *, key: str | None = None, missing: Collection[str] = ()
) -> Table:
    """Read a table about patients, as a hospital, GDC, cBioPortal or Xena hands it out.

    Several rows of a patient (samples, treatments) become one: a blank yields to an entry, and where two entries
    differ the patient has none in that column and the table says so. Entries that differ only in case are one.

    Args:
        path: CSV file, see :mod:`lggseg.cohort.delimited`.
        patients: Whom it is to be joined with; the key column is found by them.
        key: Column with the patient, where it should not be found.
        missing: Further words for no entry, beside :data:`lggseg.cohort.cells.MISSING`.

    Raises:
        FormatError: If the file cannot be read.
        InputError: If the key column does not exist or cannot be told.
    """
    sheet, columns = _read(path, missing)
    cells: dict[str, Sequence[str]] = {name: column.values for name, column in columns.items()}
    name = key_column(path, cells, key, patients)
    usual = {column: spellings(values) for column, values in cells.items() if column != name}
    for column, spelling in usual.items():
        cells[column] = [spelling.get(value, value) for value in cells[column]]
    rows, contradicted = _merged(_rows(sheet, cells, name), name)
    notes = _missing_notes(columns)
    for column, values in cells.items():
        found = [*notes.get(column, ()), *_spelling_notes(usual.get(column, {}))]
        found += _code_notes(values) if column != name else []
        count = sum(column in contradicted.get(patient, ()) for patient in patients)
        found += [f"the rows of {count} patients differ, taken for no entry"] if count else []
        notes |= {column: tuple(found)} if found else {}
    return Table(path, sheet.columns, rows, name, notes, _doubts(columns), contradicted)


def _read(path: Path, missing: Collection[str]) -> tuple[Sheet, dict[str, Column]]:
    sheet = read_sheet(path)
    plain = {name: read_column(column, missing=missing) for name, column in sheet.cells().items()}
    commas = sheet.separator != "," and writes_decimal_commas(_unread(sheet, plain))
    if not commas:
        return sheet, plain
    return sheet, {
        name: read_column(column, missing=missing, decimal_comma=True) for name, column in sheet.cells().items()
    }


def _unread(sheet: Sheet, columns: Mapping[str, Column]) -> Iterable[list[str]]:
    """Yield the cells that hold an entry, as they are written, column by column."""
    for name, cells in sheet.cells().items():
        yield [cell for cell, value in zip(cells, columns[name].values, strict=True) if value]


def _rows(sheet: Sheet, cells: Mapping[str, Sequence[str]], key: str) -> Iterable[tuple[int, str, dict[str, str]]]:
    """Yield line, patient and values of the rows that name a patient."""
    for n, (number, _) in enumerate(sheet.rows):
        patient = patient_key(cells[key][n])
        if patient:
            yield number, patient, {name: column[n] for name, column in cells.items()}


def _merged(
    found: Iterable[tuple[int, str, dict[str, str]]], key: str
) -> tuple[dict[str, dict[str, str]], dict[str, frozenset[str]]]:
    """Put the rows of a patient together; return them, and in which columns they differ."""
    rows: dict[str, dict[str, str]] = {}
    differing: dict[str, set[str]] = {}
    for _, patient, values in found:
        known = rows.setdefault(patient, dict(values))
        for column, value in values.items():
            if value and known[column] and value != known[column] and column != key:
                differing.setdefault(patient, set()).add(column)
            known[column] = known[column] or value
    for patient, names in differing.items():
        rows[patient].update(dict.fromkeys(names, ""))
    return rows, {patient: frozenset(names) for patient, names in differing.items()}


def _missing_notes(columns: Mapping[str, Column]) -> dict[str, tuple[str, ...]]:
    return {
        name: (f"taken for no entry: {', '.join(f'{word!r} ({n})' for word, n in column.missing.most_common())}",)
        for name, column in columns.items()
        if column.missing
    }


def _spelling_notes(usual: Mapping[str, str]) -> list[str]:
    return [f"{written!r} taken for {spelling!r}" for written, spelling in usual.items()]


def _code_notes(values: Sequence[str]) -> list[str]:
    code = code_for_nothing(values)
    if not code:
        return []
    return [f"{code} ({list(values).count(code)}) may stand for no entry: if so, say --missing {code}"]


def _doubts(columns: Mapping[str, Column]) -> dict[str, str]:
    return {name: column.doubt for name, column in columns.items() if column.doubt}


def numbers(table: Table, column: str, patients: Iterable[str]) -> dict[str, float]:
    """Return the numbers in a column for those of the patients who have one.

    Raises:
        InputError: If the column does not exist, or an entry is neither blank nor a finite number.
    """
    if column not in table.columns:
        msg = f"{table.path}: expected a column {column!r}, got {', '.join(table.columns)}; measure the features again"
        raise InputError(msg)
    if column in table.doubts:
        msg = (
            f"{table.path}: expected numbers in column {column!r}, got {table.doubts[column]}; write 1234.5 throughout"
        )
        raise InputError(msg)
    found = {}
    for patient in patients:
        text = table.rows[patient][column]
        if not text:
            continue
        try:
            value = float("nan") if "_" in text else float(text)  # Python reads 1_5 as 15
        except ValueError:
            value = float("nan")
        if not abs(value) < _LARGEST:  # nan too is refused here
            msg = f"{table.path}, {patient}: expected a number in column {column!r}, got {text!r}; or leave it blank"
            raise InputError(msg)
        found[patient] = value
    return found


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows as CSV text with commas.

    None is blank, a float has the digits that tell it from all others, and text that a spreadsheet would run as a
    formula has an apostrophe before it, which reading takes away again.
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(columns), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row.get(name)) for name in columns})
    return stream.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else value
