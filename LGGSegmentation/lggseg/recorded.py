"""The files that the record of an earlier run speaks of, and what becomes of them when it is run anew."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from lggseg.errors import LggsegError
from lggseg.files import sha256_of


def outputs_of(files: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    """Return what a record says of its results: ``file`` and ``sha256`` of each, by what it is."""
    return {name: {"file": file.name, "sha256": sha256_of(file)} for name, file in files.items()}


def recorded_outputs(record: Path) -> dict[str, str]:
    """Return the files, with their checksums, that a record speaks of; none where there is no record."""
    try:
        outputs = json.loads(record.read_text(encoding="utf-8"))["outputs"]
        return {Path(entry["file"]).name: str(entry["sha256"]) for entry in outputs.values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def remove_outdated(folder: Path, before: Mapping[str, str], now: Iterable[str]) -> None:
    """Remove results of an earlier run that this one did not replace: the record would not speak of them.

    A file that was changed since is somebody's work, and stays.

    Args:
        folder: Where they lie.
        before: What :func:`recorded_outputs` said before this run.
        now: Names of the files of this run.
    """
    for name in set(before) - set(now):
        with suppress(OSError, LggsegError):
            if sha256_of(folder / name) == before[name]:
                (folder / name).unlink()
