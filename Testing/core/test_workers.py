from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from places import CORE

from lggseg import workers
from lggseg.errors import InputError

DEADLY = 3


def double(number: int) -> int:
    if number == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def crashed(number: int) -> int:
    return -number


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_crash_costs_its_item_alone(jobs: int) -> None:
    results = sorted(workers.run(double, list(range(7)), jobs, crashed))
    assert results == sorted([0, 2, 4, -DEADLY, 8, 10, 12])


def test_no_process_is_refused() -> None:
    with pytest.raises(InputError, match="--jobs: expected at least 1 process, got 0"):
        workers.run(str, [1], 0, str)


def test_nothing_to_do() -> None:
    assert list(workers.run(double, [], 2, crashed)) == []


PROGRAM = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite that a shell runs in the background ignores it
sys.path.insert(0, {core!r})
from lggseg import workers
def sleep(seconds):
    open(os.path.join({folder!r}, str(os.getpid())), "w").close()
    time.sleep(60)
if __name__ == "__main__":
    list(workers.run(sleep, [1, 2, 3, 4], 2, sleep))
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes as Linux shows them")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path: Path, number: signal.Signals) -> None:
    script, folder = tmp_path / "program.py", tmp_path / "pids"
    folder.mkdir()
    script.write_text(PROGRAM.format(core=str(CORE.parent), folder=str(folder)))
    process = subprocess.Popen([sys.executable, script], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while len(list(folder.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    children = [int(path.name) for path in folder.iterdir()]
    assert len(children) == 2
    process.send_signal(number)
    process.wait(timeout=30)
    deadline = time.monotonic() + 10
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, children))
