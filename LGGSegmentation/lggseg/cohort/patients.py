"""Whose a file, a folder or a row is: the one rule for the names of patients."""

from __future__ import annotations

import re

from lggseg.errors import InputError

OTHER_INSTITUTION = "other"
"""Institution of a patient whose name does not tell it."""

_TCGA = re.compile(r"^TCGA[-_. ]?([A-Z0-9]{2})[-_. ]?([A-Z0-9]{4})(?![A-Z0-9])", re.IGNORECASE)
_SUFFIX = re.compile(r"[-_. ](?:label|labels|mask|seg|segmentation)$", re.IGNORECASE)


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
