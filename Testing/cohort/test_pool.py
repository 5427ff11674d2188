"""Processes that work on studies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from cohort_work import do, job
from places import MODULE, ROOT

from lggseg.cohort.pool import Limits, run_here

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def outcomes(names, folder, processes=2, **limits):
    records = run_here(iter([job(name, folder) for name in names]), processes, Limits(**limits), do)
    return {record["study"]: record for record in records}


def traces(folder):
    return {path.stem: len(path.read_text(encoding="utf-8").split()) for path in folder.glob("*.trace")}


def test_every_job_is_done_once_by_warm_processes(tmp_path):
    found = outcomes([f"a{n}" for n in range(12)], tmp_path)
    assert len(found) == 12
    assert traces(tmp_path) == {f"a{n}": 1 for n in range(12)}
    assert len({record["process"] for record in found.values()}) <= 2


def test_what_takes_a_process_down_costs_one_study(tmp_path):
    found = outcomes(["a0", "crash", "a1", "a2", "hang", "a3"], tmp_path, seconds=2.0)
    assert {name for name, record in found.items() if record["status"] == "done"} == {"a0", "a1", "a2", "a3"}
    assert "ended with SIGSEGV: a damaged file, or no memory" in found["crash"]["reason"]
    assert "expected to be done within 2 s, was not; see --timeout" in found["hang"]["reason"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux only")
def test_memory_is_bounded(tmp_path):
    found = outcomes(["huge", "a"], tmp_path, processes=1, memory_mb=1000)
    assert found["huge"]["status"] == "failed"
    assert found["a"]["status"] == "done"


def test_no_process_outlives_a_parent_that_is_killed(tmp_path):
    script = (
        "from pathlib import Path\nfrom cohort_work import do, job\nfrom lggseg.cohort.pool import Limits, run_here\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "if __name__ == '__main__':\n"
        "    list(run_here(iter([job('hang', folder), job('hang2', folder)]), 2, Limits(), do))\n"
    )
    (tmp_path / "script.py").write_text(script)
    path = os.pathsep.join(map(str, (MODULE, ROOT / "Testing" / "support")))
    parent = subprocess.Popen([sys.executable, tmp_path / "script.py"], env={**os.environ, "PYTHONPATH": path})
    deadline = time.monotonic() + 30
    while len(traces(tmp_path)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    children = [int(trace.read_text(encoding="utf-8")) for trace in tmp_path.glob("*.trace")]
    assert len(children) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 5
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, children))


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = f"/proc/{process}/stat"
    if os.path.exists(stat):  # noqa: PTH110
        with open(stat) as stream:  # noqa: PTH123
            return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
    return True
