"""How many threads this process may use: all cores it is allowed, or what LGGSEG_THREADS says."""

from __future__ import annotations

import os
import platform
from pathlib import Path

THREADS_VARIABLE = "LGGSEG_THREADS"
"""Environment variable with the number of threads; a cohort sets it for each of its processes."""


def usable_cores() -> int:
    """Return how many threads are worth having in this process."""
    wanted = os.environ.get(THREADS_VARIABLE, "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_name() -> str:
    """Return what the processor calls itself; its architecture where it says nothing."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
