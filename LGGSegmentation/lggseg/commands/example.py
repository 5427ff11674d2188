"""``lggseg example -o FOLDER``: a synthetic cohort to try a study on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "write a synthetic cohort: outlines, FLAIR and clinical tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Writes outlines and FLAIR of synthetic patients with two clinical tables as GDC and cBioPortal hand them out, "
        "and says how to study them. What a study should find is built in. Research use only."
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder for the cohort")
    parser.add_argument("--patients", type=int, default=60, metavar="N", help="number of patients (default: 60)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="chooses the people (default: 0)")
    parser.add_argument("--overwrite", action="store_true", help="replace files of the same name")


def run(args: argparse.Namespace) -> int:
    """Write the cohort and say what to do with it."""
    from lggseg.phantom.cohort import CBIOPORTAL, GDC, MASKS, write_cohort  # noqa: PLC0415

    write_cohort(args.output, patients=args.patients, seed=args.seed, overwrite=args.overwrite)
    folder = args.output
    sys.stdout.write(
        f"{folder}: {args.patients} synthetic patients. Study them with\n"
        f"lggseg radiogenomics {folder / MASKS} --images {folder / MASKS} --table {folder / GDC} "
        f"--table {folder / CBIOPORTAL} -o {folder / 'report'}\n"
    )
    return 0
