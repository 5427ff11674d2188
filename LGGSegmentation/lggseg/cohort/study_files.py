"""The files of one study of a cohort, and what is no file of any."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lggseg.volumes.io import SERIES_SEPARATOR
from lggseg.volumes.suffixes import VOLUME_SUFFIXES
from lggseg.volumes.system_files import is_system_file

_RESULTS = "derivatives"


@dataclass(frozen=True)
class StudyFiles:
    """One study of a cohort.

    Attributes:
        key: Its name in all results, and the folder of its results; words joined by ``/``.
        patient: Whose it is.
        flair: A volume file, a folder of DICOM or TIFF slices, or an archive.
        pre: T1 before contrast.
        post: T1 after contrast.
        session: Label of the visit, where there are several.
        date: Day of the scan as the data set gives it, else empty.
        stem: In a BIDS data set, what the names of its results begin with.
        notes: What a reader of the results should know of how the files were chosen.
    """

    key: str
    patient: str
    flair: Path
    pre: Path | None = None
    post: Path | None = None
    session: str = ""
    date: str = ""
    stem: str = ""
    notes: tuple[str, ...] = ()

    def state(self) -> str:
        """Return what changes when a file of the study does: a digest of names, sizes and times."""
        digest = hashlib.sha256()
        for source in (self.flair, self.pre, self.post):
            for file in _files_of(source):
                about = file.stat()
                digest.update(f"{file.name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Passed:
    """A file or folder that is no study, and why."""

    path: Path
    reason: str


def is_clutter(name: str) -> bool:
    """Tell whether a file or folder belongs to the system, or holds results and not studies."""
    return is_system_file(name) or name.lower() == _RESULTS


def stem_of(path: Path) -> str:
    """Return the name of a volume without its file type."""
    ending = next((ending for ending in VOLUME_SUFFIXES if path.name.lower().endswith(ending)), "")
    return path.name[: len(path.name) - len(ending)]


def _files_of(source: Path | None) -> list[Path]:
    if source is None:
        return []
    path = Path(str(source).partition(SERIES_SEPARATOR)[0])
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
