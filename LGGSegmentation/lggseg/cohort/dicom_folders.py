"""Which folders of DICOM files are one study: those whose files carry the same Study Instance UID."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from lggseg.volumes import dicom_directory
from lggseg.volumes.dicom_header import may_be_dicom

_TAG = "StudyInstanceUID"


def study_of(files: Iterable[Path]) -> str | None:
    """Return the Study Instance UID of the first DICOM image, or None where there is none; a DICOMDIR is none."""
    for file in files:
        try:
            if file.name.upper() == dicom_directory.NAME or not file.is_file() or not may_be_dicom(file):
                continue
            header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=[_TAG], force=True)
        except (InvalidDicomError, OSError, ValueError, AttributeError, NotImplementedError):
            continue
        return str(header.get(_TAG, "")) or str(file.parent)
    return None


def together(leaves: Iterable[tuple[Path, str]], root: Path) -> list[Path]:
    """Return one folder a study.

    Args:
        leaves: Folder with DICOM files, and the study that its first file names.
        root: Never returned where it holds several studies.
    """
    studies: dict[str, list[Path]] = {}
    for folder, uid in leaves:
        studies.setdefault(uid, []).append(folder)
    tops = {uid: Path(os.path.commonpath(folders)) for uid, folders in studies.items()}
    result = []
    for uid, folders in studies.items():
        top = tops[uid]
        shared = any(top in (other, *other.parents) for name, other in tops.items() if name != uid)
        result += folders if shared or (top == root and len(studies) > 1) else [top]
    return sorted(result)
