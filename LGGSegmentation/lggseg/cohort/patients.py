"""Whose row, folder or file something is: names of patients, and the column of a table that holds them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from lggseg.errors import InputError

PATIENT_COLUMN = "patient"
OTHER_INSTITUTION = "other"
"""Institution of a patient whose name does not tell it."""

_TCGA = re.compile(r"^TCGA[-_. ]?([A-Z0-9]{2})[-_. ]?([A-Z0-9]{4})(?![A-Z0-9])", re.IGNORECASE)
_SUFFIX = re.compile(r"[-_. ](?:label|labels|mask|seg|segmentation)$", re.IGNORECASE)

KEY_NAMES = (
    "patient", "patient_id", "patientid", "bcr_patient_barcode", "case_submitter_id", "cases_submitter_id",
    "submitter_id", "subject", "subject_id", "participant", "participant_id", "case", "case_id", "id", "sample",
    "sample_id", "sampleid",
)  # fmt: skip
"""What the column with the patient is called: people's own tables, cBioPortal, GDC, Xena and BIDS."""


def patient_key(name: str, pattern: str | None = None) -> str:
    """Return the patient that a folder, file or table entry belongs to.

    A name that begins with a TCGA barcode, however it is joined and whatever follows (a date, a
    sample), is ``TCGA_XX_YYYY`` in capitals. Any other name is taken as it is, less an ending such
    as ``_label`` or ``-mask``.

    Args:
        name: Folder or file name without its file type, or the entry of a table.
        pattern: Own rule: a regular expression; its first group (or all it matches) is the patient.

    Raises:
        InputError: If the own rule is not a regular expression or does not match.
    """
    name = name.strip()
    if pattern is not None:
        return _by_pattern(name, pattern)
    barcode = _TCGA.match(name)
    if barcode:
        return f"TCGA_{barcode[1]}_{barcode[2]}".upper()
    return _SUFFIX.sub("", name)


def institution_of(name: str) -> str:
    """Return the code of the institution in a TCGA barcode (``CS``, ``DU``, ...), else ``OTHER_INSTITUTION``."""
    barcode = _TCGA.match(name.strip())
    return barcode[1].upper() if barcode else OTHER_INSTITUTION


def _by_pattern(name: str, pattern: str) -> str:
    try:
        match = re.search(pattern, name)
    except re.error as error:
        msg = f"--patient: expected a regular expression, got {pattern!r} ({error}); for example '^([^_]+)'"
        raise InputError(msg) from error
    if match is None:
        msg = f"{name}: expected a name that the rule {pattern!r} matches, got none; change --patient or the name"
        raise InputError(msg)
    return str(match[1] if match.re.groups else match[0])


def key_column(
    path: Path, cells: Mapping[str, Sequence[str]], wanted: str | None = None, patients: Collection[str] = ()
) -> str:
    """Return the column that holds the patient.

    A column called like a patient that names some of the patients sought is taken before any other: a row number
    matches patients called 1, 2, 3 as well as their own column does. Of several the one that names most is taken.

    Args:
        path: The table, for messages.
        cells: Column to its entries.
        wanted: Column that the user chose.
        patients: Whom to look for; without them the column is found by its name alone, or is the first.

    Raises:
        InputError: If ``wanted`` does not exist, or more than one column could be the key.
    """
    if wanted is not None:
        if wanted in cells:
            return wanted
        msg = f"{path}: expected a column {wanted!r}, got {', '.join(cells)}; choose one of these as the key"
        raise InputError(msg)
    named = sorted((name for name in cells if _plain(name) in KEY_NAMES), key=_rank)
    sought = set(patients)
    found = {name: len(sought & {patient_key(text) for text in column if text}) for name, column in cells.items()}
    by_name = max(named, key=lambda name: found[name], default=None)
    if by_name is not None and (found[by_name] or not any(found.values())):
        return by_name
    return _by_match(path, cells, {name: count for name, count in found.items() if count})


def _by_match(path: Path, cells: Mapping[str, Sequence[str]], found: Mapping[str, int]) -> str:
    """Return the column that names most patients, where names cannot be mistaken for counts or ages."""
    if not found:
        return next(iter(cells))
    names = [name for name in found if not all(text.isdigit() for text in cells[name] if text)]
    if names:
        return max(names, key=lambda name: found[name])
    if len(found) > 1:
        msg = (
            f"{path}: expected one column that names the patients, got several whose numbers could: "
            f"{', '.join(found)}; choose one with --key"
        )
        raise InputError(msg)
    return next(iter(found))


def _plain(name: str) -> str:
    """Write ``Patient ID``, ``patient.id`` and ``_PATIENT`` alike."""
    return re.sub(r"\W+", "_", name.casefold()).strip("_")


def _rank(name: str) -> int:
    return KEY_NAMES.index(_plain(name))
