"""``lggseg demo``: the main job on a built-in example."""

from __future__ import annotations

import argparse
from pathlib import Path

from lggseg.commands import segment
from lggseg.commands.phantom import add_phantom_arguments, phantom_options

STUDY_FOLDER = "study"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("-o", "--output", type=Path, default=Path("demo"), metavar="FOLDER", help="default: demo")
    add_phantom_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Make the synthetic study, segment it like any other, and compare with the truth."""
    from lggseg.files import refuse_to_replace  # noqa: PLC0415
    from lggseg.phantom.study import phantom_files, write_phantom  # noqa: PLC0415  (numpy and scipy: not for --help)
    from lggseg.segmentation.pipeline import result_names  # noqa: PLC0415

    folder: Path = options.output
    study = {name: str(file) for name, file in phantom_files(folder / STUDY_FOLDER).items()}
    parser = argparse.ArgumentParser()
    segment.add_arguments(parser)
    sequences = [study["flair"], "--pre", study["pre"], "--post", study["post"], "--truth", study["label"]]
    segmenting = parser.parse_args([*sequences, "-o", str(folder)])
    segmenting.overwrite = options.overwrite
    if not options.overwrite:  # said before the study is made, which takes seconds
        refuse_to_replace(folder, result_names(segmenting))
    write_phantom(folder / STUDY_FOLDER, **phantom_options(options))
    status = segment.run(segmenting)
    if status == 0:
        print("Synthetic data: made by a program, not measured on a person.")  # noqa: T201
    return status
