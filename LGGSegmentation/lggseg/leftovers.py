"""Names of what is not whole yet, and the removal of what a killed process could not remove itself."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import secrets
import shutil
import time
from pathlib import Path

STAGE_PREFIX = ".lggseg-"
"""How the name of a file or folder begins that is not whole yet."""

STAGE_NAME = re.compile(rf"{re.escape(STAGE_PREFIX)}(?P<machine>[0-9a-f]{{8}})-(?P<process>\d+)-")
"""Beginning of such a name: the machine and the process that it is made by."""

_OLD_SECONDS = 86_400  # made by a process on another machine, of which nobody here can tell whether it lives


def new_name() -> str:
    """Return a name that nobody has, and that tells by which process it was made."""
    return f"{STAGE_PREFIX}{_machine()}-{os.getpid()}-{secrets.token_hex(4)}"


def sweep(folder: Path) -> None:
    """Remove what processes that were killed have left in a folder; what a living one makes stays."""
    with contextlib.suppress(OSError):
        for path in list(folder.glob(STAGE_PREFIX + "*")):
            if not _is_left(path):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _is_left(path: Path) -> bool:
    name = STAGE_NAME.match(path.name)
    if name is None:
        return False
    if name["machine"] == _machine() and os.name == "posix":
        return not _is_alive(int(name["process"]))
    return time.time() - path.stat().st_mtime > _OLD_SECONDS


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    # Linux alone tells one that has ended and whose parent never asks: in a container without init they stay for ever.
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in ("Z", "X")
    return True
