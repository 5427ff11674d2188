"""What the DICOMDIR of a medium says of a series: it knows of files that a copy has lost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lggseg.errors import FormatError, InputError
from lggseg.volumes.dicom_header import SliceHeader, read_dataset
from lggseg.volumes.native import shown

NAME = "DICOMDIR"

_LEVELS = 4  # folders between a DICOMDIR and the images: media have three at most


def refuse_lost(files: Iterable[SliceHeader], name: str) -> None:
    """Make sure that all images of a series are here that a DICOMDIR above them lists.

    Args:
        files: Headers of the series.
        name: What to call it in a message.

    Raises:
        InputError: If some are here and some are not.
    """
    headers = list(files)
    directory = next((file for folder in _above(headers[0].path) if (file := folder / NAME).is_file()), None)
    if directory is None:
        return
    here = {header.instance for header in headers}
    listed = _listed(directory, headers[0].series)
    if not listed & here or listed <= here:
        return
    msg = (
        f"{name}: expected the {len(listed)} images that {shown(directory)} lists, got {len(listed & here)}; copy the "
        "medium again, or take its DICOMDIR out"
    )
    raise InputError(msg)


def _above(path: Path) -> Iterable[Path]:
    return list(path.absolute().parents)[:_LEVELS]


def _listed(directory: Path, series: str) -> set[str]:
    """Return the SOP instances that a DICOMDIR lists below a series; its records follow each other as a tree does."""
    try:
        records: Iterable[Any] = read_dataset(directory).get("DirectoryRecordSequence") or ()
    except FormatError:
        return set()
    found: set[str] = set()
    inside = False
    for record in records:
        kind = str(record.get("DirectoryRecordType", ""))
        if kind == "SERIES":
            inside = str(record.get("SeriesInstanceUID", "")) == series
        elif kind == "IMAGE" and inside:
            found.add(str(record.get("ReferencedSOPInstanceUIDInFile", "")))
        elif kind in ("PATIENT", "STUDY"):
            inside = False
    return found - {""}
