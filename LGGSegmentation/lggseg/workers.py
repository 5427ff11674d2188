"""Work in several processes: they end with this one, and the crash of one costs its item and not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from lggseg.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 1  # items handed over beyond those in work, so that no process waits for this one


def run(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int, crashed: Callable[[Item], Result]
) -> Iterator[Result]:
    """Yield the results of a function for all items, as they are done.

    Args:
        function: At the top level of a module, or a partial of such a one: it goes to other processes.
        items: What it is called with.
        jobs: Number of processes.
        crashed: Makes the result of an item whose process ended: a fault of a library, or out of memory.

    Raises:
        InputError: If there is to be no process.
    """
    if jobs < 1:
        msg = f"--jobs: expected at least 1 process, got {jobs}"
        raise InputError(msg)
    return _run(function, list(items), jobs, crashed)


def _run(
    function: Callable[[Item], Result], left: list[Item], jobs: int, crashed: Callable[[Item], Result]
) -> Iterator[Result]:
    while left:
        suspects: list[Item] = []
        yield from _until_crash(function, left, jobs, suspects)
        for item in suspects:  # one by one, to learn which of them it was
            again: list[Item] = []
            yield from _until_crash(function, [item], 1, again)
            yield from (crashed(item) for item in again)


def _until_crash(
    function: Callable[[Item], Result], left: list[Item], jobs: int, suspects: list[Item]
) -> Iterator[Result]:
    """Take items from ``left`` until it is empty or a process ended; those in work then go to ``suspects``."""
    with _pool(min(jobs, len(left))) as pool:
        flying: dict[Future[Result], Item] = {}
        while left or flying:
            try:
                while left and len(flying) < jobs + _AHEAD:
                    flying[pool.submit(function, left[0])] = left[0]
                    left.pop(0)
            except BrokenProcessPool:
                pass  # the futures in flight say the same
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in done:
                item = flying.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    suspects.append(item)
                    continue
                yield result
            if suspects:
                suspects += flying.values()
                return


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool whose processes do not outlive the block, whatever ends it."""
    before = set(multiprocessing.active_children())
    # Fresh processes: a forked one would inherit the locks of SimpleITK's threads.
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    finished = False
    try:
        yield pool
        finished = True
    finally:
        if not finished:
            for process in set(multiprocessing.active_children()) - before:
                process.kill()
        pool.shutdown(wait=finished, cancel_futures=True)


def _begin() -> None:
    """Prepare a worker: the keyboard is its parent's business, and its parent's end its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
