"""The process of one session: started when its browser first comes, ended with the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lggseg.errors import DependencyError

SECRET_VARIABLE = "LGGSEG_APP_SECRET"
SECRET_HEADER = "X-Lggseg-App"
"""The gateway sends the session's secret with each request, so that nobody else on this computer gets in beside it."""

_START_SECONDS = 300.0  # on a busy computer; a process that ended is told at once
_GRACE_SECONDS = 3.0

Command = Sequence[str]


def session_command(study: Path | None = None) -> list[str]:
    """Return the command of a session."""
    return [sys.executable, "-m", "lggseg_app.session", *([str(study)] if study else [])]


@dataclass
class Child:
    """A session's process.

    Attributes:
        port: Where it listens, on this computer alone.
        secret: What it wants to see in each request.
        folder: Its files; gone when it ends.
        reading: Reads what it says; held here, because a task that nobody holds may be collected.
    """

    process: asyncio.subprocess.Process
    port: int
    secret: str
    folder: Path
    reading: asyncio.Task[None]

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.returncode is None

    async def end(self) -> None:
        """End the process and remove its files."""
        if self.alive:
            if self.process.stdin is not None:
                self.process.stdin.close()  # it ends by itself when its gateway is gone
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), _GRACE_SECONDS)
            except TimeoutError:
                self.process.kill()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.process.wait(), _GRACE_SECONDS)
        self.reading.cancel()
        shutil.rmtree(self.folder, ignore_errors=True)


async def start_child(command: Command) -> Child:
    """Start a session and wait until it listens.

    Args:
        command: What to run: it prints one line of JSON with its ``port``.

    Raises:
        DependencyError: If it ends, or says nothing in time.
    """
    folder = Path(tempfile.mkdtemp(prefix="lggseg-app-"))
    secret = secrets.token_urlsafe(32)
    # The thread of Mesa's shader cache runs at the lowest priority: a busy computer would let it outlive its process.
    own = {SECRET_VARIABLE: secret, "TMPDIR": str(folder), "MESA_SHADER_CACHE_DISABLE": "true"}
    environment = {**os.environ, **own}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=pipe, stdout=pipe)
    stream = process.stdout
    assert stream is not None  # it was asked for
    try:
        port = await asyncio.wait_for(_read_port(stream), _START_SECONDS)
    except (TimeoutError, ValueError) as error:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        msg = "the session did not start; see the lines above, and install what it needs with: pip install lggseg[app]"
        raise DependencyError(msg) from error
    return Child(process, port, secret, folder, asyncio.create_task(_drain(stream)))


async def _read_port(stream: asyncio.StreamReader) -> int:
    """Read lines until one is JSON with a port."""
    while line := await stream.readline():
        with contextlib.suppress(ValueError, TypeError, KeyError):
            return int(json.loads(line)["port"])
    msg = "no port"
    raise ValueError(msg)


async def _drain(stream: asyncio.StreamReader) -> None:
    """Read what else it says, so that it never waits for us."""
    while await stream.read(1 << 16):
        pass
