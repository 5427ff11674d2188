"""What came of each study: one JSON line a study, appended as it is done, so that a stopped run goes on where it was.

Only the process that steers writes it. A line that a kill has cut short is dropped, and its study done again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lggseg.errors import InputError, OutputError
from lggseg.files import write_text

LEDGER = "studies.jsonl"
_LOCK = ".lggseg-cohort.lock"

DONE, FAILED = "done", "failed"

Record = dict[str, Any]
"""One line: ``study``, ``status``, ``reason``, ``state`` of its inputs, and what was measured."""


class Ledger:
    """The lines of a cohort, by study; of several lines of a study the last counts."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LEDGER
        self.records: dict[str, Record] = {}
        for line in self._lines():
            self.records[str(line["study"])] = line

    def _lines(self) -> Iterator[Record]:
        if not self._path.is_file():
            return
        with self._path.open(encoding="utf-8") as stream:
            for number, text in enumerate(stream, start=1):
                if not text.endswith("\n"):
                    return  # cut short: the run was killed while it wrote
                yield self._parsed(number, text)

    def _parsed(self, number: int, text: str) -> Record:
        try:
            record: Record = json.loads(text)
            record["study"], record["status"]
        except (ValueError, KeyError, TypeError) as error:
            msg = f"{self._path}, line {number}: expected a study as JSON, got «{text[:40]}» ({error}); remove the line"
            raise InputError(msg) from error
        return record

    def is_done(self, study: str, state: str) -> bool:
        """Tell whether a study needs no work: it is done, and its inputs are as they were."""
        record = self.records.get(study, {})
        return record.get("status") == DONE and record.get("state") == state

    def failed_before(self, study: str, state: str) -> bool:
        """Tell whether a study failed, and its inputs are as they were."""
        record = self.records.get(study, {})
        return record.get("status") == FAILED and record.get("state") == state

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Open for appending; at the end each study has one line, in the order of the studies.

        Raises:
            OutputError: If it cannot be written, or another run is writing it.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self._path.with_name(_LOCK)):
            self._compact()  # drops a line that was cut short, before anything is appended to it
            try:
                with self._path.open("a", encoding="utf-8") as self._stream:
                    yield
            finally:
                self._compact()

    def add(self, record: Mapping[str, Any]) -> None:
        """Append the line of a study; it is on the disk when this returns."""
        self.records[str(record["study"])] = dict(record)
        self._stream.write(json.dumps(record) + "\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def _compact(self) -> None:
        lines = (json.dumps(self.records[study]) + "\n" for study in sorted(self.records))
        write_text(self._path, "".join(lines))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends."""
    with path.open("w") as stream:
        try:
            _lock(stream)
        except OSError as error:
            msg = f"{path.parent}: expected to write there alone, got a second run that is under way; wait, or stop it"
            raise OutputError(msg) from error
        yield


def _lock(stream: IO[str]) -> None:
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
