"""A cohort from a folder of studies to a folder of results; a run that was stopped goes on where it was."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import lggseg
from lggseg.cohort import bids
from lggseg.cohort.ledger import FAILED, LEDGER, Ledger, Record
from lggseg.cohort.pool import Limits, run_here
from lggseg.cohort.studies import Found, find_studies
from lggseg.cohort.study_files import StudyFiles
from lggseg.cohort.summary import write_summary
from lggseg.cohort.work import Derivative, Job
from lggseg.errors import InputError
from lggseg.files import write_text
from lggseg.leftovers import STAGE_PREFIX
from lggseg.model.bundle import ONNX_FILE, load_bundle
from lggseg.segmentation.request import Destination, SegmentRequest
from lggseg.volumes.given_spacing import IfNeeded

SETTINGS = "cohort.json"
STUDIES_FOLDER = "studies"
_KEPT = (
    "model",
    "threshold",
    "components",
    "least_peak",
    "register",
    "spacing",
    "series",
    "force",
    "with_paths",
    "format",
    "probability",
)
"""Settings that decide what the results are; a cohort has one of each."""

Told = Callable[[int, int, int, Record | None], None]
"""Called with the numbers of studies done, failed and of all, and the record that has just come."""


@dataclass(frozen=True)
class CohortRequest:
    """What to do with a folder of studies.

    Attributes:
        root: Folder of the studies.
        output: Folder of the results.
        template: Settings of every study; its FLAIR does not count.
        format: Format of the masks.
        probability: Whether probability maps are written too.
        pattern: Own rule for the patient, see :func:`lggseg.cohort.patients.patient_key`.
        processes: How many work at once on this machine.
        limits: Of each of them.
        scheduler: Address of a Dask scheduler that is to do the work instead.
        retry: Whether studies that failed before are tried again.
        overwrite: Whether to begin anew where the folder holds results of other settings.
    """

    root: Path
    output: Path
    template: SegmentRequest
    format: str = "nii.gz"
    probability: bool = False
    pattern: str | None = None
    processes: int = 1
    limits: Limits = field(default_factory=Limits)
    scheduler: str | None = None
    retry: bool = False
    overwrite: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a run: records of all studies by key, what was passed over, and the page to look at."""

    records: dict[str, Record]
    found: Found
    page: Path

    @property
    def failed(self) -> list[Record]:
        """Records of the studies without a result."""
        return [record for record in self.records.values() if record["status"] == FAILED]


def run_cohort(request: CohortRequest, told: Told = lambda *_: None) -> Outcome:
    """Segment all studies that are not done yet; write the ledger, the summary and the pages.

    Raises:
        InputError: If there are no studies, or the folder of results belongs to other settings.
        OutputError: If results cannot be written.
    """
    if request.root.resolve() == request.output.resolve() or _would_be_found(request):
        msg = f"{request.output}: expected a folder for results outside {request.root}, or in its derivatives folder"
        raise InputError(msg)
    found = find_studies(request.root, request.pattern)
    _keep_settings(request)
    started = time.time()
    ledger = Ledger(request.output)
    with ledger.writing():
        todo = [(study, _state(study)) for study in found.studies]
        todo = [(study, state) for study, state in todo if not _needs_nothing(request, ledger, study, state)]
        _rename(ledger, found.studies, {study.key for study, _ in todo})
        jobs = _jobs(request, todo, started)
        done, failed, total = len(found.studies) - len(todo), 0, len(found.studies)
        told(done, failed, total, None)
        for record in _records(request, jobs):
            ledger.add(record)
            done, failed = done + 1, failed + (record["status"] == FAILED)
            told(done, failed, total, record)
    if request.scheduler is None:
        _sweep(request.output, time.time())
    records = {study.key: ledger.records[study.key] for study in found.studies}
    page = write_summary(records, found, request.output)
    return Outcome(records, found, page)


def _would_be_found(request: CohortRequest) -> bool:
    root, output = request.root.resolve(), request.output.resolve()
    return root in output.parents and "derivatives" not in output.relative_to(root).parts


def _state(study: StudyFiles) -> str:
    try:
        return study.state()
    except OSError as error:
        return f"unreadable: {error.strerror}"  # the study itself will say so


def _needs_nothing(request: CohortRequest, ledger: Ledger, study: StudyFiles, state: str) -> bool:
    if ledger.is_done(study.key, state):
        return (request.output / str(ledger.records[study.key]["results"])).is_dir()  # somebody may have removed it
    return not request.retry and ledger.failed_before(study.key, state)


def _rename(ledger: Ledger, studies: Iterable[StudyFiles], todo: Collection[str]) -> None:
    """Let the lines of studies that are done say whose they are by the rule of now."""
    for study in studies:
        who = {"patient": study.patient, "session": study.session, "date": study.date}
        if study.key not in todo and not who.items() <= ledger.records[study.key].items():
            ledger.add({**ledger.records[study.key], **who})


def _jobs(request: CohortRequest, todo: list[tuple[StudyFiles, str]], started: float) -> Iterator[Job]:
    for study, state in todo:
        job = _job(request, study, state)
        _sweep(job.destination.folder, started)
        yield job


def _job(request: CohortRequest, study: StudyFiles, state: str) -> Job:
    spacing = request.template.spacing and IfNeeded(request.template.spacing)
    one = replace(request.template, flair=study.flair, pre=study.pre, post=study.post, spacing=spacing)
    place = Path(study.key).parent / "anat" if study.stem else Path(STUDIES_FOLDER, study.key)
    settings = (request.output / place, True, request.format, request.probability)
    destination = Derivative(*settings, stem=study.stem) if study.stem else Destination(*settings)
    return Job(study, state, one, destination, request.root, place.as_posix())


def _records(request: CohortRequest, jobs: Iterator[Job]) -> Iterator[Record]:
    if request.scheduler is None:
        return run_here(jobs, request.processes, request.limits)
    from lggseg.cohort.dask_runner import run_on_scheduler  # noqa: PLC0415  (optional)

    return run_on_scheduler(jobs, request.scheduler)


def _sweep(folder: Path, before: float) -> None:
    """Remove what processes that were killed have left behind."""
    for stage in folder.glob(f"**/{STAGE_PREFIX}*") if folder.is_dir() else ():
        if stage.is_dir() and stage.stat().st_mtime < before:
            shutil.rmtree(stage, ignore_errors=True)


def _keep_settings(request: CohortRequest) -> None:
    """Write down what the results are made with, or refuse to mix them with others."""
    file = request.output / SETTINGS
    now = _settings(request)
    if file.is_file() and not request.overwrite:
        before = _before(file)
        # A setting that was not there yet when the results were made is one that was not given.
        differing = [name for name in _KEPT if (before.get(name) or None) != (now[name] or None)]
        changed = [f"{name} {before.get(name)!r}, now {now[name]!r}" for name in differing]
        if changed:
            msg = (
                f"{request.output}: expected the settings of the results there, got others ({'; '.join(changed)}); "
                "choose another folder, or begin anew with --overwrite"
            )
            raise InputError(msg)
    if request.overwrite:
        (request.output / LEDGER).unlink(missing_ok=True)
    write_text(file, json.dumps(now, indent=2) + "\n")
    if bids.is_dataset(request.root):
        write_text(request.output / bids.DESCRIPTION, bids.description())


def _before(file: Path) -> dict[str, object]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        content = error
    if isinstance(content, dict):
        return content
    msg = f"{file}: expected the settings of the results there, got «{content}»; begin anew with --overwrite"
    raise InputError(msg)


def _settings(request: CohortRequest) -> dict[str, object]:
    bundle, template = load_bundle(request.template.model), request.template
    rule = bundle.rule.changed(template.threshold, template.components)
    return {
        "lggseg": lggseg.__version__,
        "model": f"{bundle.name} {bundle.version} {bundle.checksum(ONNX_FILE)[:16]}",
        "threshold": rule.threshold,
        "components": rule.components,
        "least_peak": rule.least_peak or None,
        "register": template.register,
        "spacing": list(template.spacing) if template.spacing else None,
        "series": template.series,
        "force": template.force,
        "with_paths": template.with_paths,
        "format": request.format,
        "probability": request.probability,
    }
