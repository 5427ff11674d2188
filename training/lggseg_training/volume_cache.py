"""Packed volumes beside their case: what is the same in every run is made once, and all processes read the same pages.

The arrays are mapped, not read: memory holds what is looked at, the system may take it back, and two runs side by side
share it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from lggseg.cohort.prepared import Case
from lggseg.errors import OutputError
from lggseg.files import new_folder

VERSION = 1
"""Goes up with any change of what is packed, so that volumes of before are made anew."""

_FACTS_FILE = "facts.json"
_MAPPED_BYTES = 1 << 16

Packed = Mapping[str, Any]


def cached(case: Case, kind: str, make: Callable[[], Packed]) -> Packed:
    """Return the packed volume of a case from its cache, or make it and keep it.

    Args:
        case: Whose folder keeps it, where that can be written; else it stays in memory.
        kind: Of packing: a name of its own for each.
        make: Makes it.
    """
    folder, key = case.folder / f"packed-{kind}", _key(case)
    found = _read(folder, key)
    if found is not None:
        return found
    packed = make()
    shutil.rmtree(folder, ignore_errors=True)
    # Another process may have been quicker, or the data set may lie where nobody can write.
    with contextlib.suppress(OutputError):
        _write(folder, key, packed)
    return _read(folder, key) or packed


def _key(case: Case) -> str:
    """Return what changes with the files of a case and with the way of packing."""
    files = [case.file(name) for name in (*case.sequences, "label")]
    stamps = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return sha256(json.dumps([VERSION, stamps]).encode()).hexdigest()


def _write(folder: Path, key: str, packed: Packed) -> None:
    with new_folder(folder) as stage:
        facts: dict[str, Any] = {}
        for name, value in packed.items():
            if isinstance(value, np.ndarray):
                np.save(stage / f"{name}.npy", value)
            else:
                facts[name] = value
        (stage / _FACTS_FILE).write_text(json.dumps({"key": key, "facts": facts}), encoding="utf-8")


def _read(folder: Path, key: str) -> dict[str, Any] | None:
    try:
        content = json.loads((folder / _FACTS_FILE).read_text(encoding="utf-8"))
        if content["key"] != key:
            return None
        packed = dict(content["facts"])
        for file in sorted(folder.glob("*.npy")):
            large = file.stat().st_size > _MAPPED_BYTES
            packed[file.stem] = np.load(file, mmap_mode="r" if large else None)
    except (OSError, ValueError, KeyError):
        return None
    return packed
