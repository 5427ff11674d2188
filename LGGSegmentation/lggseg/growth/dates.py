"""Days of studies and treatments: from names of files and folders, and from tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lggseg.cohort.delimited import Sheet, read_sheet
from lggseg.cohort.patients import KEY_NAMES
from lggseg.errors import InputError
from lggseg.growth.timeline import OTHER, TREATMENT_KINDS, Treatment

_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_STUDY_NAMES = ("study", "file", "path", "folder", "mask", "name", "scan", "image")
_DATE_NAMES = ("date", "study_date", "studydate", "day", "scan_date", "acquisition_date")
_KIND_NAMES = ("kind", "treatment", "type")


def dates_in(name: str) -> tuple[date, ...]:
    """Return the different days that a name holds, as ``2020-03-04``, ``20200304`` or ``2020_03_04``."""
    found = []
    for year, _, month, day in _DAY.findall(name):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:  # 31 February is a number, not a day
            continue
    return tuple(dict.fromkeys(found))


def without_dates(name: str) -> str:
    """Return a name without the days in it."""
    return _DAY.sub("", name)


def day_of(text: str, where: str) -> date:
    """Return the one day that a text holds.

    Raises:
        InputError: If it holds none or several.
    """
    found = dates_in(text)
    if len(found) == 1:
        return found[0]
    msg = f"{where}: expected a day such as 2020-03-04, got {text!r}; write year, month and day"
    raise InputError(msg)


@dataclass(frozen=True)
class StudyTable:
    """A table that says of which day, and of whom, each study is.

    Attributes:
        path: Where it came from.
        rows: Path of a study, or the end of one, to its day and its patient; the patient is empty where the table
            does not tell.
    """

    path: Path
    rows: tuple[tuple[tuple[str, ...], date, str], ...] = field(default=())

    def find(self, path: Path) -> tuple[date, str] | None:
        """Return day and patient of a file or folder: the row that it, or a folder that it lies in, ends with.

        Raises:
            InputError: If rows that differ fit.
        """
        found = {(day, patient) for parts, day, patient in self.rows if _fits(parts, path)}
        if len(found) > 1:
            msg = f"{self.path}: expected one row for {path}, got {len(found)} that differ; write more of its path"
            raise InputError(msg)
        return found.pop() if found else None

    def unused(self, paths: Collection[Path]) -> tuple[str, ...]:
        """Return the studies of the table that are none of the paths."""
        return tuple("/".join(row[0]) for row in self.rows if not any(_fits(row[0], path) for path in paths))


def _fits(parts: tuple[str, ...], path: Path) -> bool:
    """Tell whether a row's parts stand one after the other in a path."""
    names = path.parts
    return any(names[n : n + len(parts)] == parts for n in range(len(names) - len(parts) + 1))


def read_study_table(path: Path) -> StudyTable:
    """Read the days of studies from a table.

    Args:
        path: CSV file with a column ``study`` (a path or the end of one), a column ``date``, and optionally one
            with the patient.

    Raises:
        FormatError: If the file cannot be read.
        InputError: If a column is missing, or an entry is no day.
    """
    sheet = read_sheet(path)
    cells = sheet.cells()
    studies = cells[_column(sheet, _STUDY_NAMES, "study")]
    days = cells[_column(sheet, _DATE_NAMES, "date")]
    who = _optional_column(sheet, [name for name in KEY_NAMES if name not in _STUDY_NAMES])
    patients = cells[who] if who else ("",) * len(studies)
    rows = []
    for (number, _), study, day, patient in zip(sheet.rows, studies, days, patients, strict=True):
        parts = tuple(part for part in Path(study).parts if part not in ("/", "."))
        if parts:
            rows.append((parts, day_of(day, f"{path}, line {number}"), patient))
    return StudyTable(path, tuple(rows))


def read_treatments(path: Path) -> dict[str, tuple[Treatment, ...]]:
    """Read treatments by patient from a table with the columns patient, date and optionally kind.

    Raises:
        FormatError: If the file cannot be read.
        InputError: If a column is missing, an entry is no day, or a kind is unknown.
    """
    sheet = read_sheet(path)
    cells = sheet.cells()
    patients, days = cells[_column(sheet, KEY_NAMES, "patient")], cells[_column(sheet, _DATE_NAMES, "date")]
    named = _optional_column(sheet, _KIND_NAMES)
    kinds = cells[named] if named else ("",) * len(days)
    found: dict[str, list[Treatment]] = {}
    for (number, _), patient, day, kind in zip(sheet.rows, patients, days, kinds, strict=True):
        where = f"{path}, line {number}"
        found.setdefault(patient, []).append(Treatment(day_of(day, where), _kind(kind, where)))
    return {patient: tuple(treatments) for patient, treatments in found.items()}


def treatment_of(text: str) -> Treatment:
    """Return the treatment that ``DATE`` or ``DATE=KIND`` stands for.

    Raises:
        InputError: If it is no day, or the kind is unknown.
    """
    day, _, kind = text.partition("=")
    return Treatment(day_of(day, "--treatment"), _kind(kind, "--treatment"))


def _kind(text: str, where: str) -> str:
    kind = text.strip().lower() or OTHER
    if kind not in TREATMENT_KINDS:
        msg = f"{where}: expected one of {', '.join(TREATMENT_KINDS)}, got {text!r}"
        raise InputError(msg)
    return kind


def _optional_column(sheet: Sheet, names: Sequence[str]) -> str | None:
    plain = {column.strip().lower().replace(" ", "_"): column for column in sheet.columns}
    return next((plain[name] for name in names if name in plain), None)


def _column(sheet: Sheet, names: Iterable[str], wanted: str) -> str:
    found = _optional_column(sheet, tuple(names))
    if found is None:
        msg = f"{sheet.path}: expected a column «{wanted}», got {', '.join(sheet.columns)}; rename one of them"
        raise InputError(msg)
    return found
