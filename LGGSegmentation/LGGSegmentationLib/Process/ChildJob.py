"""One run of ``lggseg`` in a child process: inputs out of the scene, results back, no file left behind."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from lggseg.errors import LggsegError
from lggseg.segmentation.progress import share_done
from LGGSegmentationLib.Process.InferenceProcess import InferenceProcess, pythonProgram
from LGGSegmentationLib.Process.Numbers import withPoint

DONE, CANCELLED, FAILED = "done", "cancelled", "failed"

_CANCELLED_STATUS = 130
_BREATH_MS = 10


@dataclass
class JobOutcome:
    """How a run ended.

    Attributes:
        status: ``done``, ``cancelled`` or ``failed``.
        message: For people: what went wrong and what to do.
        seconds: From the start to here.
    """

    status: str
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Callbacks:
    """Who is told what while a job runs.

    Attributes:
        progress: Gets the share done, 0 to 1, and the stage.
        log: Gets lines for the log.
        finished: Gets the outcome, once.
    """

    progress: Callable[[float, str], None]
    log: Callable[[str], None]
    finished: Callable[[Any], None]


class ChildJob:
    """Runs once. Temporary files are gone when ``finished`` is called, however the run ended.

    A kind of run writes its inputs in ``_arguments`` and reads its results in ``_readResult``.
    """

    program: list[str] | None = None
    """Program and first arguments instead of Slicer's Python; for tests of errors and cancelling."""

    outcomeClass: type[JobOutcome] = JobOutcome
    """What a run of this kind ends with."""

    def __init__(self, callbacks: Callbacks) -> None:
        """Prepare a run; nothing happens yet."""
        self._callbacks = callbacks
        self._process = InferenceProcess(self._event, self._text, self._ended)
        self._folder: Path | None = None
        self._names: dict[str, str] = {}
        self._result: dict[str, Any] = {}
        self._error: dict[str, Any] = {}
        self._lastText = ""
        self._started = time.monotonic()
        self._cancelled = self._abandoned = self._delivering = False

    @property
    def running(self) -> bool:
        """Whether the child is alive or its result is on its way."""
        return self._process.running or self._delivering

    @property
    def seconds(self) -> float:
        """Seconds since the job was made."""
        return time.monotonic() - self._started

    def start(self) -> None:
        """Write the inputs and start the child."""
        self._folder = Path(tempfile.mkdtemp(prefix="lggseg-", dir=slicer.app.temporaryPath))
        try:
            cancelFile = self._folder / "cancel"
            how = ["--progress", "json", "--cancel-file", str(cancelFile)]
            arguments = ["-m", "lggseg", *self._arguments(self._folder), *how]
            program, *first = self.program or [pythonProgram()]
            self._callbacks.log(" ".join([program, *first, *arguments]))
            self._process.start(program, [*first, *arguments], cancelFile)
        except Exception:
            self._removeFolder()
            raise

    def cancel(self) -> None:
        """Stop; ``finished`` follows soon."""
        self._cancelled = True
        self._process.cancel()

    def abandon(self) -> None:
        """End at once, without ``finished``: the module is closing."""
        self._abandoned = True
        self._process.abandon()
        self._removeFolder()

    def _arguments(self, folder: Path) -> list[str]:
        """Write the inputs into a folder; return the command and its arguments."""
        raise NotImplementedError

    def _readResult(self) -> JobOutcome:
        """Return what a run that ended well has found."""
        raise NotImplementedError

    def _failed(self, message: str) -> JobOutcome:
        """Return what becomes of a message of the child."""
        return self.outcomeClass(FAILED, message)

    def _event(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "progress":
            stage = str(event.get("stage"))
            self._callbacks.progress(share_done(stage, event.get("done", 0), event.get("total", 1)), stage)
        elif kind == "result":
            self._result = event
        elif kind == "error":
            self._error = event
        if kind in ("result", "error"):
            self._callbacks.log(json.dumps(event))

    def _text(self, text: str) -> None:
        self._lastText = text
        self._callbacks.log(text)

    def _ended(self, exitCode: int, crashed: bool) -> None:
        try:
            outcome = self._outcome(exitCode, crashed)
        except (OSError, RuntimeError, ValueError, KeyError, LggsegError) as error:
            outcome = self.outcomeClass(FAILED, _("The results could not be read: {error}").format(error=error))
        finally:
            self._removeFolder()
        outcome.seconds = self.seconds
        self._delivering = True
        # The window answers between reading the results and putting them into the scene. Without a delay Qt would
        # go on before it looks at mouse, keyboard and clocks.
        qt.QTimer.singleShot(_BREATH_MS, lambda: self._deliver(outcome))

    def _deliver(self, outcome: JobOutcome) -> None:
        self._delivering = False
        if not self._abandoned:
            self._callbacks.finished(self._cancelledOutcome() if self._cancelled else outcome)

    def _outcome(self, exitCode: int, crashed: bool) -> JobOutcome:
        if self._cancelled or exitCode == _CANCELLED_STATUS:
            return self._cancelledOutcome()
        if exitCode == 0 and self._result and not crashed:
            with withPoint():
                return self._readResult()
        if self._error:
            return self._failed(self._withNames(str(self._error.get("message", ""))))
        if crashed:
            text = _("The program that was started crashed; Slicer itself is not affected. See the log.")
            return self.outcomeClass(FAILED, text)
        text = _("The program that was started ended with status {status}: {text}. See the log.")
        return self.outcomeClass(FAILED, text.format(status=exitCode, text=self._lastText or _("it said nothing")))

    def _cancelledOutcome(self) -> JobOutcome:
        return self.outcomeClass(CANCELLED, _("Cancelled. Nothing in the scene was changed."))

    def _withNames(self, text: str) -> str:
        """Say the names of volumes for those of our temporary files, of which nobody knows."""
        for path, name in self._names.items():
            for called in (path, Path(path).name):
                text = text.replace(called, f"“{name}”")
        return text

    def _removeFolder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
