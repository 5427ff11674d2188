"""The files of a study, wherever they are: a folder tree, what a DICOMDIR lists, or a zip."""

from __future__ import annotations

import errno
import shutil
import stat
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lggseg.errors import FormatError, InputError, LggsegError, OutputError
from lggseg.volumes import dicom_directory, system_files
from lggseg.volumes.native import shown

ZIP_SUFFIX = ".zip"

_LARGEST_STUDY_BYTES = 50 * 2**30
_LARGEST_GROWTH = 400
"""How many times larger than the zip its content may be: no study packs better, but a trap does."""

_ENCRYPTED = 0x1


def is_packed(path: Path) -> bool:
    """Tell whether a path is a zip, or the DICOMDIR of a medium."""
    return path.is_file() and (path.name.upper() == dicom_directory.NAME or path.suffix.lower() == ZIP_SUFFIX)


class Place:
    """The folder of a study; one that a zip was unpacked into is removed with the last reference to it, or by hand.

    Attributes:
        folder: Where the files are.
    """

    def __init__(self, folder: Path, *, temporary: bool = False) -> None:
        self.folder = folder
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True) if temporary else None

    def close(self) -> None:
        """Remove what was unpacked."""
        if self._remove is not None:
            self._remove()


def opened(path: Path) -> Place:
    """Return the folder that holds a study; a zip is unpacked into a temporary one.

    Args:
        path: A folder, a DICOMDIR (its folder is the study), or a zip.

    Raises:
        FormatError: If a zip is damaged.
        InputError: If it is encrypted, or would fill the disk.
    """
    if path.is_dir():
        return Place(path)
    if path.name.upper() == dicom_directory.NAME:
        return Place(path.parent)
    place = Place(Path(tempfile.mkdtemp(prefix="lggseg-study-")), temporary=True)
    try:
        _unpack(path, place.folder)
    except BaseException:
        place.close()
        raise
    return place


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a study in the order of their names; those of the operating system are passed over."""
    yield from system_files.walk(folder)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_traps(path, archive)
            parents: dict[str, Path] = {}
            for item in archive.infolist():
                if not item.is_dir() and not _is_link(item):
                    # Numbered folders: no path of the zip leads out of ours, or is too long for the system.
                    parent = parents.setdefault(item.filename.rpartition("/")[0], folder / f"{len(parents):05d}")
                    _unpack_one(archive, item, parent)
    except LggsegError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            msg = f"{shown(path)}: expected space to unpack it in {tempfile.gettempdir()}, got a full disk; make room"
            raise OutputError(msg) from error
        msg = f"{shown(path)}: expected a complete zip, got a damaged one or a rare kind («{error}»); unpack it"
        raise FormatError(msg) from error


def _unpack_one(archive: zipfile.ZipFile, item: zipfile.ZipInfo, parent: Path) -> None:
    parent.mkdir(exist_ok=True)
    target = parent / (Path(item.filename).name or "unnamed")
    while target.exists():  # names that differ in case only, or twice the same
        target = target.with_name(f"_{target.name}")
    with archive.open(item) as source, target.open("wb") as stream:
        shutil.copyfileobj(source, stream, 1 << 20)


def _refuse_traps(path: Path, archive: zipfile.ZipFile) -> None:
    items = archive.infolist()
    if any(item.flag_bits & _ENCRYPTED for item in items):
        msg = f"{shown(path)}: expected a zip without a password, got an encrypted one; unpack it and give the folder"
        raise InputError(msg)
    size = sum(item.file_size for item in items)
    if size > _LARGEST_STUDY_BYTES or size > max(path.stat().st_size, 2**20) * _LARGEST_GROWTH:
        msg = f"{shown(path)}: expected a study, got a zip that holds {size / 2**30:.1f} GiB; unpack it and look inside"
        raise InputError(msg)


def _is_link(item: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(item.external_attr >> 16)
