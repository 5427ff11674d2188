"""How a run tells what it is doing: a bar for people, JSON lines for programs, or nothing.

The JSON form, one object a line on standard output::

    {"event": "start", "slices": 26}
    {"event": "progress", "stage": "segmenting", "done": 3, "total": 26}
    {"event": "result", "found": true, "volume_ml": 31.2, "report": "...", ...}
    {"event": "error", "kind": "InputError", "message": "...", "exit_status": 2}

``stage`` is one of ``STAGES``, in that order.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lggseg.errors import CancelledError, LggsegError

STAGES = ("reading", "preparing", "segmenting", "measuring", "writing")
STYLES = ("bar", "json", "none")

_ENDS = (0.1, 0.15, 0.92, 0.96, 1.0)  # of each stage's share of a bar, by what it takes on a plain computer

_BAR_WIDTH = 30


def share_done(stage: str, done: int, total: int) -> float:
    """Return the share of a whole run that is done, 0 to 1; 0 for a stage that is none of ``STAGES``."""
    if stage not in STAGES:
        return 0.0
    first, last = (0.0, *_ENDS)[STAGES.index(stage)], _ENDS[STAGES.index(stage)]
    return first + (last - first) * min(max(done / max(total, 1), 0.0), 1.0)


Checkpoint = Callable[[], None]
"""Called now and then during a run; what it raises ends the run."""


def never_stop() -> None:
    """Let the run go on: nobody can stop it."""


class Progress:
    """Receives what happens in a run."""

    def start(self, slices: int) -> None:
        """The study was read and has this many slices."""

    def advance(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps of a stage are finished."""

    def result(self, summary: dict[str, Any]) -> None:
        """The run ended well."""

    def error(self, error: LggsegError) -> None:
        """The run failed."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell that a stage of one step begins, and that it is done."""
        self.advance(name, 0, 1)
        yield
        self.advance(name, 1, 1)


class Silence(Progress):
    """Tells nobody."""


def make_progress(style: str, name: str) -> Progress:
    """Make the progress of a style in ``STYLES`` for the command ``name``."""
    if style == "json":
        return JsonProgress(sys.stdout)
    return BarProgress(sys.stderr, name, bar=style == "bar" and sys.stderr.isatty())


class JsonProgress(Progress):
    """One JSON object a line, flushed at once."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def start(self, slices: int) -> None:
        """See ``Progress``."""
        self._write(event="start", slices=slices)

    def advance(self, stage: str, done: int, total: int) -> None:
        """See ``Progress``."""
        self._write(event="progress", stage=stage, done=done, total=total)

    def result(self, summary: dict[str, Any]) -> None:
        """See ``Progress``."""
        self._write(event="result", **summary)

    def error(self, error: LggsegError) -> None:
        """See ``Progress``."""
        self._write(event="error", kind=type(error).__name__, message=str(error), exit_status=error.exit_status)

    def _write(self, **content: Any) -> None:
        self._stream.write(json.dumps(content) + "\n")
        self._stream.flush()


class BarProgress(Progress):
    """A line that fills up, on a terminal; only the outcome elsewhere."""

    def __init__(self, stream: IO[str], name: str, *, bar: bool) -> None:
        self._stream = stream
        self._name = name
        self._bar = bar
        self._started = time.perf_counter()

    def advance(self, stage: str, done: int, total: int) -> None:
        """See ``Progress``."""
        if not self._bar:
            return
        filled = _BAR_WIDTH * done // max(total, 1)
        seconds = time.perf_counter() - self._started
        bar = "#" * filled + "." * (_BAR_WIDTH - filled)
        self._stream.write(f"\r{stage:<10} [{bar}] {done}/{total}  {seconds:.1f} s \x1b[K")
        self._stream.flush()

    def result(self, summary: dict[str, Any]) -> None:
        """See ``Progress``."""
        self._clear()

    def error(self, error: LggsegError) -> None:
        """See ``Progress``."""
        self._clear()
        self._stream.write(f"{self._name}: {error}\n")

    def _clear(self) -> None:
        if self._bar:
            self._stream.write("\r\x1b[K")


def cancelled_by(file: Path | None) -> Checkpoint:
    """Return what stops a run as soon as a file exists that asks for it.

    A file works where signals do not: on Windows, and through launchers that start a second process.
    """

    def check() -> None:
        if file is not None and file.exists():
            msg = "cancelled; nothing was written"
            raise CancelledError(msg)

    return check
