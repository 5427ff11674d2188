"""``lggseg demo``: the main job on a built-in example."""

from __future__ import annotations

import argparse
from pathlib import Path

from lggseg.commands import segment
from lggseg.commands.phantom import add_phantom_arguments

STUDY_FOLDER = "study"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("-o", "--output", type=Path, default=Path("demo"), metavar="FOLDER", help="default: demo")
    add_phantom_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Make the synthetic study, segment it like any other, and compare with the truth."""
    from lggseg.phantom import write_phantom  # noqa: PLC0415  (numpy and scipy: not for --help)

    study = write_phantom(
        options.output / STUDY_FOLDER, seed=options.seed, growth=options.growth, tumor=not options.no_tumor
    )
    parser = argparse.ArgumentParser()
    segment.add_arguments(parser)
    sequences = [str(study["flair"]), "--pre", str(study["pre"]), "--post", str(study["post"])]
    status = segment.run(
        parser.parse_args([*sequences, "--truth", str(study["label"]), "-o", str(options.output), "--overwrite"])
    )
    if status == 0:
        print("Synthetic data: made by a program, not measured on a person.")  # noqa: T201
    return status
