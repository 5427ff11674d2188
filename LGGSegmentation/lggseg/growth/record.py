"""The record that ``lggseg segment`` leaves beside its mask: what made it, and of which volume."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lggseg.files import sha256_of
from lggseg.segmentation.request import REPORT_FILE
from lggseg.volumes import io

EDITED_NOTE = "The mask was changed after the model made it."


def origin_of(model: Mapping[str, str], threshold: float, components: str) -> str:
    """Return in words what made a mask; two masks are compared only where this is the same."""
    weights = model["sha256"][:8]
    return f"{model['name']} {model['version']} ({weights}), threshold {threshold:g}, pieces: {components}"


@dataclass(frozen=True)
class Record:
    """What is known of a mask.

    Attributes:
        mask: File of the mask.
        flair: The volume that it was made of, if that is where it was.
        origin: What made it.
        notes: What a reader has to know.
        doubt: What the model says of its outline; empty where the mask was changed since.
    """

    mask: Path
    flair: str | None
    origin: str
    notes: tuple[str, ...]
    doubt: Mapping[str, Any]


def record_in(folders: Iterable[Path]) -> Record | None:
    """Read the record that ``lggseg segment`` left beside its mask."""
    for folder in folders:
        try:
            content: dict[str, Any] = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))
            file = folder / content["outputs"]["segmentation"]["file"]
            origin = origin_of(content["model"], content["threshold"], content["components"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        notes, doubt = [str(note) for note in content.get("notes", ())], content.get("doubt") or {}
        if _changed(file, content["outputs"]["segmentation"]):
            notes.append(EDITED_NOTE)
            doubt = {}
        return Record(file, _still_there(content, folder), origin, tuple(notes), doubt)
    return None


def _changed(mask: Path, entry: Mapping[str, str]) -> bool:
    return "sha256" in entry and mask.exists() and sha256_of(mask) != entry["sha256"]


def _still_there(content: dict[str, Any], folder: Path) -> str | None:
    """Return the FLAIR volume that a report names, if it is where it was, and still the same.

    A report may give no more than the name of the file. That is sought beside the report, never in whatever folder
    this program was started from: many patients have a ``flair.nii.gz``.
    """
    entry = content.get("inputs", {}).get("flair", {})
    name, separator, series = str(entry.get("file", "")).partition(io.SERIES_SEPARATOR)
    path = Path(name)
    if not path.name:
        return None
    places = [*([path] if path.is_absolute() else []), folder / path.name]
    return next((f"{place}{separator}{series}" for place in places if _is_the_same(place, entry)), None)


def _is_the_same(path: Path, entry: Mapping[str, Any]) -> bool:
    return path.exists() and sha256_of(path) == entry.get("sha256")
