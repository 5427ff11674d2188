"""Standard output and error that cannot end a run: closed, full, or of an alphabet that lacks a letter."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any


def make_safe() -> None:
    """Make the three standard streams usable, whatever the caller handed over.

    Letters that a stream cannot show come out as escapes. A stream that was closed leads nowhere, so that no file
    opened later takes its number. What cannot be said on the error stream is lost without a word.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdout = _with_any_letter(sys.stdout, 1)
    sys.stderr = _Forgiving(_with_any_letter(sys.stderr, 2))


def flush_output() -> None:
    """Write what standard output still holds.

    Raises:
        OSError: If it is full, or nobody reads it any more.
    """
    sys.stdout.flush()


def abandon_output() -> None:
    """Let standard output lead nowhere, so that Python does not stumble over it once more at its end."""
    with contextlib.suppress(OSError, ValueError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _with_any_letter(stream: Any, number: int) -> Any:
    if stream is None:
        return os.fdopen(os.dup(number), "w", errors="backslashreplace", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


class _Forgiving:
    """A text stream whose own faults are nobody's concern."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
