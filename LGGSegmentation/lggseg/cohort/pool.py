"""Processes of this machine that work on studies: one warm model each, bounded memory, and none outlives its parent.

A process that ends (a crash in a native library, no memory) costs the study it was at, and is replaced.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic

from lggseg.cohort.ledger import Record
from lggseg.cohort.work import Job, failure, work
from lggseg.model.threads import THREADS_VARIABLE

_CONTEXT = get_context("spawn")  # a forked process would inherit the locks of SimpleITK's threads
_TICK_SECONDS = 1.0
_THREADS_OF = (THREADS_VARIABLE, "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")

Work = Callable[[Job], Record]


@dataclass(frozen=True)
class Limits:
    """What a process may use.

    Attributes:
        threads: Threads of each process.
        memory_mb: Memory that a process may allocate beside its code, in megabytes; none where 0.
        seconds: Longest time for one study.
    """

    threads: int = 1
    memory_mb: int = 0
    seconds: float = 1800.0


@dataclass
class _Worker:
    """A process, and the study it is at."""

    process: BaseProcess
    pipe: Connection
    job: Job | None = None
    started: float = field(default_factory=monotonic)


def run_here(jobs: Iterator[Job], processes: int, limits: Limits, do: Work = work) -> Iterator[Record]:
    """Yield the record of each job as it is done, in any order.

    Args:
        jobs: Taken one by one as processes are free, so that there may be any number.
        processes: How many work at once.
        limits: Of each.
        do: The work; another one in tests.
    """
    workers: list[_Worker] = []
    try:
        while True:
            while len(workers) < processes and (job := next(jobs, None)) is not None:
                workers.append(_given(_start(limits, do), job))
            if not workers:
                return
            for worker in _ready(workers):
                record = _outcome(worker, limits)
                if record is None:
                    continue
                workers.remove(worker)
                yield record
                following = next(jobs, None)
                if following is None:
                    _end(worker)
                else:
                    alive = worker.process.is_alive()
                    workers.append(_given(worker if alive else _start(limits, do), following))
    finally:
        for worker in workers:
            _end(worker)


def _start(limits: Limits, do: Work) -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_serve, args=(theirs, limits, do), daemon=True)
    with _environment(dict.fromkeys(_THREADS_OF, str(limits.threads))):
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for a while: the runtimes of a new process read them when they are loaded."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _given(worker: _Worker, job: Job) -> _Worker:
    worker.job, worker.started = job, monotonic()
    with suppress(OSError):  # it has ended already: that shows as its outcome
        worker.pipe.send(job)
    return worker


def _ready(workers: list[_Worker]) -> list[_Worker]:
    """Return the workers that have something to say, have ended, or may have been too long at it."""
    watched = {source: worker for worker in workers for source in (worker.pipe, worker.process.sentinel)}
    spoken = wait(list(watched), timeout=_TICK_SECONDS)
    unique = {id(watched[source]): watched[source] for source in spoken}  # type: ignore[index]
    return list(unique.values()) or list(workers)


def _outcome(worker: _Worker, limits: Limits) -> Record | None:
    """Return what came of the study a worker is at, or None where it is still at it."""
    assert worker.job is not None
    if worker.pipe.poll():
        with suppress(EOFError, OSError):
            record: Record = worker.pipe.recv()
            return record
    if not worker.process.is_alive() or worker.pipe.closed:
        worker.process.join()
        return failure(worker.job, _ended(worker.process.exitcode))
    if monotonic() - worker.started > limits.seconds:
        _end(worker)
        return failure(worker.job, f"expected to be done within {limits.seconds:g} s, was not; see --timeout")
    return None


def _ended(status: int | None) -> str:
    how = f"status {status}"
    if status is not None and status < 0:
        with suppress(ValueError):
            how = signal.Signals(-status).name
    return f"the process that worked on it ended with {how}: a damaged file, or no memory (see --memory)"


def _end(worker: _Worker) -> None:
    """End a process now; what it has not finished was written nowhere."""
    with suppress(OSError):
        worker.pipe.close()
    worker.process.kill()
    worker.process.join()


def _serve(pipe: Connection, limits: Limits, do: Work) -> None:
    """Work in a process of its own until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=_follow_parent, daemon=True).start()
    limit_memory(limits.memory_mb)
    with suppress(EOFError, OSError):
        while True:
            pipe.send(do(pipe.recv()))


def _follow_parent() -> None:
    """End this process when its parent has ended, whatever it is at."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def limit_memory(megabytes: int) -> None:
    """Let this process allocate so much and no more, where the system can (Linux)."""
    if not megabytes or os.name == "nt":
        return
    import resource  # noqa: PLC0415

    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1_000_000, resource.getrlimit(resource.RLIMIT_DATA)[1]))
