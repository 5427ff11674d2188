"""The work on one study of a cohort, in whatever process it is done: never an exception, always a record.

The model stays loaded from study to study.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from lggseg.cohort import bids
from lggseg.cohort.ledger import DONE, FAILED, Record
from lggseg.cohort.study_files import StudyFiles
from lggseg.errors import LggsegError
from lggseg.segmentation.request import Destination, SegmentRequest

if TYPE_CHECKING:
    from lggseg.segmentation.pipeline import Model
    from lggseg.segmentation.result import SegmentResult

_LOADING = Lock()
_TRIMMED_ABOVE_MB = 600.0


@dataclass(frozen=True)
class Derivative(Destination):
    """A destination whose files are called as BIDS calls derivatives.

    Attributes:
        stem: What all names begin with.
    """

    stem: str = ""

    @property
    def names(self) -> dict[str, str]:
        """Names of the files, by what they hold."""
        names = bids.names(self.stem, self.format)
        return {name: names[name] for name in super().names}


@dataclass(frozen=True)
class Job:
    """What a process needs to know to work on one study.

    Attributes:
        study: Its files.
        state: Of its inputs, see ``StudyFiles.state``.
        request: What to do with it.
        destination: Where its results go.
        root: Folder of the cohort; paths in records are relative to it.
        place: Folder of its results, relative to that of all results.
    """

    study: StudyFiles
    state: str
    request: SegmentRequest
    destination: Destination
    root: Path
    place: str


def work(job: Job) -> Record:
    """Segment one study, write its results, and return its line of the ledger."""
    started = time.time()
    try:
        done = _segmented(job)
    except (LggsegError, ArithmeticError, ValueError, LookupError, TypeError, RuntimeError, OSError) as error:
        status = error.exit_status if isinstance(error, LggsegError) else LggsegError.exit_status
        done = {"status": FAILED, "reason": _reason(error, job.root), "exit_status": status}
    except MemoryError:
        done = {"status": FAILED, "reason": "expected to fit into the memory allowed, got a larger study; allow more"}
    release_memory()
    return {**_about(job), **done, "seconds": round(time.time() - started, 3), "process": os.getpid()}


def failure(job: Job, reason: str) -> Record:
    """Return the line of a study whose process ended or was ended."""
    return {**_about(job), "status": FAILED, "reason": reason}


def _about(job: Job) -> Record:
    study = job.study
    inputs = {name: getattr(study, name) for name in ("flair", "pre", "post")}
    return {
        "study": study.key,
        "patient": study.patient,
        "session": study.session,
        "date": study.date,
        "inputs": {name: path.relative_to(job.root).as_posix() for name, path in inputs.items() if path is not None},
        "state": job.state,
        "results": job.place,
    }


def _segmented(job: Job) -> Record:
    from lggseg.segmentation.pipeline import run_pipeline  # noqa: PLC0415  (SimpleITK and scipy: not for --help)
    from lggseg.segmentation.result import write  # noqa: PLC0415

    model = warm_model(job.request.model, job.request.runtime)
    result = run_pipeline(job.request, model=model)
    result.report.notes[:0] = job.study.notes
    files = write(result, replace(job.destination, overwrite=True))
    if isinstance(job.destination, Derivative):
        _write_sidecar(job, result)
    return _record(result, files)


def _record(result: SegmentResult, files: Mapping[str, Path]) -> Record:
    report = result.report
    return {
        "status": DONE,
        "reason": "",
        "found": result.found,
        "measurements": report.measurements,
        "doubt": report.doubt,
        "certainty": round(result.segmentation.signs.certainty, 4),
        "notes": report.notes,
        "files": {name: path.name for name, path in files.items()},
        "inputs_described": report.inputs,
        "model": report.model,
        "stages": report.seconds,
    }


def _write_sidecar(job: Job, result: SegmentResult) -> None:
    from lggseg.files import write_text  # noqa: PLC0415

    name = bids.names(job.study.stem, job.destination.format)["sidecar"]
    made = {"Model": result.report.model, "Threshold": result.report.threshold}
    write_text(job.destination.folder / name, bids.sidecar(job.study.flair, job.root, made))


def warm_model(folder: Path | None, runtime: str) -> Model:
    """Return the model of this process, loaded once."""
    with _LOADING:  # threads of one Dask worker
        return _load(folder, runtime)


@lru_cache(maxsize=1)
def _load(folder: Path | None, runtime: str) -> Model:
    from lggseg.segmentation.pipeline import load_model  # noqa: PLC0415

    return load_model(folder, runtime)


def release_memory() -> None:
    """Give memory back to the system that the C library keeps for later, where a large study has left much of it."""
    import gc  # noqa: PLC0415

    gc.collect()
    if _resident_mb() > _TRIMMED_ABOVE_MB:
        import ctypes  # noqa: PLC0415

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _resident_mb() -> float:
    """Return the memory of this process in megabytes, 0 where the system does not say (only Linux does so)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _reason(error: BaseException, root: Path) -> str:
    """Return what went wrong, with paths as they are below the folder of the cohort."""
    text = " ".join(str(error).split())
    for place in (root, root.resolve()):  # a link may lie in the way
        text = text.replace(f"{place}{os.sep}", "")
    text = text or type(error).__name__
    return text if isinstance(error, LggsegError) else f"{type(error).__name__}: {text}"
