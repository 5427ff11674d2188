"""Measure what a cohort costs: ``python tools/scale.py [-o FILE]``; docs/scale.md has the figures.

* throughput of ``lggseg cohort`` with two processes against two processes that know nothing of each other, both warm,
  taking turns;
* memory of one process over many studies;
* what a second study costs beside the network;
* peak memory of the command on large volumes.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import SimpleITK as sitk

from lggseg.cohort.pool import Limits, run_here
from lggseg.cohort.study_files import StudyFiles
from lggseg.cohort.work import Job, warm_model, work
from lggseg.model import preprocessing, segmenter
from lggseg.phantom.study import write_phantom
from lggseg.segmentation.request import Destination, SegmentRequest

LARGE = (320, 512)
_PROCESSES = 2


def job(flair: Path, folder: Path, number: int) -> Job:
    """Return the work on one study."""
    study = StudyFiles(f"s{number:04d}", "P", flair)
    destination = Destination(folder / study.key, overwrite=True)
    return Job(study, "", SegmentRequest(flair), destination, flair.parent, study.key)


def throughput(flair: Path, folder: Path, studies: int, rounds: int) -> dict[str, float]:
    """Return studies a second of the cohort and of independent processes, medians of rounds that take turns."""
    cohort, apart = [], []
    for n in range(rounds):
        cohort.append(_rate_of_cohort(flair, folder / f"c{n}", studies))
        apart.append(_rate_apart(flair, folder / f"a{n}", studies))
    ratio = median(one / other for one, other in zip(cohort, apart, strict=True))
    return {"cohort_per_second": median(cohort), "apart_per_second": median(apart), "ratio": ratio}


def _rate_of_cohort(flair: Path, folder: Path, studies: int) -> float:
    jobs: Iterator[Job] = (job(flair, folder, n) for n in range(studies + _PROCESSES))
    times = []
    for record in run_here(jobs, _PROCESSES, Limits(threads=1)):
        assert record["status"] == "done", record["reason"]
        times.append(time.perf_counter())
    return studies / (times[-1] - times[_PROCESSES - 1])  # the first of each loads the model


def _rate_apart(flair: Path, folder: Path, studies: int) -> float:
    context = get_context("spawn")
    barrier, results = context.Barrier(_PROCESSES + 1), context.Queue()
    share = studies // _PROCESSES
    workers = [
        context.Process(target=_apart, args=(flair, folder / str(n), share, barrier, results))
        for n in range(_PROCESSES)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    started = time.perf_counter()
    for _ in workers:
        results.get()
    seconds = time.perf_counter() - started
    for worker in workers:
        worker.join()
    return share * _PROCESSES / seconds


def _apart(flair: Path, folder: Path, studies: int, barrier: Any, results: Any) -> None:
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    model = warm_model(None, "auto")
    model.segment(flair).save(folder / "first")
    barrier.wait()
    for n in range(studies):
        model.segment(flair).save(folder / str(n))
    results.put(studies)


def memory_over(flair: Path, folder: Path, studies: int) -> list[float]:
    """Return the resident megabytes of this process after each of many studies."""
    seen = []
    for n in range(studies):
        work(job(flair, folder, n % 4))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        seen.append(pages * resource.getpagesize() / 1e6)
    return seen


def second_study(flair: Path, rounds: int) -> dict[str, float]:
    """Return seconds of a warm study and of its network alone."""
    model = warm_model(None, "auto")
    whole, network = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        result = model.segment(flair)
        whole.append(time.perf_counter() - started)
        prepared = preprocessing.prepare({"flair": result.flair})
        started = time.perf_counter()
        segmenter.predict_views(prepared, model.predictor)
        network.append(time.perf_counter() - started)
    rest = median(one - other for one, other in zip(whole, network, strict=True))
    return {"study_s": median(whole), "network_s": median(network), "beside_network_s": rest}


def peak_of_command(flair: Path, size: int, folder: Path) -> dict[str, float]:
    """Return peak megabytes and seconds of ``lggseg segment`` on a volume of so many voxels a side."""
    image = sitk.ReadImage(flair)
    extent = [count * edge for count, edge in zip(image.GetSize(), image.GetSpacing(), strict=True)]
    grid = sitk.Image([size] * 3, sitk.sitkInt16)
    grid.SetSpacing([length / size for length in extent])
    grid.SetOrigin(image.GetOrigin())
    grid.SetDirection(image.GetDirection())
    large = folder / f"{size}.nii"
    sitk.WriteImage(sitk.Resample(image, grid, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkInt16), large)
    command = [
        sys.executable,
        "-m",
        "lggseg",
        "segment",
        str(large),
        "-o",
        str(folder / str(size)),
        "--progress",
        "none",
    ]
    measuring = (
        "import resource, subprocess, sys, time; t = time.perf_counter(); subprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, time.perf_counter() - t)"
    )
    done = subprocess.run([sys.executable, "-c", measuring, *command], check=True, stdout=subprocess.PIPE, text=True)
    kilobytes, seconds = map(float, done.stdout.split())
    large.unlink()
    return {"peak_mb": kilobytes * 1024 / 1e6, "seconds": seconds}


def main() -> None:
    """Measure all and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, help="JSON file to write too")
    parser.add_argument("--studies", type=int, default=12, help="studies a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--many", type=int, default=200, help="studies that the memory is watched over")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flair = write_phantom(folder / "whole")["flair"]
        small = write_phantom(folder / "small", size=128, spacing_mm=(1.7, 1.7, 5.0))["flair"]
        seen = memory_over(small, folder / "many", options.many)
        shutil.rmtree(folder / "many")
        figures = {
            "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
            "throughput": throughput(flair, folder, options.studies, options.rounds),
            "memory_mb": {"after_20": seen[min(19, len(seen) - 1)], "after_all": seen[-1], "most": max(seen)},
            "second_study": second_study(flair, options.rounds),
            "large": {str(size): peak_of_command(flair, size, folder) for size in LARGE},
        }
    text = json.dumps(figures, indent=2)
    sys.stdout.write(f"{text}\n")
    if options.output:
        options.output.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
