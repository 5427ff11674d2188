"""Studies handed to the workers of a Dask scheduler, on one machine or many that share a file system.

Dask hands the work of a lost worker to another. Only the process that steers writes the ledger, once a study.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError as FutureCancelledError
from typing import Any

from lggseg.cohort.ledger import Record
from lggseg.cohort.pool import Work
from lggseg.cohort.work import Job, failure, work
from lggseg.errors import DependencyError, InputError

_AHEAD = 4
"""Studies that wait at the scheduler for each thread of a worker: enough to keep all busy, few enough for millions."""
_FEWEST_AHEAD = 16
_CONNECT_SECONDS = 30
_UNDER_WAY = ("pending", "lost")
"""A study that was done may be so again: its worker ended with the result, and Dask lets another one do it."""


def run_on_scheduler(jobs: Iterator[Job], address: str, do: Work = work) -> Iterator[Record]:
    """Yield the record of each job as it is done, in any order.

    Args:
        jobs: Taken as there is room at the scheduler.
        address: As Dask writes it, such as ``tcp://10.0.0.1:8786``; or the path of a scheduler file.
        do: The work; another one in tests.

    Raises:
        DependencyError: If Dask is not installed.
        InputError: If no scheduler answers.
    """
    client = _connected(address)
    from distributed import as_completed  # noqa: PLC0415

    waiting: dict[Any, Job] = {}
    done = as_completed(loop=client.loop)
    try:
        _fill(client, done, waiting, jobs, do)
        for future in done:
            if future.status in _UNDER_WAY:
                done.add(future)
                continue
            yield _outcome(future, waiting.pop(future))
            future.release()
            _fill(client, done, waiting, jobs, do)
    finally:
        client.cancel(list(waiting), force=True)
        client.close()


def _connected(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415
    except ImportError as error:
        msg = f"expected the package distributed ({error}); install it with: pip install 'lggseg[cluster]'"
        raise DependencyError(msg) from error
    try:
        if "://" in address or address.rpartition(":")[2].isdigit():
            return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        return Client(scheduler_file=address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        msg = f"--scheduler: expected a Dask scheduler at {address}, got «{error}»; start one with: dask scheduler"
        raise InputError(msg) from error


def _fill(client: Any, done: Any, waiting: dict[Any, Job], jobs: Iterator[Job], do: Work) -> None:
    room = max(_FEWEST_AHEAD, _AHEAD * sum(client.nthreads().values())) - len(waiting)
    for _ in range(room):
        job = next(jobs, None)
        if job is None:
            return
        # The key keeps one study from being submitted twice; the state is in it, so that a changed study is new.
        future = client.submit(do, job, key=f"lggseg-{job.study.key}-{job.state}", pure=False)
        waiting[future] = job
        done.add(future)


def _outcome(future: Any, job: Job) -> Record:
    if future.status == "finished":
        record: Record = future.result()
        return record
    if future.status == "cancelled":
        return failure(job, "cancelled at the scheduler")
    try:
        error = future.exception()
    except (OSError, FutureCancelledError) as lost:
        error = lost
    # After three workers have died over it, Dask gives a study up: it is likely to be the cause.
    return failure(job, f"the workers that were at it ended: {type(error).__name__}: {' '.join(str(error).split())}")
