"""``lggseg demo``: the main job on a built-in example."""

from __future__ import annotations

import argparse
from pathlib import Path

from lggseg.commands import segment
from lggseg.commands.phantom import add_phantom_arguments, phantom_options
from lggseg.files import refuse_to_replace
from lggseg.segmentation.progress import make_progress
from lggseg.segmentation.request import Destination, SegmentRequest

STUDY_FOLDER = "study"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("-o", "--output", type=Path, default=Path("demo"), metavar="FOLDER", help="default: demo")
    add_phantom_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Make the synthetic study, segment it like any other, and compare with the truth."""
    from lggseg.phantom.study import phantom_files, write_phantom  # noqa: PLC0415  (numpy and scipy: not for --help)

    destination = Destination(options.output, options.overwrite)
    files = phantom_files(options.output / STUDY_FOLDER)
    if not options.overwrite:  # said before the study is made, which takes seconds
        refuse_to_replace(destination.folder, destination.names.values())
    write_phantom(options.output / STUDY_FOLDER, **phantom_options(options))
    request = SegmentRequest(files["flair"], pre=files["pre"], post=files["post"], truth=files["label"])
    status = segment.execute(request, destination, make_progress("bar", "lggseg"))
    if status == 0:
        print("Synthetic data: made by a program, not measured on a person.")  # noqa: T201
    return status
