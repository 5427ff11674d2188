"""Work on the studies of a cohort that takes no model: what happens is in the name of the study."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from lggseg.cohort.study_files import StudyFiles
from lggseg.cohort.work import Job
from lggseg.segmentation.request import Destination, SegmentRequest


def job(name: str, folder: Path) -> Job:
    """Return a job without files."""
    study = StudyFiles(name, name, folder / name)
    return Job(study, "state", SegmentRequest(study.flair), Destination(folder), folder, name)


def do(one: Job) -> dict[str, object]:
    """Do what the name says, and leave a trace beside the study each time."""
    name = one.study.key
    with (one.root / f"{name}.trace").open("a") as trace:
        trace.write(f"{os.getpid()}\n")
    if name.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("hang"):
        time.sleep(60)
    if name.startswith("huge"):
        np.zeros(2_000_000_000, np.uint8).fill(1)
    time.sleep(0.2 if name.startswith("slow") else 0.01)
    return {"study": name, "status": "done", "reason": "", "process": os.getpid()}
