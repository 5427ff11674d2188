"""A child process that prints JSON lines: started, listened to, and really ended."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt

_PATIENCE_MS = 3000
"""How long a child may take to end by itself after it was asked to."""

ModuleFolder = Path(__file__).resolve().parents[2]
"""The folder that holds ``lggseg``."""


def pythonProgram() -> str:
    """Return the Python of this Slicer, which has Slicer's packages."""
    return shutil.which("PythonSlicer") or sys.executable


class InferenceProcess:
    """Runs one command of ``lggseg``.

    All callbacks come from the event loop, so they may touch the scene and the panel.
    """

    def __init__(
        self,
        onEvent: Callable[[dict[str, Any]], None],
        onText: Callable[[str], None],
        onFinished: Callable[[int, bool], None],
    ) -> None:
        """Prepare a run.

        Args:
            onEvent: Gets each JSON object that the child prints.
            onText: Gets every other line, and what it prints as errors.
            onFinished: Gets the exit status, and whether the child crashed.
        """
        self._onEvent, self._onText, self._onFinished = onEvent, onText, onFinished
        self._process: Any = None
        self._ended: Any = None
        self._cancelFile: Path | None = None
        self._killTimer: Any = None
        self._rest = {"out": b"", "err": b""}

    @property
    def running(self) -> bool:
        """Whether the child is alive."""
        return self._process is not None

    @property
    def processId(self) -> int:
        """The child's process number, 0 when there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def start(self, program: str, arguments: list[str], cancelFile: Path) -> None:
        """Start the child.

        Args:
            program: The Python to run.
            arguments: What follows it on the command line.
            cancelFile: The child stops when this file appears.
        """
        environment = qt.QProcessEnvironment.systemEnvironment()
        inherited = environment.value("PYTHONPATH", "")
        environment.insert("PYTHONPATH", os.pathsep.join(filter(None, (str(ModuleFolder), inherited))))
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert("PYTHONIOENCODING", "utf-8")
        self._cancelFile = cancelFile
        self._process = qt.QProcess()
        self._process.setProcessEnvironment(environment)
        self._process.setWorkingDirectory(str(cancelFile.parent))
        self._process.readyReadStandardOutput.connect(self._readOutput)
        self._process.readyReadStandardError.connect(self._readErrors)
        # Qt 5 has two signals of this name; only this one tells a crash.
        self._process.connect("finished(int,QProcess::ExitStatus)", self._finished)
        self._process.errorOccurred.connect(self._failed)
        self._process.start(program, arguments)

    def cancel(self) -> None:
        """Ask the child to stop; kill it if it does not.

        ``PythonSlicer`` is a launcher: killing it may leave the Python behind it alive. So the child looks for
        a file, and killing is only the back-up.
        """
        if self._process is None or self._cancelFile is None or self._killTimer is not None:
            return
        self._cancelFile.touch()
        self._killTimer = qt.QTimer()
        self._killTimer.setSingleShot(True)
        self._killTimer.timeout.connect(self._kill)
        self._killTimer.start(_PATIENCE_MS)

    def abandon(self) -> None:
        """End the child without waiting for its callbacks: the module or Slicer is closing."""
        process, self._process = self._process, None
        if process is None:
            return
        if self._cancelFile is not None and self._cancelFile.parent.is_dir():
            self._cancelFile.touch()
        if not process.waitForFinished(1000):
            process.kill()
            process.waitForFinished(1000)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _readOutput(self) -> None:
        if self._process is not None:
            self._take("out", bytes(self._process.readAllStandardOutput().data()))

    def _readErrors(self) -> None:
        if self._process is not None:
            self._take("err", bytes(self._process.readAllStandardError().data()))

    def _take(self, stream: str, data: bytes) -> None:
        """Cut what arrived into lines; half a line waits for its other half."""
        *lines, self._rest[stream] = (self._rest[stream] + data).split(b"\n")
        for line in lines:
            self._line(stream, line.decode("utf-8", errors="replace").rstrip())

    def _line(self, stream: str, text: str) -> None:
        if not text:
            return
        event: Any = None
        if stream == "out" and text.startswith("{"):
            try:
                event = json.loads(text)
            except ValueError:
                event = None
        if isinstance(event, dict) and "event" in event:
            self._onEvent(event)
        else:
            self._onText(text)

    def _failed(self, error: Any) -> None:
        """Report a child that did not even start; any other end comes through ``finished``."""
        if error == qt.QProcess.FailedToStart and self._process is not None:
            self._onText(str(self._process.errorString()))
            self._end(-1, crashed=False)

    def _finished(self, exitCode: int, exitStatus: Any = None) -> None:
        if self._process is None:
            return
        self._readOutput()
        self._readErrors()
        for stream in ("out", "err"):
            self._take(stream, b"\n")
        self._end(int(exitCode), crashed=exitStatus == qt.QProcess.CrashExit)

    def _end(self, exitCode: int, *, crashed: bool) -> None:
        if self._killTimer is not None:
            self._killTimer.stop()
            self._killTimer = None
        # Kept, for the process is still telling of its end: without an owner PythonQt would delete it at once.
        self._ended, self._process = self._process, None
        self._onFinished(exitCode, crashed)
