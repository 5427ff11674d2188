"""Results appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lggseg.errors import OutputError


@contextmanager
def staged(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary folder whose files are moved into ``folder`` if the block ends well.

    Args:
        folder: Where the files go; made if needed. Other files in it are left alone.
        overwrite: Whether files of the same name may be replaced.

    Raises:
        OutputError: If ``folder`` cannot be written, the disk is full, or a file would be replaced.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside its destination, so that moving is a rename and cannot stop half-way.
        stage = Path(tempfile.mkdtemp(prefix=".lggseg-", dir=folder))
    except OSError as error:
        msg = f"{folder}: expected a folder that can be written ({error.strerror}); choose another one"
        raise OutputError(msg) from error
    try:
        yield stage
        _move(stage, folder, overwrite=overwrite)
    except OSError as error:
        msg = f"{folder}: results could not be written ({error.strerror}); make room or choose another folder"
        raise OutputError(msg) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def refuse_to_replace(folder: Path, names: list[str]) -> None:
    """Stop before the work starts if a result is there already.

    Raises:
        OutputError: If one of the files exists.
    """
    existing = [name for name in names if (folder / name).exists()]
    if existing:
        msg = f"{folder}: holds {', '.join(existing)} already; choose another folder or add --overwrite"
        raise OutputError(msg)


def _move(stage: Path, folder: Path, *, overwrite: bool) -> None:
    files = sorted(stage.iterdir())
    if not overwrite:
        refuse_to_replace(folder, [file.name for file in files])
    for file in files:
        os.replace(file, folder / file.name)  # noqa: PTH105  (Path.replace would hide that this must not copy)
