"""``lggseg agreement A.csv B.csv -o FOLDER``: how well two sets of features agree."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "compare two feature files of the same patients"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Compares two feature files patient by patient, for instance of manual masks and of a model's, and writes "
        "agreement.html, agreement.csv and agreement.json. Research use only."
    )
    parser.add_argument("first", type=Path, metavar="A", help="feature file taken as the reference")
    parser.add_argument("second", type=Path, metavar="B", help="feature file to compare with it")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder for the report")


def run(args: argparse.Namespace) -> int:
    """Compare and write the report."""
    from lggseg.cohort.agreement import compare, write_agreement  # noqa: PLC0415 - needs scipy, kept out of --help
    from lggseg.cohort.tables import read_table  # noqa: PLC0415

    first, second = read_table(args.first), read_table(args.second)
    results = compare(first, second)
    written = write_agreement(first, second, results, args.output)
    sys.stdout.write(f"{written[0]}: {len(results)} features compared. Research use only.\n")
    return 0
