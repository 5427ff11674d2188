"""``lggseg align BASELINE LATER -o FOLDER``: how a later FLAIR volume lies in the space of an earlier one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lggseg.errors import CancelledError, LggsegError
from lggseg.notice import RESEARCH_USE
from lggseg.segmentation.progress import STYLES, Progress, cancelled_by, make_progress

_DESCRIPTION = """\
Aligns a later FLAIR volume of a person with an earlier one, rigidly, by the brain outside the abnormality.
alignment.tfm is an ITK transform from points of the baseline to points of the later study: in 3D Slicer, put the later
volume under it. alignment.json says how good it is. lggseg growth does the same for a whole series.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.add_argument("baseline", type=Path, metavar="BASELINE", help="FLAIR volume of the earlier study")
    parser.add_argument("later", type=Path, metavar="LATER", help="FLAIR volume of the later study")
    for study in ("baseline", "later"):
        parser.add_argument(
            f"--{study}-mask", type=Path, metavar="FILE", help="its abnormality, which the alignment leaves out"
        )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder for the results")
    parser.add_argument("--overwrite", action="store_true", help="replace results that are in the folder already")
    parser.add_argument("--progress", choices=STYLES, default="bar", help="bar, JSON lines, or nothing")
    parser.add_argument("--cancel-file", type=Path, metavar="FILE", help="stop as soon as this file exists")


def run(options: argparse.Namespace) -> int:
    """Align, write, and say how good it is."""
    progress = make_progress(options.progress, "lggseg")
    try:
        return _run(options, progress)
    except LggsegError as error:
        progress.error(error)
        return error.exit_status
    except KeyboardInterrupt:
        cancelled = CancelledError("cancelled; nothing was written")
        progress.error(cancelled)
        return cancelled.exit_status


def _run(options: argparse.Namespace, progress: Progress) -> int:
    from lggseg.files import refuse_to_replace  # noqa: PLC0415  (SimpleITK and scipy: not for --help)
    from lggseg.growth.aligning import RECORD_FILE, TRANSFORM_FILE, StudyFiles, align_files, write_alignment  # noqa: PLC0415
    from lggseg.growth.words import alignment_text  # noqa: PLC0415

    if not options.overwrite:
        refuse_to_replace(options.output, [TRANSFORM_FILE, RECORD_FILE])
    baseline = StudyFiles(options.baseline, options.baseline_mask)
    later = StudyFiles(options.later, options.later_mask)
    with progress.stage("measuring"):
        alignment = align_files(baseline, later, cancelled_by(options.cancel_file))
    files = write_alignment(alignment, options.output, overwrite=options.overwrite)
    words = alignment_text(alignment)
    places = {name: str(path) for name, path in files.items()}
    progress.result({"words": words, "similarity": alignment.similarity, "doubtful": alignment.doubtful, **places})
    if options.progress != "json":
        sys.stdout.write(f"{words}\n{places['transform']}\n{RESEARCH_USE}\n")
    return 0
