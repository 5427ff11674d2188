"""``lggseg series``: which series a study holds, and which of them would be segmented."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("study", metavar="STUDY", type=Path, help="a folder, a DICOMDIR or a zip")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """List the series with what speaks for and against each, and say which one would be taken."""
    from lggseg.errors import FormatError, InputError  # noqa: PLC0415  (SimpleITK: not for --help)
    from lggseg.volumes.studies.choice import candidates, choose  # noqa: PLC0415
    from lggseg.volumes.studies.index import index_of  # noqa: PLC0415
    from lggseg.volumes.studies.places import is_packed, opened  # noqa: PLC0415

    path: Path = options.study
    if not (path.is_dir() or is_packed(path)):
        msg = f"{path}: expected a folder, a DICOMDIR or a zip, got {'another file' if path.exists() else 'nothing'}"
        raise FormatError(msg)
    place = opened(path)
    try:
        index = index_of(place.folder)
    finally:
        place.close()
    if not index.series:
        msg = f"{path}: expected a study, got a folder without any DICOM image or volume; check the choice of folder"
        raise FormatError(msg)
    listed = candidates(index.series)
    try:
        choice = choose(index.series, name=path.name)
    except InputError:
        choice = None
    taken = {} if choice is None else {"flair": choice.flair, "pre": choice.pre, "post": choice.post}
    roles = {series.uid: role for role, series in taken.items() if series is not None}
    entries = [_entry(one, roles.get(one.series.uid, "")) for one in listed]
    print(json.dumps({"series": entries}, indent=2) if options.json else _text(entries))  # noqa: T201
    return 0


def _entry(candidate: Any, taken: str) -> dict[str, Any]:
    series = candidate.series
    return {
        "uid": series.uid,
        "number": series.number,
        "description": series.description,
        "plane": series.plane,
        "slices": series.slices,
        "kind": str(series.assessment.kind),
        "taken_as": taken,
        "for": list(candidate.reasons_for) if candidate.role else [],
        "against": list(candidate.reasons_against),
    }


def _text(entries: list[dict[str, Any]]) -> str:
    lines = []
    for entry in entries:
        mark = {"flair": "FLAIR", "pre": "T1", "post": "T1+C"}.get(entry["taken_as"], "")
        number = "" if entry["number"] is None else f"{entry['number']}: "
        lines.append(f"{mark:<6} {number}«{entry['description']}», {entry['plane']}, {entry['slices']} slices")
        lines += [f"         + {reason}" for reason in entry["for"]]
        lines += [f"         - {reason}" for reason in entry["against"]]
        lines.append(f"         {entry['uid']}")
    if not any(entry["taken_as"] == "flair" for entry in entries):
        lines.append(
            "It is not clear which series is the axial T2-FLAIR: name it with lggseg segment STUDY --series UID"
        )
    return "\n".join(lines)
