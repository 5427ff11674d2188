"""``lggseg radiogenomics MASKS --table data.csv -o FOLDER``: shape against molecular subtype."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lggseg.errors import InputError

HELP = "test shape features against molecular subtypes and write a report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Tests the hypotheses of Buda et al. 2019 (and death, histology and grade), or your own, and writes "
        "report.html, associations.csv, groups.csv and radiogenomics.json. Research use only."
    )
    parser.add_argument(
        "features",
        type=Path,
        metavar="FEATURES",
        help="feature file of lggseg features, or the folder of masks itself: it is measured first, into FOLDER",
    )
    parser.add_argument("--table", type=Path, required=True, metavar="CSV", help="clinical table, one row a patient")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder for the report")
    parser.add_argument(
        "--key", metavar="COLUMN", help="column of the table with the patient (default: found by match)"
    )
    parser.add_argument(
        "--missing",
        action="append",
        default=[],
        metavar="WORD",
        help="a further word in the table that stands for no entry, beside NA, Unknown, [Not Available] and their like",
    )
    parser.add_argument(
        "--hypothesis",
        action="append",
        default=[],
        metavar="FEATURE~COLUMN",
        help="test this instead of the paper's hypotheses; may be given several times",
    )
    parser.add_argument(
        "--quartiles",
        choices=("all", "complete"),
        default="all",
        help="cut quartiles over all patients with the feature, or over those with a group (default: all)",
    )
    parser.add_argument(
        "--samples", type=int, default=400_000, metavar="N", help="tables drawn where a test cannot be exact"
    )
    parser.add_argument("--seed", type=int, default=20190610, metavar="N", help="seed of that draw")


def run(args: argparse.Namespace) -> int:
    """Test and write the report."""
    # All of these need scipy, which --help does not.
    from lggseg.cohort.tables import read_clinical, read_table  # noqa: PLC0415
    from lggseg.radiogenomics.analysis import Settings, analyse  # noqa: PLC0415
    from lggseg.radiogenomics.hypotheses import (  # noqa: PLC0415
        EXTRA_HYPOTHESES,
        PAPER_FAMILY,
        PAPER_HYPOTHESES,
        parse_hypothesis,
    )
    from lggseg.radiogenomics.report import Run, write_report  # noqa: PLC0415

    if args.samples < 1000:
        msg = f"--samples: expected at least 1000, got {args.samples}; 400000 gives p values to about 0.000003"
        raise InputError(msg)
    own = [parse_hypothesis(text) for text in args.hypothesis]
    features = read_table(_measured(args.features, args.output) if args.features.is_dir() else args.features)
    clinical = read_clinical(args.table, features.rows, key=args.key, missing=args.missing)
    settings = Settings(samples=args.samples, seed=args.seed, quartile_scope=args.quartiles)
    wanted = {"Own hypotheses": own} if own else {}
    wanted = wanted or {
        "The hypotheses of the paper": list(PAPER_HYPOTHESES),
        "Death, histology and grade (exploratory)": list(EXTRA_HYPOTHESES),
    }
    families = {
        title: analyse(
            features,
            clinical,
            members,
            family=PAPER_FAMILY if members[0] in PAPER_HYPOTHESES else None,
            settings=settings,
        )
        for title, members in wanted.items()
    }
    written = write_report(Run(features, clinical, families, settings), args.output)
    tested = sum(result.fisher.p is not None for results in families.values() for result in results)
    count = sum(len(results) for results in families.values())
    sys.stdout.write(f"{written[0]}: {tested} of {count} hypotheses tested. Research use only.\n")
    if not tested:
        msg = f"{args.table}: expected a hypothesis that can be tested, got none; {written[0]} says why of each"
        raise InputError(msg)
    return 0


def _measured(masks: Path, folder: Path) -> Path:
    """Measure a folder of masks as ``lggseg features`` does; return the feature file."""
    from lggseg.commands import features  # noqa: PLC0415 - only where masks are given

    parser = argparse.ArgumentParser()
    features.add_arguments(parser)
    file = folder / "features.csv"
    if features.run(parser.parse_args([str(masks), "-o", str(file)])):
        msg = f"{masks}: expected at least one mask that can be measured, got none; {file} says why"
        raise InputError(msg)
    return file
