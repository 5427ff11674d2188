"""The volumes of one study, from whatever the caller has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.segmentation.request import SegmentRequest
from lggseg.volumes import notes, tiff_stack
from lggseg.volumes.registration import register_rigidly
from lggseg.volumes.sources import describe, is_path, volume_of

_WANTED_SERIES = "FLAIR"


@dataclass
class Study:
    """Volumes by sequence, and where they came from.

    Attributes:
        images: ``flair``, and where there are any ``pre`` and ``post``.
        description: File, SHA-256, size and spacing of each, for the report.
        notes: What a reader of the report has to know.
    """

    images: dict[str, sitk.Image]
    description: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_study(request: SegmentRequest) -> Study:
    """Read FLAIR and the other sequences of a request.

    Raises:
        InputError: If a volume cannot be used.
    """
    study = _read_flair(request)
    sources = dict.fromkeys(study.images, request.flair)
    for sequence, source in (("pre", request.pre), ("post", request.post)):
        if source is not None:
            sources[sequence] = source
            study.images[sequence] = volume_of(source, sequence)
    for sequence, image in study.images.items():
        study.notes += [_attributed(note, sequence) for note in notes.of(image)]
    study.notes = list(dict.fromkeys(study.notes))
    if request.register:
        _register(study)
    for sequence, image in study.images.items():
        study.description[sequence] = describe(image, sources[sequence])
    return study


def _read_flair(request: SegmentRequest) -> Study:
    """Read the main input; a folder of TIFF slices brings its other sequences along."""
    source, spacing = request.flair, request.spacing
    if not (is_path(source) and Path(source).is_dir() and tiff_stack.is_tiff_folder(Path(source))):
        return Study({"flair": volume_of(source, "flair", spacing=spacing, wanted=_WANTED_SERIES)})
    return Study(tiff_stack.read_tiff_stack(Path(source), spacing))


def _attributed(note: str, sequence: str) -> str:
    return note if sequence == "flair" or note.startswith("TIFF") else f"{sequence}: {note}"


def _register(study: Study) -> None:
    for name in ("pre", "post"):
        if name in study.images:
            study.images[name] = register_rigidly(study.images[name], study.images["flair"])
            study.notes.append(f"{name} was moved rigidly onto FLAIR before segmenting.")
