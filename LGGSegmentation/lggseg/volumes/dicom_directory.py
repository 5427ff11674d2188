"""What the DICOMDIR of a medium says of a series: it knows of files that a copy has lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
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
    listed = _listed(directory, directory.stat().st_mtime_ns).get(headers[0].series, frozenset())
    if not listed & here or listed <= here:
        return
    msg = (
        f"{name}: expected the {len(listed)} images that {shown(directory)} lists, got {len(listed & here)}; copy the "
        "medium again, or take its DICOMDIR out"
    )
    raise InputError(msg)


def _above(path: Path) -> Iterable[Path]:
    return list(path.absolute().parents)[:_LEVELS]


@lru_cache(maxsize=1)  # FLAIR and both T1 of a study ask for the same one, which takes seconds on a full medium
def _listed(directory: Path, _changed: int) -> Mapping[str, frozenset[str]]:
    """Return series to the SOP instances that a DICOMDIR lists below it; its records follow each other as a tree does.

    Args:
        directory: The file.
        _changed: When it was changed last: one that is another by now is read again.
    """
    try:
        records: Iterable[Any] = read_dataset(directory).get("DirectoryRecordSequence") or ()
    except FormatError:
        return {}
    found: dict[str, set[str]] = {}
    series = ""
    for record in records:
        kind = str(record.get("DirectoryRecordType", ""))
        if kind == "SERIES":
            series = str(record.get("SeriesInstanceUID", ""))
        elif kind == "IMAGE" and series:
            found.setdefault(series, set()).add(str(record.get("ReferencedSOPInstanceUIDInFile", "")))
        elif kind in ("PATIENT", "STUDY"):
            series = ""
    return {name: frozenset(instances - {""}) for name, instances in found.items()}
