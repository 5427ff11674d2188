"""How many threads this process may use: all cores it is allowed, or what LGGSEG_THREADS says."""

from __future__ import annotations

import os

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
