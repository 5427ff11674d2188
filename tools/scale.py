"""Measure what a cohort costs: ``python -m tools.scale -o scale.json --page docs/scale.md``.

In one run, one thread a process:

* throughput of ``lggseg cohort`` with two processes against two processes that know nothing of each other, both warm,
  taking turns;
* memory of one process over many studies;
* processor time and disk of a study of thick and of thin slices, and what a second study costs beside the network;
* peak memory of the command on large volumes.

Writes JSON, says which targets are met, and puts the tables into the page. The machine should have nothing else to do:
what it was busy with at the start stands in the result.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
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
from lggseg.files import write_text
from lggseg.model import preprocessing, segmenter
from lggseg.model.threads import THREADS_VARIABLE, processor_name, usable_cores
from lggseg.phantom.study import write_phantom
from lggseg.segmentation.request import Destination, SegmentRequest
from tools.scale_page import MARKS, missed_targets, text_of

LARGE = (320, 512)
_PROCESSES = 2
_FLAT_FROM = 20
THICK: dict[str, Any] = {}
THIN: dict[str, Any] = {"slices": 155, "size": 240, "spacing_mm": (1.0, 1.0, 1.0)}
SMALL: dict[str, Any] = {"size": 128, "spacing_mm": (1.7, 1.7, 5.0)}


def job(flair: Path, folder: Path, number: int) -> Job:
    """Return the work on one study."""
    study = StudyFiles(f"s{number:04d}", "P", flair)
    destination = Destination(folder / study.key, overwrite=True)
    return Job(study, "", SegmentRequest(flair), destination, flair.parent, study.key)


def throughput(flair: Path, folder: Path, studies: int, rounds: int) -> dict[str, Any]:
    """Return studies a second of the cohort and of independent processes, which take turns, and their ratio."""
    cohort, apart = [], []
    for n in range(rounds):
        cohort.append(_rate_of_cohort(flair, folder / f"c{n}", studies))
        apart.append(_rate_apart(flair, folder / f"a{n}", studies))
    ratios = [round(one / other, 3) for one, other in zip(cohort, apart, strict=True)]
    return {
        "cohort_per_second": median(cohort),
        "apart_per_second": median(apart),
        "ratio": median(ratios),
        "ratios": ratios,
    }


def _rate_of_cohort(flair: Path, folder: Path, studies: int) -> float:
    jobs: Iterator[Job] = (job(flair, folder, n) for n in range(studies + _PROCESSES))
    times = []
    for record in run_here(jobs, _PROCESSES, Limits(threads=1)):
        assert record["status"] == "done", record["reason"]
        times.append(time.perf_counter())
    shutil.rmtree(folder)
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
    shutil.rmtree(folder)
    return share * _PROCESSES / seconds


def _apart(flair: Path, folder: Path, studies: int, barrier: Any, results: Any) -> None:
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    model = warm_model(None, "auto")
    model.segment(flair).save(folder / "first")
    barrier.wait()
    for n in range(studies):
        model.segment(flair).save(folder / str(n))
    results.put(studies)


def memory_over(flair: Path, folder: Path, studies: int) -> dict[str, float]:
    """Return megabytes of this process over many studies: medians of an early and of the last quarter, and the most.

    Counted is what the process has written; pages of files (libraries, weights) come and go as the system likes.
    """
    seen = []
    for n in range(studies):
        work(job(flair, folder, n % 4))
        seen.append(_written_megabytes())
    quarter = max(1, studies // 4)
    early = seen[_FLAT_FROM:][:quarter] or seen
    return {"studies": studies, "early": median(early), "late": median(seen[-quarter:]), "most": max(seen)}


def _written_megabytes() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) * 1024 / 1e6


def cost_of(flair: Path, folder: Path, rounds: int) -> dict[str, float]:
    """Return processor seconds of a warm study, of its network, and of writing, its disk, and seconds by the clock."""
    model = warm_model(None, "auto")
    model.segment(flair).save(folder / "first")
    whole, network, writing, beside = [], [], [], []
    for n in range(rounds):
        (result, study_cpu, study_clock) = _timed(lambda: model.segment(flair))
        prepared = preprocessing.prepare({"flair": result.flair})
        (_, network_cpu, network_clock) = _timed(lambda at=prepared: segmenter.predict_views(at, model.predictor))
        (_, writing_cpu, _) = _timed(lambda of=result, to=folder / str(n): of.save(to))
        whole.append(study_cpu)
        network.append(network_cpu)
        writing.append(writing_cpu)
        beside.append(study_clock - network_clock)
    size = sum(file.stat().st_size for file in (folder / "first").rglob("*") if file.is_file())
    shutil.rmtree(folder)
    return {
        "study_cpu_s": median(whole),
        "network_cpu_s": median(network),
        "writing_cpu_s": median(writing),
        "beside_network_s": median(beside),
        "disk_mb": size / 1e6,
    }


def _timed(action: Any) -> tuple[Any, float, float]:
    """Return what an action returns, its processor seconds and its seconds by the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    found = action()
    return found, time.process_time() - cpu, time.perf_counter() - clock


def peak_of_command(flair: Path, size: int, folder: Path) -> dict[str, float]:
    """Return peak megabytes and seconds of ``lggseg segment`` on a volume of so many voxels a side."""
    large = _large_volume(flair, size, folder)
    command = [sys.executable, "-m", "lggseg", "segment", str(large), "-o", str(folder / str(size))]
    measuring = (
        "import resource, subprocess, sys, time; t = time.perf_counter(); subprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, time.perf_counter() - t)"
    )
    whole = [sys.executable, "-c", measuring, *command, "--progress", "none"]
    # On all cores, as a person runs it.
    environment = {name: value for name, value in os.environ.items() if name != THREADS_VARIABLE}
    done = subprocess.run(whole, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    kilobytes, seconds = map(float, done.stdout.split())
    large.unlink()
    return {"peak_mb": kilobytes * 1024 / 1e6, "seconds": seconds}


def _large_volume(flair: Path, size: int, folder: Path) -> Path:
    """Write the head on a grid of so many voxels a side."""
    image = sitk.ReadImage(flair)
    extent = [count * edge for count, edge in zip(image.GetSize(), image.GetSpacing(), strict=True)]
    grid = sitk.Image([size] * 3, sitk.sitkInt16)
    grid.SetSpacing([length / size for length in extent])
    grid.SetOrigin(image.GetOrigin())
    grid.SetDirection(image.GetDirection())
    large = folder / f"{size}.nii"
    sitk.WriteImage(sitk.Resample(image, grid, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkInt16), large)
    return large


def machine() -> dict[str, Any]:
    """Return what computes, and how busy it was with other work."""
    return {
        "processor": processor_name(),
        "cores": usable_cores(),
        "system": f"{platform.system()}, Python {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return all figures."""
    about = machine()
    os.environ[THREADS_VARIABLE] = "1"  # of every process that is compared
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    thick, thin, small = (
        write_phantom(folder / name, **sizes)["flair"]
        for name, sizes in (("thick", THICK), ("thin", THIN), ("small", SMALL))
    )
    return {
        "machine": about,
        "memory_mb": memory_over(small, folder / "many", options.many),
        "thick": cost_of(thick, folder / "thick-results", options.rounds),
        "thin": cost_of(thin, folder / "thin-results", options.rounds),
        "throughput": throughput(thick, folder, options.studies, options.rounds),
        "large": {str(size): peak_of_command(thick, size, folder) for size in LARGE},
    }


def main() -> None:
    """Measure all, print JSON, and write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, help="JSON file to write")
    parser.add_argument("--page", type=Path, help="page whose figures are replaced: docs/scale.md")
    parser.add_argument("--studies", type=int, default=12, help="studies a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--many", type=int, default=200, help="studies that the memory is watched over")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = measure(Path(name), options)
    text = json.dumps(figures, indent=2)
    sys.stdout.write(f"{text}\n")
    for target in missed_targets(figures):
        sys.stdout.write(f"missed: {target}\n")
    if options.output:
        write_text(options.output, f"{text}\n")
    if options.page:
        MARKS.renew(options.page, text_of(figures))


if __name__ == "__main__":
    main()
