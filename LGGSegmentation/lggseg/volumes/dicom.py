"""DICOM: a folder of slices, or one multi-frame file, to a volume."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import SimpleITK as sitk

from lggseg.errors import FormatError, InputError
from lggseg.volumes import dicom_directory, dicom_frames, dicom_slices, lost_slices, system_files
from lggseg.volumes.dicom_header import NO_IMAGES, SliceHeader, has_mark, may_be_dicom, read_dataset, read_header
from lggseg.volumes.given_spacing import Spacing
from lggseg.volumes.native import shown

_log = logging.getLogger(__name__)

_DICOMDIR = "1.2.840.10008.1.3.10"


@dataclass
class Series:
    """The files of one series in a folder.

    Attributes:
        uid: Series instance UID.
        description: Series description, such as ``AX FLAIR``.
        modality: Such as ``MR``.
        files: Headers of its image files, in the order of their names.
    """

    uid: str
    description: str
    modality: str = ""
    files: list[SliceHeader] = field(default_factory=list)

    def __str__(self) -> str:
        return f"«{self.description}», {sum(file.frames for file in self.files)} slices: {self.uid}"


def is_dicom(path: Path) -> bool:
    """Tell whether a file is a DICOM image, with or without the mark at its head."""
    return has_mark(path) or (may_be_dicom(path) and read_header(path) is not None)


def list_series(folder: Path) -> list[Series]:
    """Return the image series in a folder and the folders in it.

    Files that are not DICOM, or hold no image, are passed over.
    """
    return _scan(folder)[0]


def read_series(
    folder: Path, uid: str | None = None, wanted: str | None = "FLAIR", spacing: Spacing | None = None
) -> sitk.Image:
    """Read a series from a folder.

    Args:
        folder: Folder, searched with the folders in it.
        uid: Which series to read, if there are several.
        wanted: Word that picks a series by its description, when exactly one has it.
        spacing: Voxel size ``(i, j, k)`` in millimetres, for files that do not store it.

    Returns:
        The volume; ``notes.of`` tells what had to be decided about it.

    Raises:
        FormatError: If there is no DICOM image in the folder, or a file is damaged.
        InputError: If it is not clear which series is meant, or a slice is missing or doubled.
        GeometryError: If the slices do not lie evenly behind each other.
    """
    try:
        series, unread = _scan(folder)
    except OSError as error:
        at = shown(str(error.filename))
        msg = f"{shown(folder)}: expected a readable folder, got «{error.strerror}» for {at}; check the rights"
        raise FormatError(msg) from error
    if not series:
        _refuse_unread(unread)
        msg = f"{shown(folder)}: expected DICOM or TIFF slices, got a folder without any; check the choice of folder"
        raise FormatError(msg)
    return _read(folder, _choose(folder, series, uid, wanted), unread, spacing)


def read_file(path: Path, spacing: Spacing | None = None) -> sitk.Image:
    """Read a multi-frame file, or for one slice the whole series that it belongs to.

    Raises:
        FormatError: If the file is damaged or holds no image.
        InputError: If slices are missing.
    """
    header = read_header(path)
    if header is None:
        msg = f"{shown(path)}: expected a DICOM image, got a DICOM file without one, or a damaged one; copy it again"
        raise FormatError(msg)
    if header.frames > 1:
        return dicom_frames.read(header, spacing)
    return read_series(path.parent, header.series, spacing=spacing)


def read_files(
    name: Path, paths: Iterable[Path], spacing: Spacing | None = None, description: str | None = None
) -> sitk.Image:
    """Read the files of one series, wherever they lie.

    Args:
        name: What to call the series in a message.
        paths: Its files.
        spacing: Voxel size ``(i, j, k)`` in millimetres, for files that do not store it.
        description: That of the series, in readable letters, for messages.

    Raises:
        FormatError: If a file is damaged or holds no image.
        InputError: If a slice is missing or doubled.
        GeometryError: If the slices do not lie evenly behind each other.
    """
    headers = [(path, read_header(path)) for path in paths]
    files = [header for _, header in headers if header is not None]
    if not files:
        _refuse_unread([path for path, _ in headers])
        msg = f"{shown(name)}: expected DICOM images, got files without any; check the choice of series"
        raise FormatError(msg)
    described = files[0].description if description is None else description
    series = Series(files[0].series, described, files[0].modality, files)
    return _read(name, series, [path for path, header in headers if header is None], spacing)


def _read(folder: Path, series: Series, unread: list[Path], spacing: Spacing | None) -> sitk.Image:
    folders = {file.path.parent for file in series.files}
    _refuse_unread([path for path in unread if path.parent in folders], series.uid)
    lost_slices.refuse([file.path for file in series.files])
    name = f"{shown(folder)} ({series.description})"
    dicom_directory.refuse_lost(series.files, name)
    several = [file for file in series.files if file.frames > 1]
    if several and len(series.files) > 1:
        msg = f"{name}: expected single slices, got {len(several)} multi-frame files; choose one of them"
        raise InputError(msg)
    if len(series.files) == 1:
        return dicom_frames.read(series.files[0], spacing)
    return dicom_slices.read(name, series.files, spacing)


def _scan(folder: Path) -> tuple[list[Series], list[Path]]:
    """Return the series in a folder, and the DICOM files that hold no image or a damaged one."""
    found: dict[str, Series] = {}
    unread = []
    for path in system_files.walk(folder):
        if not may_be_dicom(path):
            continue
        header = read_header(path)
        if header is None:
            unread.append(path)
        elif header.modality not in NO_IMAGES:
            series = found.setdefault(header.series, Series(header.series, header.description, header.modality))
            series.files.append(header)
    return sorted(found.values(), key=lambda series: (series.description, series.uid)), unread


def _refuse_unread(paths: list[Path], uid: str | None = None) -> None:
    """Make sure that no unreadable file is a slice of the series: without it the head would be cut off."""
    for path in paths:
        damaged = _may_be_slice(path, uid)
        if damaged:
            msg = (
                f"{shown(path)}: expected a readable DICOM slice, got a damaged one, {damaged}; copy or export the "
                "series again, or take the file out of the folder"
            )
            raise FormatError(msg)


def _may_be_slice(path: Path, uid: str | None) -> str:
    """Return in which way an unreadable file may be a slice of a series, or nothing where it is something else."""
    marked = has_mark(path)
    try:
        dataset = read_dataset(path)
        found, kind = (
            str(dataset.get("SeriesInstanceUID", "")),
            str(dataset.file_meta.get("MediaStorageSOPClassUID", "")),
        )
        image = "Rows" in dataset or "PixelData" in dataset
    except (FormatError, AttributeError, TypeError, ValueError):
        return "of which nothing can be read" if marked else ""
    if kind == _DICOMDIR:
        return ""
    if not found:
        return "cut off before it says what it is" if marked else ""
    return "a slice of the series" if image and uid in (None, found) else ""


def _choose(folder: Path, series: list[Series], uid: str | None, wanted: str | None) -> Series:
    listing = "\n  ".join(str(one) for one in series)
    if uid is not None:
        for one in series:
            if one.uid == uid:
                return one
        msg = f"{shown(folder)}: expected series {uid}, got\n  {listing}"
        raise InputError(msg)
    if len(series) == 1:
        return series[0]
    if wanted is not None:
        named = [one for one in series if re.search(re.escape(wanted), one.description, re.IGNORECASE)]
        if len(named) == 1:
            _log.info("%s: took series %s of %d", folder, named[0], len(series))
            return named[0]
    msg = (
        f"{shown(folder)}: expected one series, got {len(series)}; choose one by adding :: and its number to the "
        f"folder, as in {shown(folder.name)}::{series[0].uid}\n  {listing}"
    )
    raise InputError(msg)
