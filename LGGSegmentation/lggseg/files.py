"""Files: results appear whole or not at all, and can be told apart by their checksum.

The one place where results are put into their final place: a file (``replacing``, ``write_text``), several
files in a folder (``staged``), or a folder that is new (``new_folder``).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lggseg.errors import FormatError, OutputError
from lggseg.leftovers import new_name, sweep
from lggseg.volumes.native import shown

_CHUNK_BYTES = 1 << 20


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path`` to write to, and rename it to ``path`` at the end.

    A run that fails or is killed on the way leaves the old file, or none, but never half of one. Missing
    folders are made.

    Args:
        path: The file wanted. The temporary name ends as it does, because writers choose the format by that.

    Raises:
        OutputError: If there are no rights, no space, or the folder is a file.
    """
    temporary = path.with_name(new_name() + "".join(path.suffixes[-2:]))
    try:
        with _explained(path, "file"):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "a folder has that name", str(path))
            sweep(path.parent)
            if not os.access(path.parent, os.W_OK):
                raise PermissionError(errno.EACCES, "no right to write in that folder", str(path.parent))
            yield temporary
            _move(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; line ends stay as they are.

    Names of files in it may hold bytes that are no UTF-8: they come out as U+FFFD.

    Raises:
        OutputError: As ``replacing``.
    """
    with replacing(path) as temporary:
        temporary.write_text(shown(text), encoding="utf-8", newline="")


@contextmanager
def staged(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary folder whose files are moved into ``folder`` if the block ends well.

    Args:
        folder: Where the files go; made if needed. Other files in it are left alone.
        overwrite: Whether files of the same name may be replaced.

    Raises:
        OutputError: If ``folder`` cannot be written, the disk is full, or a file would be replaced.
    """
    made = not folder.exists()
    try:
        with _explained(folder, "folder"):
            folder.mkdir(parents=True, exist_ok=True)
            with _stage(folder) as stage:
                yield stage
                files = sorted(path.relative_to(stage) for path in stage.rglob("*") if path.is_file())
                if not overwrite:
                    refuse_to_replace(folder, [file.as_posix() for file in files])
                for file in files:
                    (folder / file).parent.mkdir(parents=True, exist_ok=True)
                    _move(stage / file, folder / file)
    finally:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()  # only where nothing came of it: a folder with files stays


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder of the same name that becomes ``folder`` if the block ends well.

    Raises:
        OutputError: If ``folder`` exists already, or cannot be written.
    """
    if folder.exists():
        msg = f"{folder}: expected a new folder, got one that is there already; choose another one"
        raise OutputError(msg)
    with _explained(folder, "folder"):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _stage(folder.parent) as stage:
            (stage / folder.name).mkdir()
            yield stage / folder.name
            _move(stage / folder.name, folder)


def refuse_to_replace(folder: Path, names: Iterable[str]) -> None:
    """Stop before the work starts if a result is there already.

    Raises:
        OutputError: If one of the files exists.
    """
    existing = [name for name in names if (folder / name).exists()]
    if existing:
        msg = f"{folder}: holds {', '.join(existing)} already; choose another folder or add --overwrite"
        raise OutputError(msg)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of all files in a folder, as hex.

    Raises:
        FormatError: If there is no such file or folder, or no right to read it.
    """
    digest = hashlib.sha256()
    try:
        if not path.is_dir():
            _add_file(digest, path)
            return digest.hexdigest()
        for file in sorted(p for p in path.rglob("*") if p.is_file()):
            digest.update(file.relative_to(path).as_posix().encode(errors="surrogateescape") + b"\0")
            _add_file(digest, file)
    except OSError as error:
        msg = f"{path}: expected a readable file or folder, got «{error.strerror}»; check name and rights"
        raise FormatError(msg) from error
    return digest.hexdigest()


def sha256_of_files(paths: Iterable[Path]) -> str:
    """Return one SHA-256 of the contents of several files, whatever they are called and wherever they lie.

    Raises:
        FormatError: As ``sha256_of``.
    """
    parts = sorted({sha256_of(path) for path in paths})
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _add_file(digest: hashlib._Hash, path: Path) -> None:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)


@contextmanager
def _stage(beside: Path) -> Iterator[Path]:
    """Give a temporary folder in the same file system, so that moving is a rename and cannot stop half-way."""
    sweep(beside)
    stage = beside / new_name()
    stage.mkdir(mode=0o700)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def refuse_own_input(outputs: Iterable[Path], inputs: Iterable[Any]) -> None:
    """Stop before the work starts if a result would take the place of what it is made from.

    Args:
        outputs: Files that will be written.
        inputs: What is read; what is no path is passed over.

    Raises:
        OutputError: If one of the outputs is an input.
    """
    sources = [Path(str(source).partition("::")[0]).absolute() for source in inputs if isinstance(source, str | Path)]
    for output in outputs:
        place = output.absolute()
        for source in sources:
            if _is_same(place, source):
                msg = f"{output}: expected a new file, got one that the results are made from; choose another place"
                raise OutputError(msg)


def _is_same(first: Path, second: Path) -> bool:
    with contextlib.suppress(OSError):
        return first.exists() and second.exists() and first.samefile(second)
    return False


def _move(source: Path, target: Path) -> None:
    os.replace(source, target)  # noqa: PTH105  (Path.replace hides which of the two names is at fault)


@contextmanager
def _explained(path: Path, kind: str) -> Iterator[None]:
    """Say of a failed write what was expected, what came, and what to do."""
    try:
        yield
    except OSError as error:
        raise OutputError(_explain(path, kind, error.strerror or str(error))) from error
    except RuntimeError as error:  # SimpleITK reports whatever happens as this
        raise OutputError(_explain(path, kind, str(error).strip().splitlines()[-1])) from error


def _explain(path: Path, kind: str, reason: str) -> str:
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    return (
        f"{path}: expected to write this {kind}, got «{reason}» ({free_mb} MB are free there); "
        "check rights and space, or choose another folder"
    )
