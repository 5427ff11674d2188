"""Whole studies: a folder, DICOMDIR or zip goes in, the FLAIR and T1 volumes of it come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.errors import LggsegError
from lggseg.files import sha256_of_files
from lggseg.segmentation.request import SegmentRequest
from lggseg.volumes import dicom, geometry, io
from lggseg.volumes.given_spacing import IfNeeded, Spacing
from lggseg.volumes.studies.choice import Choice, candidates, choose, named
from lggseg.volumes.studies.index import Index, has_volume_suffix, index_of, index_of_files
from lggseg.volumes.studies.places import Place, is_packed, opened
from lggseg.volumes.studies.series import Series


@dataclass(frozen=True)
class Hospital:
    """The volumes that were found in a study.

    Attributes:
        images: ``flair``, and where there are any ``pre`` and ``post``.
        series: Which series each is.
        notes: What a reader of the report has to know about the choice.
        place: Where the files are; keeps what was unpacked.
    """

    images: Mapping[str, sitk.Image]
    series: Mapping[str, Series]
    notes: tuple[str, ...]
    place: Place

    def without(self, role: str) -> Hospital:
        """Return the study without a volume that is taken from elsewhere."""
        images = {name: image for name, image in self.images.items() if name != role}
        return replace(self, images=images, series={name: self.series[name] for name in images})


@dataclass(frozen=True)
class OpenStudy:
    """A study whose series are known, and none is read yet.

    Attributes:
        path: What was opened, as the user names it.
        place: Where the files are; keeps what was unpacked.
        index: The series in it.
    """

    path: Path
    place: Place
    index: Index


def may_be_study(path: Path) -> bool:
    """Tell whether a path can hold series: a folder, a DICOMDIR, a zip or a DICOM file."""
    return path.is_dir() or is_packed(path) or (path.is_file() and not has_volume_suffix(path) and dicom.is_dicom(path))


def read_hospital(path: Path, request: SegmentRequest, uid: str = "") -> Hospital | None:
    """Find and read the volumes of a study.

    Args:
        path: A folder, a DICOMDIR or a zip; or a DICOM file, which stands for its series.
        request: Whose ``series``, ``pre`` and ``post`` may name series of the study.
        uid: The FLAIR series, where it is named together with the folder; T1 is then not looked for.

    Returns:
        None where there is no volume in it.

    Raises:
        InputError: If it is not clear which series is meant.
        FormatError: If a file is damaged.
    """
    if path.is_file() and not is_packed(path):
        return _read_one(path, request)
    study = open_study(path)
    try:
        return read_series(study, request, uid) if study.index.series else None
    except BaseException:
        study.place.close()
        raise


def open_study(path: Path) -> OpenStudy:
    """List the series of a folder, a DICOMDIR or a zip.

    Raises:
        LggsegError: If a zip cannot be unpacked.
    """
    place = opened(path)
    try:
        return OpenStudy(path, place, index_of(place.folder))
    except BaseException:
        place.close()
        raise


def read_series(study: OpenStudy, request: SegmentRequest, uid: str = "") -> Hospital:
    """Read volumes of a study that is open, and that holds a series at least; else as ``read_hospital``."""
    path, place, index = study.path, study.place, study.index
    try:
        choice = choose(index.series, uid or request.series, name=path.name)
        chosen = _roles(choice, index, request, alone=bool(uid))
        images = {role: _read(series, path, index, _spacing(request, role)) for role, series in chosen.items()}
        return Hospital(images, chosen, choice.notes if not uid else choice.notes[:1], place)
    except LggsegError as error:
        raise type(error)(str(error).replace(str(place.folder), str(path))) from error  # a zip by its own name


def _read_one(path: Path, request: SegmentRequest) -> Hospital | None:
    """Read a multi-frame file, or for one slice the whole series that it belongs to."""
    index = index_of_files([path])
    if not index.series:
        return None
    (series,) = index.series
    if series.slices == 1:
        return read_hospital(path.parent, request, series.uid)
    return Hospital({"flair": _read(series, path, index, request.spacing)}, {"flair": series}, (), opened(path.parent))


def describe_series(image: sitk.Image, series: Series, path: Path, *, with_path: bool) -> dict[str, Any]:
    """Return what a report says of a volume that came from a series; no identifier leads back to the patient."""
    return {
        "file": f"{path}: {series.label}" if with_path else series.label,
        "sha256": sha256_of_files(series.files),
        "size": list(image.GetSize()),
        "spacing_mm": [round(edge, 6) for edge in image.GetSpacing()],
        "series": {
            "description": series.description,
            "number": series.number,
            "plane": series.plane,
            "slices": series.slices,
            "kind": str(series.assessment.kind),
            "reasons": list(series.assessment.reasons),
        },
    }


def _roles(choice: Choice, index: Index, request: SegmentRequest, *, alone: bool) -> dict[str, Series]:
    """Return the series by role: those that the request names, else those that were found."""
    roles = {"flair": choice.flair}
    for role, found in (("pre", choice.pre), ("post", choice.post)):
        asked = getattr(request, role)
        if names_series(asked):
            roles[role] = named(candidates(index.series), str(asked))
        elif found is not None and asked is None and not alone:
            roles[role] = found
    return roles


def names_series(source: Any) -> bool:
    """Tell whether a source is no file but may name a series of the study."""
    return isinstance(source, str) and io.SERIES_SEPARATOR not in source and not Path(source).exists()


def _spacing(request: SegmentRequest, role: str) -> Spacing | None:
    """Return the voxel size that was given; FLAIR has to need it, T1 beside it may have its own."""
    return request.spacing if role == "flair" or request.spacing is None else IfNeeded(request.spacing)


def _read(series: Series, path: Path, index: Index, spacing: Spacing | None) -> sitk.Image:
    if not series.is_dicom:
        return io.read_volume(series.files[0], spacing=spacing)
    image = dicom.read_files(path, [*series.files, *index.unread], spacing, series.description)
    geometry.check_volume(image, series.label)
    return image
