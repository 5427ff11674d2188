"""What a file is, and whether its header can be true: looked at here before a reader written in C++ sees it.

Those readers end the process, take minutes, or fill in zeros without a word where a header is damaged. A few
lines of our own find out first; ``nifti_header``, ``nrrd_header`` and ``metaimage_header`` know the formats.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Callable
from pathlib import Path

from lggseg.errors import FormatError
from lggseg.volumes import metaimage_header, nifti_header, nrrd_header
from lggseg.volumes.header import Facts
from lggseg.volumes.native import shown

GZIP_MAGIC = b"\x1f\x8b"

_HEAD_BYTES = 1024
_KINDS: dict[str, tuple[Callable[[bytes], bool], Callable[[Path, bool], Facts]]] = {
    "nifti": (nifti_header.begins, nifti_header.check),
    "nrrd": (nrrd_header.begins, nrrd_header.check),
    "metaimage": (metaimage_header.begins, metaimage_header.check),
}


def check_regular(path: Path) -> None:
    """Make sure that a path is a folder or a readable file that is not empty: a pipe would wait for ever.

    Raises:
        FormatError: If it is not.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  (Path.stat gives the same, and shadows the module's name)
        if stat.S_ISDIR(mode):
            next(path.iterdir(), None)
            return
        if not stat.S_ISREG(mode):
            msg = f"{shown(path)}: expected a file or folder, got a pipe or device; save its content to a file"
            raise FormatError(msg)
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        reason = error.strerror if isinstance(error, OSError) else error
        msg = f"{shown(path)}: expected a readable file or folder, got «{reason}»; check name and rights"
        raise FormatError(msg) from error
    if empty:
        msg = f"{shown(path)}: expected a volume, got an empty file; copy it again"
        raise FormatError(msg)


def check_file(path: Path) -> Facts | None:
    """Look at the header of a volume file, whatever its name, and at its length.

    Args:
        path: A regular file.

    Returns:
        What was found, or None if it is no volume file of a known kind.

    Raises:
        FormatError: If it is cut off or damaged, or compressed in a way that is not read.
        GeometryError: If it says nothing usable of its grid.
        InputError: If its voxels are not real numbers, one each.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    compressed = head[:2] == GZIP_MAGIC
    if compressed:
        head = _unpacked_head(path)
        if head[:2] == GZIP_MAGIC:
            msg = f"{shown(path)}: expected a volume compressed once, got one compressed twice by gzip; unpack it once"
            raise FormatError(msg)
    for begins, check in _KINDS.values():
        if begins(head):
            return check(path, compressed)
    return None


def _unpacked_head(path: Path) -> bytes:
    try:
        with gzip.open(path) as content:
            return content.read(_HEAD_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        msg = f"{shown(path)}: expected a complete file, got one that is cut off or damaged («{error}»); copy it again"
        raise FormatError(msg) from error
