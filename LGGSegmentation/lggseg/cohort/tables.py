"""Tables of patients as CSV files: read with any usual separator, joined by patient."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lggseg.cohort.patients import patient_key
from lggseg.errors import FormatError, InputError

PATIENT_COLUMN = "patient"
REASON_COLUMN = "reason"
"""Says why a row has no values; such a row does not stand in the way of another one of its patient."""

_SEPARATORS = ";,\t|"
_BLANK = {"", "na", "n/a", "nan", "none", "null"}


@dataclass(frozen=True)
class Table:
    """A CSV file in memory.

    Attributes:
        path: Where it came from.
        columns: Names of the columns in order.
        rows: Patient to the values of his row, all text, stripped; blanks are empty text.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]


def read_table(path: Path, key_column: str | None = None) -> Table:
    """Read a table with one row a patient.

    Args:
        path: CSV file; the separator (semicolon, comma, tab or bar) is found from its first line.
        key_column: Column with the patient; by default the first one called like a patient
            (``patient``, ``case``, ``subject``, ``id``...), or else the very first.

    Raises:
        FormatError: If the file is missing, empty, not text, or a row has more values than columns.
        InputError: If the key column does not exist, or two rows are of one patient.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: expected a CSV file in UTF-8, could not read it ({error}); check the path and save it as UTF-8"
        raise FormatError(msg) from error
    lines = text.splitlines()
    if len(lines) < 2:
        msg = f"{path}: expected a line of column names and one line a patient, got {len(lines)} lines"
        raise FormatError(msg)
    separator = max(_SEPARATORS, key=lines[0].count)
    reader = csv.DictReader(io.StringIO(text), delimiter=separator, restkey="", restval="")
    columns = tuple(name.strip() for name in reader.fieldnames or ())
    reader.fieldnames = list(columns)
    key = _key_column(path, columns, key_column)
    rows: dict[str, dict[str, str]] = {}
    for number, row in enumerate(reader, start=2):
        values = _values(path, number, row)
        patient = patient_key(values[key])
        if not patient:
            continue
        if patient in rows and values.get(REASON_COLUMN):
            continue
        if patient in rows and not rows[patient].get(REASON_COLUMN):
            msg = f"{path}, line {number}: expected one row a patient, got {patient} again; remove one of the two"
            raise InputError(msg)
        rows[patient] = values
    return Table(path, columns, rows)


def _key_column(path: Path, columns: tuple[str, ...], wanted: str | None) -> str:
    if wanted is not None:
        if wanted in columns:
            return wanted
        msg = f"{path}: expected a column {wanted!r}, got {', '.join(columns)}; choose one of these as the key"
        raise InputError(msg)
    usual = {"patient", "patient_id", "case", "case_id", "subject", "subject_id", "id"}
    return next((name for name in columns if name.lower() in usual), columns[0])


def _values(path: Path, number: int, row: Mapping[str, object]) -> dict[str, str]:
    if isinstance(row.get(""), list):
        msg = f"{path}, line {number}: expected no more values than columns, got some left over; check the separator"
        raise FormatError(msg)
    values = {name: str(value).strip() for name, value in row.items()}
    return {name: "" if value.lower() in _BLANK else value for name, value in values.items()}


def numbers(table: Table, column: str, patients: Iterable[str]) -> dict[str, float]:
    """Return the numbers in a column for those of the patients who have one.

    Raises:
        InputError: If the column does not exist, or an entry is neither blank nor a finite number.
    """
    if column not in table.columns:
        msg = f"{table.path}: expected a column {column!r}, got {', '.join(table.columns)}; measure the features again"
        raise InputError(msg)
    found = {}
    for patient in patients:
        text = table.rows[patient][column]
        if not text:
            continue
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if value - value != 0:  # Neither nan nor an infinity less itself is 0.
            msg = f"{table.path}, {patient}: expected a number in column {column!r}, got {text!r}; or leave it blank"
            raise InputError(msg)
        found[patient] = value
    return found


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows as CSV text with commas; None is blank, a float has the digits that tell it from all others."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(columns), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: "" if row.get(name) is None else row[name] for name in columns})
    return stream.getvalue()
