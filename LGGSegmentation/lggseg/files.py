"""Files: results appear whole or not at all, and can be told apart by their checksum."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from lggseg.errors import FormatError, OutputError

_CHUNK_BYTES = 1 << 20


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path`` to write to, and rename it to ``path`` at the end.

    A run that fails or is killed on the way leaves the old file, or none, but never half of one. Missing
    folders are made.

    Args:
        path: The file wanted. The temporary name ends as it does, because writers choose the format by that.

    Raises:
        OutputError: If there are no rights, no space, or the folder is a file.
    """
    temporary = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder has that name", str(path))
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, "no right to write in that folder", str(path.parent))
        yield temporary
        os.replace(temporary, path)  # noqa: PTH105  (Path.replace hides which of the two names is at fault)
    except OSError as error:
        raise OutputError(_explain(path, error.strerror or str(error))) from error
    except RuntimeError as error:  # SimpleITK reports whatever happens as this
        raise OutputError(_explain(path, str(error).strip().splitlines()[-1])) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


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
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
            _add_file(digest, file)
    except OSError as error:
        msg = f"{path}: expected a readable file or folder, got «{error.strerror}»; check name and rights"
        raise FormatError(msg) from error
    return digest.hexdigest()


def _add_file(digest: hashlib._Hash, path: Path) -> None:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)


def _explain(path: Path, reason: str) -> str:
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    return (
        f"{path}: expected to write this file, got «{reason}» ({free_mb} MB are free there); "
        "check rights and space, or choose another folder"
    )
