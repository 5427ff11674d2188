"""The volumes in files and folders: volume files, folders of DICOM slices, folders of TIFF slices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lggseg.errors import FormatError
from lggseg.growth.dates import dates_in
from lggseg.volumes import dicom, dicom_directory, tiff_stack
from lggseg.volumes.suffixes import VOLUME_SUFFIXES
from lggseg.volumes.system_files import entries

_IGNORED = ("probability", "overlay", "checkerboard", "change")  # what this program writes beside a mask
_NOT_DICOM = (*VOLUME_SUFFIXES, ".json", ".html", ".png", ".csv", ".tif", ".tiff", ".txt")
_PROBED = 8


@dataclass(frozen=True)
class Volume:
    """A volume file, or a folder of DICOM or TIFF slices.

    Attributes:
        path: The file or folder.
        root: What the user named, in which it was found.
        day: Day of the study by its DICOM tags.
        person: PatientID of its DICOM tags, to be compared and never shown.
        dicom: Whether it is a folder of DICOM slices, perhaps of several series.
    """

    path: Path
    root: Path
    day: date | None = None
    person: str = ""
    dicom: bool = False


def volumes_in(path: Path, root: Path) -> Iterable[Volume]:
    """Return the volumes in a file or folder and the folders in it."""
    if not path.exists():
        msg = f"{path}: expected a file or folder, got nothing of that name; check it"
        raise FormatError(msg)
    if path.is_file():
        if path.name.lower().endswith(VOLUME_SUFFIXES) and not path.name.lower().startswith(_IGNORED):
            yield Volume(path, root)
        return
    inside = entries(path)
    slices = _slices(inside)
    if slices:
        yield _dicom_volume(path, slices, root)
    elif tiff_stack.is_tiff_folder(path):
        yield Volume(path, root)
    for entry in inside:
        if entry.name.lower().endswith(VOLUME_SUFFIXES) or (not slices and _leads_down(entry)):
            yield from volumes_in(entry, root)


def _leads_down(entry: Path) -> bool:
    """Tell whether it is a folder, and no link to one above, which would lead round in circles."""
    return entry.is_dir() and not (entry.is_symlink() and entry.resolve() in entry.absolute().parents)


def _slices(inside: Sequence[Path]) -> list[Path]:
    """Return the first DICOM files of a folder; a few are enough to know it."""
    files = [entry for entry in inside if entry.is_file() and not entry.name.lower().endswith(_NOT_DICOM)]
    files = [file for file in files if file.name.upper() != dicom_directory.NAME]
    return [file for file in files[:_PROBED] if dicom.is_dicom(file)]


def _dicom_volume(folder: Path, files: Sequence[Path], root: Path) -> Volume:
    import pydicom  # noqa: PLC0415  (0.3 s that nobody else should wait for)

    for file in files:
        tags = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["StudyDate", "PatientID"], force=True)
        days = dates_in(str(tags.get("StudyDate", "")))
        if days or tags.get("PatientID"):  # a DICOMDIR has neither
            return Volume(folder, root, days[0] if days else None, str(tags.get("PatientID", "")).strip(), True)
    return Volume(folder, root, dicom=True)
