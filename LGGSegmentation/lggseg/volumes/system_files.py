"""Files that systems and programs leave in folders of data: passed over everywhere, by this one rule."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_NAMES = frozenset(
    {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin", "lost+found"}
    | {"system volume information", "#recycle", "network trash folder", "temporary items"}
)
_PREFIXES = (".", "~$")  # hidden files, the shadow that a Mac writes beside each file (._NAME), locks of Office


def is_system_file(name: str) -> bool:
    """Tell by the name of a file or folder, without its path, whether it is nobody's data."""
    return name.startswith(_PREFIXES) or name.lower() in _NAMES


def entries(folder: Path) -> list[Path]:
    """Return what a folder holds, in the order of the names, without system files.

    Raises:
        OSError: If the folder cannot be listed.
    """
    return sorted(path for path in folder.iterdir() if not is_system_file(path.name))


def walk(folder: Path, *, links: bool = False) -> Iterator[Path]:
    """Yield the regular files in a folder and the folders in it, without system files, in the order of their paths.

    Pipes and devices are left out.

    Args:
        folder: Where to begin.
        links: Whether links to folders are followed; each folder then comes once, and a circle ends.

    Raises:
        OSError: If a folder cannot be listed.
    """

    def fail(error: OSError) -> None:
        raise error

    seen = set()
    for place, folders, files in os.walk(folder, onerror=fail, followlinks=links):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not is_system_file(name))
        for name in sorted(name for name in files if not is_system_file(name)):
            path = Path(place, name)
            if path.is_file():
                yield path
