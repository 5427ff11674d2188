"""Files that stand where slices of a series should be, and are none: without them the head would be cut off.

A copy that broke off leaves empty files, files full of zeros, links that lead nowhere and names of downloads that
were not finished. At the end of a series nothing else tells that they are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lggseg.errors import FormatError
from lggseg.volumes import system_files
from lggseg.volumes.dicom_header import may_be_dicom
from lggseg.volumes.native import shown

_ENDINGS = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".temp", ".gz", ".bz2", ".xz", ".zip")
_NUMBERS = re.compile(r"[0-9a-f]*\d[0-9a-f]*(?:[.][0-9a-f]*\d[0-9a-f]*)*")
_HEAD_BYTES = 132
_NAMED = 4


def refuse(paths: Sequence[Path]) -> None:
    """Make sure that nothing beside the slices of a series is called like one of them and is no DICOM file.

    Args:
        paths: The files of the series, wherever they lie.

    Raises:
        FormatError: If there is such a file: it is named, with what is wrong with it.
    """
    known = set(paths)
    patterns = {(path.parent, pattern_of(path.name)) for path in paths}
    lost = [
        (path, what)
        for folder in sorted({path.parent for path in paths})
        for path in _entries(folder)
        if path not in known and (folder, pattern_of(path.name)) in patterns and (what := _fault(path))
    ]
    if lost:
        first, what = lost[0]
        more = f" ({len(lost)} of such files: {', '.join(shown(path.name) for path, _ in lost[:_NAMED])})"
        msg = (
            f"{shown(first)}: expected a DICOM slice by its name, got {what}{more if len(lost) > 1 else ''}; copy or "
            "export the series again, or take the file out of the folder"
        )
        raise FormatError(msg)


def pattern_of(name: str) -> str:
    """Return what the names of the slices of one series share: all but numbers, and what unfinished files end in.

    Examples:
        >>> pattern_of("IM-0001-0026.dcm"), pattern_of("IM-0001-0027.dcm.part"), pattern_of("1.2.840.113619.dcm")
        ('im-#-#.dcm', 'im-#-#.dcm', '#.dcm')
    """
    name = name.lower()
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return _NUMBERS.sub("#", name)


def _entries(folder: Path) -> Iterable[Path]:
    return [path for path in system_files.entries(folder) if not path.is_dir()]


def _fault(path: Path) -> str:
    """Return what a file that should be a slice is, or nothing where it is a DICOM file."""
    if path.is_symlink() and not path.exists():
        return "a link that leads nowhere"
    if not path.is_file() or may_be_dicom(path):
        return ""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head:
        return "an empty file"
    return "a file full of zeros" if not any(head) else "another kind of file, or one that was cut off"
