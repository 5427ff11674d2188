"""``lggseg export``: a result that is there already as DICOM SEG and SR, also after it was corrected."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("result", type=Path, metavar="RESULT", help="a folder that lggseg segment wrote")
    parser.add_argument("study", type=Path, metavar="STUDY", help="the study it was made of: folder, DICOMDIR, zip")
    parser.add_argument(
        "--series",
        metavar="UID",
        help="FLAIR series (UID, number or part of its name), where its files are no longer those that were segmented",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where the files go (default: RESULT)")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there already")
    parser.add_argument("--deidentify", action="store_true", help="blank patient and study in both objects")


def run(options: argparse.Namespace) -> int:
    """Measure the segmentation, make both objects, and say where they are."""
    from lggseg.export.finished import export_result  # noqa: PLC0415  (SimpleITK and scipy: not for --help)

    files = export_result(
        options.result,
        options.study,
        options.output or options.result,
        series=options.series,
        overwrite=options.overwrite,
        deidentify=options.deidentify,
    )
    for file in files:
        print(file)  # noqa: T201
    return 0
