"""Numbers that take long to make, kept by what they were made from, so that a stopped run goes on where it was."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path

from lggseg.files import write_text


class Kept:
    """Lists of numbers by name, in a JSON file that is rewritten whenever one is added.

    A name must hold a checksum of all that its numbers hang on: what is found under it is believed.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read what an earlier run has kept.

        Args:
            path: The file; one that is not there, or was not written by this class, is begun anew. None keeps nothing
                beyond this object.
        """
        self._path = path
        self._known: dict[str, list[float]] = {} if path is None else _read(path)

    def get(self, name: str) -> list[float]:
        """Return what is kept under a name; nothing where there is none."""
        return list(self._known.get(name, []))

    def put(self, name: str, values: Iterable[float]) -> None:
        """Keep numbers under a name, in place of those that are there.

        Raises:
            OutputError: If the file cannot be written.
        """
        self._known[name] = [float(value) for value in values]
        if self._path is not None:
            written = {key: [None if math.isnan(v) else v for v in many] for key, many in self._known.items()}
            write_text(self._path, json.dumps(written) + "\n")


def _read(path: Path) -> dict[str, list[float]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): [math.nan if v is None else float(v) for v in many] for name, many in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
