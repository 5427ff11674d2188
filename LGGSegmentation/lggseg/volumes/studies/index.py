"""Which series a study holds: told from headers, no pixel is read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lggseg.volumes.dicom_header import NO_IMAGES, may_be_dicom
from lggseg.volumes.native import shown
from lggseg.volumes.sequence import assess
from lggseg.volumes.sequence.tags import TAGS
from lggseg.volumes.studies import headers
from lggseg.volumes.studies.headers import Header
from lggseg.volumes.studies.places import files_in
from lggseg.volumes.studies.series import UNKNOWN_PLANE, Series, plane_of
from lggseg.volumes.suffixes import VOLUME_SUFFIXES

_SECONDS_TO_MS = ("InversionTime", "EchoTime", "RepetitionTime")
"""Times that a BIDS sidecar gives in seconds."""


@dataclass(frozen=True)
class Index:
    """What a folder holds.

    Attributes:
        series: By study, number and description.
        unread: Files that seem to be DICOM and tell nothing: each may be a slice that is damaged.
    """

    series: tuple[Series, ...]
    unread: tuple[Path, ...] = ()


def index_of(folder: Path) -> Index:
    """Return the image series in a folder and the folders in it: DICOM or, where there is none, volume files."""
    files = list(files_in(folder))
    index = index_of_files(files)
    if index.series or index.unread:
        return index
    return Index(tuple(series_of_volume(file, folder) for file in files if has_volume_suffix(file)))


def index_of_files(files: Iterable[Path]) -> Index:
    """Return the DICOM image series that files make up."""
    read = [(path, headers.read(path)) for path in files if may_be_dicom(path)]
    found = [header for _, header in read if header is not None and header.text("Modality") not in NO_IMAGES]
    unread = tuple(path for path, header in read if header is None)
    series = sorted(_of_headers(found), key=lambda one: (one.day, one.study, one.number or 0, one.description))
    return Index(tuple(series), unread)


def has_volume_suffix(path: Path) -> bool:
    """Tell whether the name of a file ends as that of a NIfTI, NRRD or MetaImage volume."""
    return path.name.lower().endswith(VOLUME_SUFFIXES)


def _of_headers(found: Iterable[Header]) -> list[Series]:
    groups: dict[str, list[Header]] = {}
    for header in found:
        groups.setdefault(header.text("SeriesInstanceUID") or f"in {header.path.parent.name}", []).append(header)
    return [_of_group(uid, group) for uid, group in groups.items()]


def _of_group(uid: str, group: list[Header]) -> Series:
    first = group[0]
    metadata = {keyword: _most_common(group, keyword) for keyword in TAGS}
    metadata = {keyword: value for keyword, value in metadata.items() if value is not None}
    once = {header.text("SOPInstanceUID") or str(header.path): header for header in group}  # copies count once
    number = first.number("SeriesNumber")
    return Series(
        uid=uid,
        study=first.text("StudyInstanceUID"),
        description=first.text("SeriesDescription") or first.text("ProtocolName"),
        metadata=metadata,
        assessment=assess(None, metadata),
        plane=Counter(_plane(header) for header in group).most_common(1)[0][0],
        slices=sum(int(header.number("NumberOfFrames") or 1) for header in once.values()),
        number=None if number is None else int(number),
        day=first.text("StudyDate"),
        time=min((time for time in map(_time, group) if time is not None), default=None),
        frame_of_reference=first.text("FrameOfReferenceUID"),
        derived=str(metadata.get("ImageType", "")).upper().startswith("DERIVED"),
        files=tuple(header.path for header in group),
    )


def _most_common(group: list[Header], keyword: str) -> Any:
    """Return the value of most files: a localizer that came under the same number does not speak for the series."""
    values = Counter(str(header.values[keyword]) for header in group if keyword in header.values)
    return shown(values.most_common(1)[0][0]) if values else None


def _plane(header: Header) -> str:
    try:
        return plane_of([float(value) for value in header.values.get("ImageOrientationPatient") or ()])
    except (TypeError, ValueError):
        return UNKNOWN_PLANE


def _time(header: Header) -> float | None:
    text = header.text("AcquisitionTime") or header.text("AcquisitionDateTime")[8:] or header.text("ContentTime")
    text = text.replace(":", "")
    try:
        return 3600.0 * int(text[:2]) + 60.0 * int(text[2:4]) + float(text[4:] or 0)
    except ValueError:
        return None


def series_of_volume(path: Path, folder: Path) -> Series:
    """Return a volume file as a series, called by its path within a folder."""
    metadata = sidecar(path)
    name = shown(str(path.relative_to(folder)))
    return Series(
        uid=str(path.relative_to(folder)),
        study="",
        description=name,
        metadata=metadata,
        assessment=assess(None, metadata, path.name),
        plane=UNKNOWN_PLANE,
        slices=0,
        files=(path,),
    )


def sidecar(path: Path) -> Mapping[str, Any]:
    """Return what the JSON file beside a volume says, as BIDS and dcm2niix write it; times in milliseconds."""
    stem = next((path.name[: -len(end)] for end in VOLUME_SUFFIXES[::-1] if path.name.lower().endswith(end)), path.stem)
    try:
        content = json.loads((path.parent / f"{stem}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    found = {keyword: content[keyword] for keyword in TAGS if keyword in content}
    for keyword in _SECONDS_TO_MS:
        if isinstance(found.get(keyword), int | float):
            found[keyword] = 1000.0 * found[keyword]
    if isinstance(found.get("ImageType"), list):
        found["ImageType"] = "\\".join(map(str, found["ImageType"]))
    return found


def metadata_of(path: Path) -> Mapping[str, Any]:
    """Return the tags of a single file: its own where it is DICOM, else those of its sidecar."""
    if not path.is_file():
        return {}
    header = headers.read(path) if may_be_dicom(path) else None
    return sidecar(path) if header is None else {key: header.values[key] for key in TAGS if key in header.values}
