"""The volumes of one study, from whatever the caller has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.errors import GeometryError, InputError
from lggseg.segmentation import coverage, input_check
from lggseg.segmentation.hospital import (
    Hospital,
    OpenStudy,
    describe_series,
    may_be_study,
    names_series,
    read_hospital,
    read_series,
)
from lggseg.segmentation.request import SegmentRequest
from lggseg.volumes import given_spacing, notes, tiff_stack
from lggseg.volumes.given_spacing import IfNeeded, Spacing
from lggseg.volumes.io import SERIES_SEPARATOR, stores_spacing
from lggseg.volumes.native import shown
from lggseg.volumes.registration import register_rigidly
from lggseg.volumes.sequence import UNKNOWN, Assessment, assess
from lggseg.volumes.sources import describe, is_path, volume_of
from lggseg.volumes.studies.index import metadata_of
from lggseg.volumes.studies.places import is_packed

_WANTED_SERIES = "FLAIR"


@dataclass
class Study:
    """Volumes by sequence, and where they came from.

    Attributes:
        images: ``flair``, and where there are any ``pre`` and ``post``.
        description: File, SHA-256, size and spacing of each, for the report.
        notes: What a reader of the report has to know.
        assessment: What the FLAIR volume seems to be.
        hospital: The DICOM study that the volumes were found in, if they were.
    """

    images: dict[str, sitk.Image]
    description: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    assessment: Assessment = UNKNOWN
    hospital: Hospital | None = None


def read_study(request: SegmentRequest, opened: OpenStudy | None = None) -> Study:
    """Read FLAIR and the other sequences of a request.

    Args:
        request: What to read.
        opened: The study that the request names, where its series are listed already.

    Raises:
        InputError: If a volume cannot be used.
    """
    study = _read_flair(request, opened)
    sources = dict.fromkeys(study.images, request.flair)
    for sequence, source in (("pre", request.pre), ("post", request.post)):
        if source is not None and not (study.hospital and sequence in study.hospital.series and names_series(source)):
            study.hospital = None if study.hospital is None else study.hospital.without(sequence)
            sources[sequence] = source
            study.images[sequence] = volume_of(source, sequence, spacing=spacing_beside(request, source))
            study.notes += _said_of_t1(sequence, study.images[sequence], source)
    for sequence, image in study.images.items():
        study.notes += [_attributed(note, sequence) for note in notes.of(image)]
    study.notes = list(dict.fromkeys(study.notes))
    if request.register:
        _register(study)
    _check_coverage(study, request)
    for sequence, image in study.images.items():
        study.description[sequence] = _describe(
            study, sequence, image, sources[sequence], with_paths=request.with_paths
        )
    input_check.refuse(study.assessment, force=request.force)
    return study


def _said_of_t1(sequence: str, image: sitk.Image, source: Any) -> list[str]:
    path = Path(str(source).partition(SERIES_SEPARATOR)[0]) if is_path(source) else None
    seems = assess(image) if path is None else assess(image, metadata_of(path), path.name)
    said = input_check.check_t1(sequence, seems)
    return [said] if said else []


def _check_coverage(study: Study, request: SegmentRequest) -> None:
    """Say where T1 covers FLAIR in part only; one that was found and not asked for, and lies elsewhere, is left out."""
    for name in [name for name in study.images if name != "flair"]:
        try:
            said = coverage.check(study.images["flair"], study.images[name], name)
        except GeometryError as error:
            if study.hospital is None or getattr(request, name) is not None:
                raise
            said = f"Left out: {error}"
            del study.images[name]
            study.hospital = study.hospital.without(name)
        if said:
            study.notes.append(said)


def spacing_beside(request: SegmentRequest, source: Any) -> Spacing | None:
    """Return the voxel size for T1 or a reference; one is not assumed beside a FLAIR volume that has its own.

    Raises:
        InputError: If slices have none, and none was given.
    """
    if request.spacing is not None:
        return IfNeeded(request.spacing)
    if _is_tiff(source) and not _is_tiff(request.flair):
        msg = (
            f"{shown(source)}: expected --spacing X Y Z for TIFF slices beside a FLAIR volume that has its own voxel "
            "size, got none: what was assumed would lie elsewhere; add it"
        )
        raise InputError(msg)
    return None


def _is_tiff(source: Any) -> bool:
    return is_path(source) and tiff_stack.is_tiff_folder(Path(source))


def _read_flair(request: SegmentRequest, opened: OpenStudy | None) -> Study:
    """Read the main input; a hospital's study and a folder of TIFF slices bring their other sequences along."""
    source, others = request.flair, (request.pre, request.post, request.truth)
    if request.spacing is not None and not all(stores_spacing(other) for other in others if is_path(other)):
        request = replace(request, spacing=IfNeeded(request.spacing))
    if not is_path(source):
        _refuse_series(request, "an image")
        given_spacing.refuse_needless(request.spacing, "flair")
        return _assessed(Study({"flair": volume_of(source, "flair")}))
    folder, _, uid = str(source).partition(SERIES_SEPARATOR)
    path = Path(folder)
    if uid or (path.is_file() and not is_packed(path)):
        _refuse_series(request, shown(path.name))
    if opened is None and tiff_stack.is_tiff_folder(path):
        _refuse_series(request, path.name)
        return _assessed(Study(tiff_stack.read_tiff_stack(path, request.spacing)))
    if opened is not None or may_be_study(path):
        hospital = read_series(opened, request, uid) if opened is not None else read_hospital(path, request, uid)
        if hospital is not None:
            flair = hospital.series["flair"]
            study = Study(dict(hospital.images), notes=list(hospital.notes), hospital=hospital)
            return _assessed(study, flair.metadata, "" if flair.is_dicom else flair.description)
    _refuse_series(request, path.name)
    image = volume_of(source, "flair", spacing=request.spacing, wanted=_WANTED_SERIES)
    return _assessed(Study({"flair": image}), metadata_of(path), path.name)


def _refuse_series(request: SegmentRequest, name: str) -> None:
    if request.series is not None:
        msg = f"series {request.series}: expected several series, got {name}, one volume; leave the series out"
        raise InputError(msg)


def _assessed(study: Study, metadata: Mapping[str, Any] | None = None, name: str = "") -> Study:
    study.assessment = assess(study.images["flair"], metadata, name)
    return study


def _describe(study: Study, sequence: str, image: sitk.Image, source: Any, *, with_paths: bool) -> dict[str, Any]:
    hospital = study.hospital
    if hospital is not None and sequence in hospital.images and is_path(source):
        return describe_series(image, hospital.series[sequence], Path(source), with_path=with_paths)
    return describe(image, source, with_path=with_paths)


def _attributed(note: str, sequence: str) -> str:
    return note if sequence == "flair" or note.startswith("TIFF") else f"{sequence}: {note}"


def _register(study: Study) -> None:
    if len(study.images) == 1:
        study.notes.append("No T1 was there to be moved onto FLAIR.")
    for name in ("pre", "post"):
        if name in study.images:
            study.images[name] = register_rigidly(study.images[name], study.images["flair"])
            study.notes.append(f"{name} was moved rigidly onto FLAIR before segmenting.")
