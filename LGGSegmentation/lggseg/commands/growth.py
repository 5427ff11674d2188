"""``lggseg growth STUDY... -o FOLDER``: how an abnormality grew, in one patient or in a cohort."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lggseg.errors import CancelledError, InputError, LggsegError
from lggseg.model.predictor import RUNTIMES
from lggseg.notice import RESEARCH_USE
from lggseg.segmentation.progress import STYLES, JsonProgress, Progress, cancelled_by, make_progress

if TYPE_CHECKING:
    from lggseg.growth.finding import Study
    from lggseg.growth.report import GrowthReport
    from lggseg.growth.series import Choices
    from lggseg.growth.timeline import Treatment

_DESCRIPTION = """\
Measures the abnormality in every study of a patient on the study's own grid, and says how it grew: velocity of
diametric expansion, doubling time and the imaging part of the response criteria, each with its error. Studies without
a mask are outlined by the model; all are aligned with the first to show where it grew. Studies of several patients
make several series and a page for the cohort.
"""

_LAYOUTS = """\
a study is a FLAIR volume (NIfTI, NRRD, a folder of DICOM slices), a mask, both in one folder, or a result of
lggseg segment. Its day comes from --dates, from DICOM's StudyDate, or from the name of the file or a folder
(2020-03-04, 20200304); its patient from --dates, --patient, or the name around or above the day:

  PATIENT/2020-03-04/flair.nii.gz    masks/PATIENT_2020-03-04.nii.gz    PATIENT/2020-03-04/segmentation.nii.gz
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = f"{_LAYOUTS}\n{parser.epilog}"
    parser.add_argument(
        "studies", nargs="+", type=Path, metavar="STUDY", help="studies, masks, or folders that hold them"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder for the results")
    parser.add_argument("--overwrite", action="store_true", help="replace results that are in the folder already")
    _add_who_and_when(parser)
    _add_choices(parser)
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="another model for studies without a mask")
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto", help="default: auto")
    parser.add_argument("--progress", choices=STYLES, default="bar", help="bar, JSON lines, or nothing")
    parser.add_argument("--cancel-file", type=Path, metavar="FILE", help="stop as soon as this file exists")


def _add_who_and_when(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dates", type=Path, metavar="CSV", help="table with the columns study, date and patient")
    parser.add_argument("--patient", metavar="REGEX", help="rule for the patient in a path; its first group counts")
    parser.add_argument(
        "--treatment",
        action="append",
        default=[],
        metavar="DATE[=KIND]",
        help="a treatment of the one patient; KIND is surgery, radiotherapy, drug or other; may be repeated",
    )
    parser.add_argument("--treatments", type=Path, metavar="CSV", help="table with the columns patient, date and kind")


def _add_choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recompute", action="store_true", help="outline all studies anew with one model")
    parser.add_argument("--force", action="store_true", help="outline also what does not look like a FLAIR volume")
    space = parser.add_mutually_exclusive_group()
    space.add_argument("--no-align", action="store_true", help="do not align: no map of the change, no new lesions")
    space.add_argument("--aligned", action="store_true", help="the studies lie in one space already")
    parser.add_argument(
        "--error",
        type=float,
        metavar="PERCENT",
        help="95 %% of repeated measurements of a volume differ by less than this (default: 15, published)",
    )


def run(options: argparse.Namespace) -> int:
    """Work up every patient, write, and say where the results are."""
    progress = make_progress(options.progress, "lggseg")
    try:
        return _run(options, progress)
    except LggsegError as error:
        progress.error(error)
        return error.exit_status
    except KeyboardInterrupt:
        cancelled = CancelledError("cancelled; patients that were done stay written")
        progress.error(cancelled)
        return cancelled.exit_status


def _run(options: argparse.Namespace, progress: Progress) -> int:
    from lggseg.growth.dates import read_study_table  # noqa: PLC0415  (SimpleITK and scipy: not for --help)
    from lggseg.growth.finding import find_studies  # noqa: PLC0415

    table = None if options.dates is None else read_study_table(options.dates)
    series = find_studies(options.studies, table=table, pattern=options.patient)
    treatments = _treatments(options, series)
    _refuse_idle_model(options, series)
    return _write(options, series, treatments, progress)


def _refuse_idle_model(options: argparse.Namespace, series: Mapping[str, list[Study]]) -> None:
    """Make sure that a model that is named outlines something: else figures of other masks would be taken for its."""
    has_mask = all(study.mask is not None for studies in series.values() for study in studies)
    if options.model is not None and has_mask and not options.recompute:
        msg = (
            "--model: expected a study to outline, got masks of all; add --recompute to outline them anew, or leave "
            "--model out"
        )
        raise InputError(msg)


def _treatments(options: argparse.Namespace, series: Mapping[str, Any]) -> dict[str, tuple[Treatment, ...]]:
    """Return the treatments by patient; every one of them belongs to somebody."""
    from lggseg.growth.dates import read_treatments, treatment_of  # noqa: PLC0415

    found = {} if options.treatments is None else read_treatments(options.treatments)
    if unknown := sorted(set(found) - set(series)):
        msg = (
            f"{options.treatments}: expected patients among {', '.join(series)}, got {', '.join(unknown)}; "
            "write them as the studies name them"
        )
        raise InputError(msg)
    if options.treatment and len(series) > 1:
        msg = (
            f"--treatment: expected one patient, got {', '.join(series)}; name treatments in a table: --treatments CSV"
        )
        raise InputError(msg)
    for patient in series if options.treatment else ():
        found[patient] = (*found.get(patient, ()), *map(treatment_of, options.treatment))
    return found


def _write(
    options: argparse.Namespace,
    series: Mapping[str, list[Study]],
    treatments: Mapping[str, tuple[Treatment, ...]],
    progress: Progress,
) -> int:
    from lggseg.files import refuse_to_replace  # noqa: PLC0415
    from lggseg.growth.writing import PAGE, folder_name, write_cohort  # noqa: PLC0415

    if not options.overwrite:
        refuse_to_replace(options.output, [PAGE])
    work = _worker(options, progress, sum(map(len, series.values())))
    if len(series) == 1:
        ((patient, studies),) = series.items()
        report, files = work(patient, studies, treatments.get(patient, ()), options.output)
        return _tell([report], {}, files, progress)
    _refuse_one_folder_for_two({patient: folder_name(patient) for patient in series})
    reports: list[GrowthReport] = []
    failed: dict[str, str] = {}
    for patient, studies in series.items():
        try:
            folder = options.output / folder_name(patient)
            reports.append(work(patient, studies, treatments.get(patient, ()), folder)[0])
        except InputError as error:  # of one patient; the others go on
            failed[patient] = str(error)
    return _tell(reports, failed, write_cohort(reports, failed, options.output, overwrite=options.overwrite), progress)


def _refuse_one_folder_for_two(folders: Mapping[str, str]) -> None:
    """Make sure that no patient's results end in another one's folder."""
    owners: dict[str, str] = {}
    for patient, folder in folders.items():
        other = owners.setdefault(folder.lower(), patient)
        if other != patient:
            msg = f"expected names that differ as folders, got «{other}» and «{patient}»; use --patient or --dates"
            raise InputError(msg)


def _worker(
    options: argparse.Namespace, progress: Progress, total: int
) -> Callable[[str, list[Study], tuple[Treatment, ...], Path], tuple[GrowthReport, dict[str, Path]]]:
    """Return what works up one patient and writes the results into a folder."""
    from lggseg.growth.outlining import ModelOutliner  # noqa: PLC0415
    from lggseg.growth.series import run_series  # noqa: PLC0415
    from lggseg.growth.writing import write_patient  # noqa: PLC0415

    outliner, choices = ModelOutliner(options.model, options.runtime, force=options.force), _choices(options)
    step = _Steps(progress, total, cancelled_by(options.cancel_file))

    def work(
        patient: str, studies: list[Study], treatments: tuple[Treatment, ...], folder: Path
    ) -> tuple[GrowthReport, dict[str, Path]]:
        result = run_series(patient, studies, treatments, outliner, choices, step)
        return result.report, write_patient(result, folder, overwrite=options.overwrite)

    return work


def _choices(options: argparse.Namespace) -> Choices:
    from lggseg.growth.measurement_error import MeasurementError, of_percent  # noqa: PLC0415
    from lggseg.growth.series import Choices  # noqa: PLC0415

    error = MeasurementError() if options.error is None else of_percent(options.error)
    return Choices(options.recompute, align=not options.no_align, aligned=options.aligned, error=error)


class _Steps:
    """Counts what begins, and stops where the user asks for it."""

    def __init__(self, progress: Progress, total: int, raise_if_stopped: Callable[[], None]) -> None:
        self._progress, self._total, self._raise_if_stopped = progress, total, raise_if_stopped
        self._begun = -1

    def __call__(self, words: str) -> None:
        self._raise_if_stopped()
        if "aligning" not in words:
            self._begun += 1
        self._progress.advance("measuring", self._begun, self._total)


def _tell(reports: list[GrowthReport], failed: Mapping[str, str], files: Mapping[str, Path], progress: Progress) -> int:
    """Say what came out, and return the exit status."""
    places = {name: str(path) for name, path in files.items()}
    sentences = {report.patient: list(report.sentences) for report in reports}
    progress.result({"patients": len(reports), "sentences": sentences, "failed": dict(failed), **places})
    status = 0 if reports else InputError.exit_status
    if isinstance(progress, JsonProgress):
        return status
    for patient, said in sentences.items():
        for sentence in said:
            print(f"{patient}: {sentence}")  # noqa: T201
    for patient, reason in failed.items():
        print(f"{patient}: not worked up: {reason}")  # noqa: T201
    for name, place in places.items():
        print(f"{name + ':':<9}{place}")  # noqa: T201
    print(RESEARCH_USE)  # noqa: T201
    return status
