"""``lggseg cohort IN -o OUT``: all studies in a folder, on the cores of this machine or through a Dask scheduler."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lggseg.errors import InputError
from lggseg.model.postprocessing import COMPONENTS
from lggseg.model.predictor import RUNTIMES
from lggseg.model.threads import usable_cores
from lggseg.segmentation.progress import STYLES
from lggseg.segmentation.request import FORMATS, SegmentRequest

if TYPE_CHECKING:
    from lggseg.cohort.pool import Limits

_MEMORY_SHARE = 0.8
_TIMEOUT_SECONDS = 1800.0
_CLEAR = "\r\x1b[2K"
_SAID_EVERY_SECONDS = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = (
        "Segments all studies below a folder: NIfTI, NRRD and MetaImage files, DICOM and TIFF folders in any mix, or a "
        "BIDS data set, whose results are BIDS derivatives. Writes one folder of results a study, studies.jsonl with "
        "one line a study, cohort.csv, and index.html to leaf through, the most doubtful results first. A study that "
        "cannot be segmented is a row with its reason. The same command again goes on where it was stopped."
    )
    parser.add_argument("studies", type=Path, metavar="IN", help="folder of studies")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="folder for the results")
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="format of the masks (default: nii.gz)")
    parser.add_argument("--probability", action="store_true", help="write probability maps too")
    parser.add_argument("--register", action="store_true", help="move T1 volumes rigidly onto FLAIR first")
    parser.add_argument(
        "--spacing", nargs=3, type=float, metavar=("X", "Y", "Z"), help="voxel size in mm of studies that store none"
    )
    parser.add_argument(
        "--series", metavar="TEXT", help="a part of the description of the FLAIR series of DICOM studies"
    )
    parser.add_argument("--force", action="store_true", help="segment what is certainly no FLAIR volume all the same")
    parser.add_argument("--threshold", type=float, help="probability from which a voxel counts (default: the model's)")
    parser.add_argument("--components", choices=COMPONENTS, help="pieces to keep (default: the model's)")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="another model: a run of training/train.py")
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto", help="default: auto")
    parser.add_argument(
        "--patient", metavar="REGEX", help="rule for the patient in a name; default as in lggseg features"
    )
    parser.add_argument("--retry", action="store_true", help="try studies again that failed before")
    parser.add_argument("--overwrite", action="store_true", help="begin anew where OUT holds results of other settings")
    parser.add_argument(
        "--with-paths",
        action="store_true",
        help="name the inputs in the reports by their whole paths, whosever they are",
    )
    parser.add_argument("--progress", choices=STYLES, default="bar", help="a line, JSON lines, or nothing")
    machine = parser.add_argument_group("where the work is done")
    machine.add_argument("--jobs", type=int, metavar="N", help="processes at once (default: one for every core)")
    machine.add_argument("--threads", type=int, metavar="N", help="threads of each (default: the cores shared out)")
    machine.add_argument(
        "--memory",
        type=int,
        metavar="MB",
        help="memory of each, on Linux (default: four fifths of the machine's, shared)",
    )
    machine.add_argument("--timeout", type=float, metavar="S", help="longest time a study (default: 1800)")
    machine.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="hand the work to the workers of this Dask scheduler (tcp://HOST:8786, or its scheduler file) instead; "
        "they need the same paths and have limits of their own, see docs/scale.md",
    )


def run(options: argparse.Namespace) -> int:
    """Segment the cohort; the exit status is 2 only where not one study has a result."""
    from lggseg.cohort.run import CohortRequest, run_cohort  # noqa: PLC0415  (not for --help)

    jobs, limits = _limits(options)
    template = SegmentRequest(
        flair=options.studies,
        register=options.register,
        spacing=tuple(options.spacing) if options.spacing else None,
        threshold=options.threshold,
        components=options.components,
        model=options.model.absolute() if options.model else None,
        runtime=options.runtime,
        series=options.series,
        force=options.force,
        with_paths=options.with_paths,
    )
    request = CohortRequest(
        options.studies.absolute(), options.output.absolute(), template, options.format, options.probability,
        options.patient, jobs, limits, options.scheduler, options.retry,
        options.overwrite,
    )  # fmt: skip
    outcome = run_cohort(request, _Telling(options.progress))
    done = len(outcome.records) - len(outcome.failed)
    if options.progress == "json":
        _json(event="result", done=done, failed=len(outcome.failed), page=str(outcome.page))
    else:
        sys.stdout.write(f"{outcome.page}: {done} of {len(outcome.records)} studies segmented. Research use only.\n")
    return 0 if done else 2


def _limits(options: argparse.Namespace) -> tuple[int, Limits]:
    """Return how many processes work here, and what each may use."""
    from lggseg.cohort.pool import Limits  # noqa: PLC0415  (not for --help)

    given = [name for name in ("jobs", "threads", "memory", "timeout") if getattr(options, name) is not None]
    if options.scheduler is not None and given:
        named = ", ".join(f"--{name}" for name in given)
        msg = f"{named}: expected no limits beside --scheduler, got some: they are set where Dask's workers are started"
        raise InputError(msg)
    jobs = usable_cores() if options.jobs is None else options.jobs
    threads = max(1, usable_cores() // max(jobs, 1)) if options.threads is None else options.threads
    timeout = _TIMEOUT_SECONDS if options.timeout is None else options.timeout
    memory = _memory_share(jobs) if options.memory is None else options.memory
    for name, value, least in (
        ("jobs", jobs, 1),
        ("threads", threads, 1),
        ("timeout", timeout, 1),
        ("memory", memory, 0),
    ):
        if not value >= least:  # NaN is none either
            msg = f"--{name}: expected at least {least}, got {value:g}"
            raise InputError(msg)
    return jobs, Limits(threads, memory, timeout)


def _memory_share(jobs: int) -> int:
    """Return the megabytes that each process may use, or 0 where the system does not say how many there are."""
    import os  # noqa: PLC0415

    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
    return int(_MEMORY_SHARE * whole / 1e6 / max(jobs, 1))


class _Telling:
    """Says how far the run is: a line that is written over on a terminal, a line now and then elsewhere, or JSON."""

    def __init__(self, style: str) -> None:
        self._style = style
        self._started = self._said = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int, failed: int, total: int, record: dict[str, object] | None) -> None:
        if self._first is None:
            self._first = done
        if self._style == "json":
            study = {} if record is None else {name: record[name] for name in ("study", "status", "reason")}
            _json(event="progress", done=done, failed=failed, total=total, **study)
        elif self._style == "bar":
            self._line(done, failed, total, record)

    def _line(self, done: int, failed: int, total: int, record: dict[str, object] | None) -> None:
        terminal = sys.stderr.isatty()
        if record is not None and record["reason"]:
            sys.stderr.write(f"{_CLEAR * terminal}{record['study']}: {record['reason']}\n")
        now = time.monotonic()
        if not terminal and done != total and now - self._said < _SAID_EVERY_SECONDS:
            return
        self._said = now
        rate = (done - (self._first or 0)) / max(now - self._started, 1e-3)
        left = f", {_duration((total - done) / rate)} left" if rate and done < total else ""
        text = f"{done} of {total} studies, {failed} without a result, {rate * 60:.0f} a minute{left}"
        sys.stderr.write(f"{_CLEAR}{text}{chr(10) * (done == total)}" if terminal else f"{text}\n")
        sys.stderr.flush()


def _duration(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{max(minutes, 1)} min"


def _json(**content: object) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()
