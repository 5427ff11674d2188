"""Several clinical tables put together by patient, with an account of what matched.

The first table that has a column wins: a later column of the same name fills its blanks where the two never
differ, and otherwise stands beside it under a name of its own, so that no entry is taken from one table and
believed to be of the other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lggseg.cohort.tables import Table, read_clinical
from lggseg.errors import InputError


@dataclass(frozen=True)
class Match:
    """What became of one table.

    Attributes:
        name: File name.
        key: Column that holds the patient.
        patients: Number of patients in the table.
        matched: Those of them with features, in order.
        without_features: Those without.
        without_row: Patients with features who are not in the table.
        new: Columns that no earlier table has.
        filled: Column that an earlier table has, too, to the number of its blanks that this one filled.
        differing: Column that differs from an earlier one to the patients in whom it does.
        contradicted: Column to the patients whose own rows differ in it; they have no entry there.
    """

    name: str
    key: str
    patients: int
    matched: tuple[str, ...]
    without_features: tuple[str, ...]
    without_row: tuple[str, ...]
    new: tuple[str, ...] = ()
    filled: dict[str, int] = field(default_factory=dict)
    differing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    contradicted: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Clinical:
    """All that is known of the patients beside their features.

    Attributes:
        table: One row a patient, of all tables.
        matches: What became of each table, in the order given.
    """

    table: Table
    matches: tuple[Match, ...]


def join_tables(
    paths: Sequence[Path], patients: Collection[str], *, key: str | None = None, missing: Collection[str] = ()
) -> Clinical:
    """Read and join clinical tables.

    Args:
        paths: The tables; where two have a column of one name, the first counts.
        patients: Whom they are to be joined with, the patients with features.
        key: Column with the patient, where it should not be found; of the tables that have it.
        missing: Further words for no entry.

    Raises:
        FormatError: If a table cannot be read.
        InputError: If a table has none of the patients, or ``key`` is in no table.
    """
    tables = [_read(path, patients, key, missing) for path in paths]
    if key is not None and not any(key in table.columns for table in tables):
        read_clinical(paths[0], patients, key=key, missing=missing)  # refuses, and says what there is
    rows: dict[str, dict[str, str]] = {}
    columns: list[str] = []
    notes: dict[str, tuple[str, ...]] = {}
    doubts: dict[str, str] = {}
    matches = []
    for table in tables:
        names, match = _names(table, rows, columns, patients)
        for patient, row in table.rows.items():
            known = rows.setdefault(patient, {})
            for column, name in names.items():
                known[name] = known.get(name) or row[column]
        columns += [name for name in names.values() if name not in columns]
        for column, name in names.items():
            notes[name] = notes.get(name, ()) + tuple(table.notes.get(column, ()))
            doubts |= {name: table.doubts[column]} if column in table.doubts else {}
        matches.append(match)
    whole = {patient: {column: row.get(column, "") for column in columns} for patient, row in rows.items()}
    path = paths[0] if len(paths) == 1 else Path(" + ".join(path.name for path in paths))
    contradicted = tables[0].contradicted if len(tables) == 1 else {}
    return Clinical(Table(path, tuple(columns), whole, tables[0].key, notes, doubts, contradicted), tuple(matches))


def _read(path: Path, patients: Collection[str], key: str | None, missing: Collection[str]) -> Table:
    """Read one table; the key that the user named is not in every one."""
    table = read_clinical(path, patients, missing=missing)
    if key is not None and key in table.columns:
        table = read_clinical(path, patients, key=key, missing=missing)
    if not set(table.rows) & set(patients):
        example, other = next(iter(patients), "nobody"), next(iter(table.rows), "nobody")
        msg = (
            f"{path}: expected patients who have features, got none ({other} in column {table.key!r} here, "
            f"{example} among the features); choose the column with --key, or the rule for the names of masks with "
            "--patient of lggseg features"
        )
        raise InputError(msg)
    return table


def _names(
    table: Table, rows: dict[str, dict[str, str]], columns: Sequence[str], patients: Collection[str]
) -> tuple[dict[str, str], Match]:
    """Return under which name each column of a table joins the others, and the account of it."""
    names: dict[str, str] = {}
    filled: dict[str, int] = {}
    differing: dict[str, tuple[str, ...]] = {}
    for column in table.columns:
        names[column] = column
        if column not in columns or column == table.key:
            continue
        odd, blank = _compared(table, rows, column)
        if odd:
            names[column] = _own_name(column, table, columns)
            differing[column] = odd
        else:
            filled[column] = blank
    new = tuple(name for column, name in names.items() if name not in columns and column not in differing)
    return names, Match(
        name=table.path.name,
        key=table.key,
        patients=len(table.rows),
        matched=tuple(patient for patient in patients if patient in table.rows),
        without_features=tuple(sorted(set(table.rows) - set(patients))),
        without_row=tuple(patient for patient in patients if patient not in table.rows),
        new=new,
        filled=filled,
        differing=differing,
        contradicted=_contradicted(table),
    )


def _own_name(column: str, table: Table, taken: Sequence[str]) -> str:
    """Return a name for a column that differs from one of its name in an earlier table."""
    name = f"{column} ({table.path.name})"
    return next(n for n in (name, *(f"{name} {number}" for number in range(2, len(taken) + 3))) if n not in taken)


def _compared(table: Table, rows: dict[str, dict[str, str]], column: str) -> tuple[tuple[str, ...], int]:
    """Return the patients in whom a column differs from the one at hand, and how many of its blanks it fills."""
    odd, filled = [], 0
    for patient, row in table.rows.items():
        here, there = row[column], rows.get(patient, {}).get(column, "")
        if here and there and here.casefold() != there.casefold():
            odd.append(patient)
        filled += bool(here and not there)
    return tuple(odd), filled


def _contradicted(table: Table) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for patient, columns in table.contradicted.items():
        for column in sorted(columns):
            found[column] = (*found.get(column, ()), patient)
    return found
