"""``lggseg segment``: one study in, a folder with segmentation and report out."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from lggseg.errors import CancelledError, LggsegError
from lggseg.files import refuse_own_input, refuse_to_replace
from lggseg.model.postprocessing import COMPONENTS
from lggseg.model.predictor import RUNTIMES
from lggseg.notice import RESEARCH_USE
from lggseg.segmentation.progress import (
    STYLES,
    Checkpoint,
    JsonProgress,
    Progress,
    cancelled_by,
    make_progress,
    never_stop,
)
from lggseg.segmentation.request import FORMATS, Destination, SegmentRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    add_study_arguments(parser)
    parser.add_argument("--with-paths", action="store_true", help="name the inputs in the report by their full paths")
    parser.add_argument(
        "--format", choices=FORMATS, default="nii.gz", help="format of the segmentation (default: nii.gz)"
    )
    parser.add_argument("--probability", action="store_true", help="write the probability map too (probability.nrrd)")
    add_dicom_arguments(parser)
    parser.add_argument("--truth", metavar="FILE", help="a reference segmentation to compare with")
    parser.add_argument("--truth-label", type=int, metavar="N", help="its label, in a map with several")
    parser.add_argument("--truth-segment", metavar="NAME", help="its segment, in a .seg.nrrd file with several")
    add_run_arguments(parser)


def add_dicom_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the DICOM objects."""
    parser.add_argument(
        "--dicom", action="store_true", help="write DICOM SEG and SR too; FLAIR comes from DICOM (lggseg[dicom])"
    )
    parser.add_argument("--deidentify", action="store_true", help="blank patient and study in SEG and SR")


def add_study_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the input volumes."""
    kinds = "NIfTI, NRRD, a folder of DICOM or TIFF slices, or a whole study: folder, DICOMDIR or zip"
    parser.add_argument("flair", metavar="FLAIR", help=f"the FLAIR volume: {kinds}")
    parser.add_argument(
        "--series", metavar="UID", help="FLAIR series of a study: UID, number or part of its name (see lggseg series)"
    )
    parser.add_argument("--force", action="store_true", help="segment what does not look like FLAIR all the same")
    parser.add_argument("--pre", metavar="FILE", help="T1 before contrast, in any grid of the same patient")
    parser.add_argument("--post", metavar="FILE", help="T1 after contrast, in any grid of the same patient")
    parser.add_argument("--register", action="store_true", help="move --pre and --post rigidly onto FLAIR first")
    parser.add_argument(
        "--spacing",
        nargs=3,
        type=float,
        metavar=("X", "Y", "Z"),
        help="voxel size in mm, where FLAIR stores none; T1 and reference that store none get it too",
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe how to run and where to write."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder for the results")
    parser.add_argument("--overwrite", action="store_true", help="replace results that are in the folder already")
    parser.add_argument(
        "--threshold",
        type=float,
        help="probability from which a voxel counts, however unsure the finding (default: the model's own rule)",
    )
    parser.add_argument(
        "--components",
        choices=COMPONENTS,
        help="pieces to keep: the largest, those nearly as large, or all (default: the model's)",
    )
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="another model: a run of training/train.py")
    parser.add_argument("--gate", type=Path, metavar="FOLDER", help="a slice classifier that is asked first")
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto", help="default: auto")
    parser.add_argument("--progress", choices=STYLES, default="bar", help="bar, JSON lines, or nothing")
    parser.add_argument("--cancel-file", type=Path, metavar="FILE", help="stop as soon as this file exists")


def run(options: argparse.Namespace) -> int:
    """Segment, write, and say where the results are."""
    return execute(
        request_of(options),
        destination_of(options),
        make_progress(options.progress, "lggseg"),
        cancelled_by(options.cancel_file),
    )


def destination_of(options: argparse.Namespace) -> Destination:
    """Return where the results of a command line go."""
    return Destination(
        options.output, options.overwrite, options.format, options.probability, options.dicom, options.deidentify
    )


def study_request_of(options: argparse.Namespace) -> SegmentRequest:
    """Return what the arguments of ``add_study_arguments`` ask to read."""
    return SegmentRequest(
        flair=options.flair,
        pre=options.pre,
        post=options.post,
        register=options.register,
        spacing=tuple(options.spacing) if options.spacing else None,
        series=options.series,
        force=options.force,
    )


def request_of(options: argparse.Namespace) -> SegmentRequest:
    """Return the request that a command line makes."""
    return replace(
        study_request_of(options),
        with_paths=options.with_paths,
        threshold=options.threshold,
        components=options.components,
        model=options.model,
        runtime=options.runtime,
        gate=options.gate,
        truth=options.truth,
        truth_label=options.truth_label,
        truth_segment=options.truth_segment,
    )


def execute(
    request: SegmentRequest,
    destination: Destination,
    progress: Progress,
    raise_if_stopped: Checkpoint = never_stop,
) -> int:
    """Segment, write and tell; return the exit status."""
    from lggseg.export.objects import check_installed  # noqa: PLC0415  (SimpleITK and scipy: not for --help)
    from lggseg.segmentation.pipeline import run_pipeline  # noqa: PLC0415
    from lggseg.segmentation.result import write  # noqa: PLC0415

    try:
        if not destination.overwrite:  # said before the work starts
            refuse_to_replace(destination.folder, destination.names.values())
        outputs = [destination.folder / name for name in destination.names.values()]
        refuse_own_input(outputs, (request.flair, request.pre, request.post, request.truth))
        if destination.dicom:
            check_installed()
        result = run_pipeline(request, progress=progress, raise_if_stopped=raise_if_stopped)
        with progress.stage("writing"):
            files = write(result, destination, raise_if_stopped)
    except LggsegError as error:
        progress.error(error)
        return error.exit_status
    except KeyboardInterrupt:
        cancelled = CancelledError("cancelled; nothing was left half written")
        progress.error(cancelled)
        return cancelled.exit_status
    outcome = {"found": result.found, "volume_ml": result.measurements["volume_ml"], "notes": result.notes}
    summary: dict[str, object] = {
        **outcome,
        **result.report.comparison,
        **{name: str(file) for name, file in files.items()},
    }
    progress.result(summary)
    if not isinstance(progress, JsonProgress):
        _print_summary(summary)
    return 0


def _print_summary(summary: dict[str, object]) -> None:
    if summary["found"]:
        print(f"FLAIR abnormality: {summary['volume_ml']:.1f} ml")  # noqa: T201
    else:
        print("No FLAIR abnormality was found.")  # noqa: T201
    if "Dice" in summary:
        print(f"Dice against the reference: {summary['Dice']:.3f}")  # noqa: T201
    for name in ("segmentation", "probability", "seg", "sr", "overlay", "report", "page"):
        if name in summary:
            print(f"{name + ':':<14}{summary[name]}")  # noqa: T201
    for note in summary.get("notes", ()):  # type: ignore[attr-defined]
        print(f"note: {note}")  # noqa: T201
    print(RESEARCH_USE)  # noqa: T201
