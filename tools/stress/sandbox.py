"""A child process that takes one input after the other, watched from outside: it may crash or hang."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from lggseg.errors import LggsegError

LONGEST_SECONDS = 10.0
"""An input that is computed on for longer counts as a hang."""

_STARTING_SECONDS = 120.0
_MOST_PATIENCE = 12  # times as long as the clock of a busy machine may say

READ, REFUSED, UNCLEAR, TRACEBACK, CRASH, HANG, HALF = KINDS = (
    *("read", "refused", "unclear message", "traceback", "crash", "hang", "half output"),
)
FAULTS = (UNCLEAR, TRACEBACK, CRASH, HANG, HALF)


@dataclass(frozen=True)
class Verdict:
    """What came of one input."""

    kind: str
    detail: str = ""
    seconds: float = 0.0


class Sandbox:
    """Runs targets in a child; a new child takes the place of one that ended."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Any = None
        self._warm: set[str] = set()

    def run(self, target: str, path: Path, output: Path) -> Verdict:
        """Let a target use a file or folder, and say what came of it."""
        if self._process is None:
            self._start()
        if target not in self._warm:
            self._warm.add(target)
            self._ask((target, "", ""), _STARTING_SECONDS)
        started = time.monotonic()
        with contextlib.suppress(EOFError, OSError):
            answer = self._ask((target, str(path), str(output)), LONGEST_SECONDS)
            if answer is None:
                self._end()
                return Verdict(HANG, f"over {LONGEST_SECONDS:.0f} s", LONGEST_SECONDS)
            return Verdict(*answer, time.monotonic() - started)
        self._process.join(2)
        verdict = Verdict(CRASH, f"exit code {self._process.exitcode}", time.monotonic() - started)
        self._end()
        return verdict

    def close(self) -> None:
        """End the child."""
        if self._process is not None:
            self._end()

    def _ask(self, question: tuple[str, str, str], seconds: float) -> tuple[str, str] | None:
        """Return what the child answers, or None if it takes too long."""
        self._pipe.send(question)
        deadline, worked = time.monotonic() + _MOST_PATIENCE * seconds, self._worked()
        while not self._pipe.poll(seconds / 4):
            if self._worked() - worked > seconds or time.monotonic() > deadline:
                return None
        answer: tuple[str, str] = self._pipe.recv()
        return answer

    def _worked(self) -> float:
        """Return the seconds that the child has computed; on a busy machine they pass more slowly than time.

        Where the system does not tell, time itself is taken.
        """
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _start(self) -> None:
        self._warm.clear()
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other,), daemon=True)
        self._process.start()
        other.close()
        if not self._pipe.poll(_STARTING_SECONDS):
            msg = "the child process of the stress test did not start"
            raise RuntimeError(msg)
        self._pipe.recv()

    def _end(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()
        self._process = None


def _serve(pipe: Connection) -> None:
    from tools.stress.targets import TARGETS  # noqa: PLC0415  (the child alone needs all readers)

    targets = {target.name: target for target in TARGETS}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)  # decoders in C say a lot about damaged files
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (as long as the process lives)
    pipe.send("ready")
    while True:
        try:
            name, path, output = pipe.recv()
        except EOFError:
            return
        if path:
            pipe.send(_judge(targets[name].act, Path(path), Path(output)))
        else:
            pipe.send(_warm_up(targets[name]))


def _warm_up(target: Any) -> tuple[str, str]:
    """Use a whole input once, so that no damaged one is blamed for the seconds that libraries take to load."""
    with tempfile.TemporaryDirectory(prefix="stress-") as place:
        (Path(place) / "in").mkdir()
        verdict = _judge(target.act, target.original(Path(place) / "in"), Path(place) / "out")
    if verdict[0] != READ:
        msg = f"{target.name}: a whole input is not read: {verdict[1]}"
        raise RuntimeError(msg)
    return verdict


def _judge(act: Any, path: Path, output: Path) -> tuple[str, str]:
    """Use an input and judge what it ends in."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    try:
        act(path, output)
    except LggsegError as error:
        message = str(error)
        left = [file.name for file in output.rglob("*") if file.is_file() or file.name.startswith(".")]
        if left and "report.html" not in left:  # a whole report may say that nothing could be tested
            return HALF, f"{left[:3]} after: {message}"
        return (REFUSED if is_clear(message) else UNCLEAR), message
    except BaseException as error:  # noqa: BLE001  (whatever it is, it is a finding)
        place = next(_own_frames(error), "")
        return TRACEBACK, f"{type(error).__name__}: {error} ({place})"
    return READ, ""


def _own_frames(error: BaseException) -> Iterator[str]:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if "lggseg" in frame.filename:
            yield f"{Path(frame.filename).name}:{frame.lineno}"


def is_clear(message: str) -> bool:
    """Tell whether a message says what was expected, what came, and what to do."""
    return bool(re.search(r"expected\b.*(\bgot\b|\bfound\b|\(|«|:).*", message, re.DOTALL)) and ";" in message
