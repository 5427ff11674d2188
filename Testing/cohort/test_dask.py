"""Studies handed to a Dask scheduler."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import pytest
from cohort_work import do, job
from places import MODULE, ROOT

from lggseg.cli import main
from lggseg.cohort.dask_runner import run_on_scheduler
from lggseg.errors import InputError
from lggseg.phantom.study import write_phantom

pytest.importorskip("distributed", reason="an extra: cluster")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")]

FEW_SECONDS = 60


def start(stack, *words):
    path = os.pathsep.join(map(str, (MODULE, ROOT / "Testing" / "support")))
    process = subprocess.Popen(
        [sys.executable, "-m", *map(str, words)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers of one thread each; give its address, the workers, and how to start another."""
    with ExitStack() as stack:
        file = tmp_path / "scheduler.json"
        start(stack, "distributed.cli.dask_scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", file)
        deadline = time.monotonic() + FEW_SECONDS
        while not (file.is_file() and file.read_text(encoding="utf-8")) and time.monotonic() < deadline:
            time.sleep(0.05)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]

        def worker(name):
            options = ("--nthreads", 1, "--no-dashboard", "--no-nanny", "--local-directory", tmp_path / name)
            return start(stack, "distributed.cli.dask_worker", address, *options)

        yield address, [worker("one"), worker("two")], worker


def test_a_worker_that_is_killed_loses_nothing_and_nothing_is_counted_twice(cluster, tmp_path):
    address, workers, _ = cluster
    names = [f"slow{n}" for n in range(30)]
    records = []
    for record in run_on_scheduler(iter([job(name, tmp_path) for name in names]), address, do):
        records.append(record)
        if len(records) == 8:
            time.sleep(2)  # it dies with results that nobody has fetched yet, too
            workers[0].send_signal(signal.SIGKILL)
    assert sorted(record["study"] for record in records) == sorted(names)
    assert [record["reason"] for record in records if record["status"] != "done"] == []
    assert len({record["process"] for record in records}) == 2  # both have worked


def test_a_cohort_through_the_command(cluster, tmp_path, capsys):
    address, workers, _ = cluster
    flair = write_phantom(tmp_path / "phantom", size=96, slices=8, spacing_mm=(2.3, 2.3, 16.0))["flair"]
    studies, out = tmp_path / "in", tmp_path / "out"
    studies.mkdir()
    for n in range(6):
        shutil.copy(flair, studies / f"P{n}_flair.nii.gz")
    killer = threading.Timer(4.0, workers[0].kill)  # while it loads the model, or is at a study
    killer.start()
    assert main(["cohort", str(studies), "-o", str(out), "--scheduler", address, "--progress", "none"]) == 0
    killer.cancel()
    assert "6 of 6 studies segmented" in capsys.readouterr().out
    lines = [json.loads(line) for line in (out / "studies.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["study"] for line in lines] == [f"P{n}_flair" for n in range(6)]
    assert os.getpid() not in {line["process"] for line in lines}


def test_a_study_that_takes_workers_down_is_a_row(cluster, tmp_path):
    address, _, worker = cluster
    for n in range(3):
        worker(f"more{n}")
    records = list(run_on_scheduler(iter([job("crash", tmp_path), job("a", tmp_path)]), address, do))
    found = {record["study"]: record for record in records}
    assert found["a"]["status"] == "done"
    assert "KilledWorker" in found["crash"]["reason"]


def test_no_scheduler_there(tmp_path, monkeypatch):
    monkeypatch.setattr("lggseg.cohort.dask_runner._CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match=r"expected a Dask scheduler at tcp://127\.0\.0\.1:9, got"):
        next(run_on_scheduler(iter([job("a", tmp_path)]), "tcp://127.0.0.1:9", do))
