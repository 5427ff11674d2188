"""``lggseg radiogenomics MASKS --table data.csv -o FOLDER``: shape against molecular subtype and survival."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lggseg.errors import InputError

if TYPE_CHECKING:
    from lggseg.radiogenomics.study import PartMaker, StudyRequest

KEPT = "prediction-kept.json"
"""File in the folder of the report with what predictions took long to work out; it may be deleted."""
HELP = "test shape features against molecular subtypes and write a report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Tests the hypotheses of Buda et al. 2019 (and IDH, 1p/19q, death, histology and grade), or your own, and "
        "writes report.html with its figures and tables. Research use only."
    )
    parser.add_argument(
        "features",
        type=Path,
        metavar="FEATURES",
        help="feature file of lggseg features, or the folder of masks itself: it is measured first, into FOLDER",
    )
    parser.add_argument(
        "--table",
        type=Path,
        action="append",
        required=True,
        metavar="CSV",
        help="clinical table, as people write it or GDC, cBioPortal and Xena hand it out; may be given several times, "
        "and is joined by patient",
    )
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
    _add_tests(parser)
    _add_survival(parser)
    _add_stability(parser)
    _add_prediction(parser)


def _add_tests(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("tests between groups")
    group.add_argument(
        "--hypothesis",
        action="append",
        default=[],
        metavar="FEATURE~COLUMN",
        help="test this instead of the paper's hypotheses; may be given several times",
    )
    group.add_argument(
        "--quartiles",
        choices=("all", "complete"),
        default="all",
        help="cut quartiles over all patients with the feature, or over those with a group (default: all)",
    )
    group.add_argument(
        "--samples", type=int, default=400_000, metavar="N", help="tables drawn where a test cannot be exact"
    )
    group.add_argument("--seed", type=int, default=20190610, metavar="N", help="seed of that draw")


def _add_survival(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "survival",
        "overall and progression-free survival are found by their usual names (pip install lggseg[survival])",
    )
    group.add_argument("--time", metavar="COLUMN", help="time to the event or the last follow-up, instead of those")
    group.add_argument("--event", metavar="COLUMN", help="whether the event came: 1 or 0, dead or alive, ...")
    group.add_argument(
        "--time-unit", choices=("days", "months", "years"), help="unit of --time (default: as its name says)"
    )


def _add_stability(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("stability and texture", "made where FEATURES is a folder of masks")
    group.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="FLAIR volumes, files or one folder a patient with flair.nii.gz: adds intensity and texture "
        "(pip install 'lggseg[texture]')",
    )
    group.add_argument(
        "--second",
        type=Path,
        metavar="CSV",
        help="feature file of second outlines of some patients, or their folder: masks that lie on the same volumes, "
        "which with --images are asked about texture too",
    )
    group.add_argument("--probabilities", type=Path, metavar="FOLDER", help="probability maps: contours at .2, .5, .8")
    group.add_argument("--no-stability", action="store_true", help="do not measure changed outlines")


def _add_prediction(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "prediction", "of IDH, 1p/19q and RNASeq cluster, where found; needs pip install 'lggseg[prediction]'"
    )
    group.add_argument(
        "--predict",
        action="append",
        default=[],
        metavar="COLUMN[=VALUE]",
        help="predict this column, or this value of it against the rest, instead; may be given several times",
    )
    group.add_argument("--no-prediction", action="store_true", help="leave out the part that takes longest")
    group.add_argument(
        "--permutations",
        type=int,
        default=0,
        metavar="N",
        help="hold prediction against chance too, with so many repetitions at most: 99 gives p values down to 0.01 and "
        "takes some ten minutes of a processor for 90 patients (default: 0, none)",
    )
    group.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at once (default: all cores)"
    )


def run(args: argparse.Namespace) -> int:
    """Test and write the report."""
    # All of these need scipy, which --help does not.
    from lggseg.radiogenomics.report import write_report  # noqa: PLC0415
    from lggseg.radiogenomics.study import conduct  # noqa: PLC0415

    parts = _parts(args)
    study = conduct(_request(args), parts, say=_say)
    written = write_report(study, args.output)
    tested = sum(result.fisher.p is not None for _, result in study.results)
    sys.stdout.write(f"{written[0]}: {tested} of {len(study.results)} hypotheses tested. Research use only.\n")
    if not tested:
        names = ", ".join(str(path) for path in args.table)
        msg = f"{names}: expected a hypothesis that can be tested, got none; {written[0]} says why of each"
        raise InputError(msg)
    return 0


def _refuse_contradictions(args: argparse.Namespace) -> None:
    """Make sure that no option is given that another one, or its absence, leaves without effect."""
    if (args.time is None) != (args.event is None):
        msg = f"expected --time and --event together, got --time {args.time} and --event {args.event}; give both"
        raise InputError(msg)
    said = {
        "--time-unit: expected --time and --event with it, got neither; add them, or leave it out": args.time_unit
        and args.time is None,
        "expected --predict and --permutations, or --no-prediction, got both; leave one out": args.no_prediction
        and (args.predict or args.permutations),
        "expected --second and --probabilities, or --no-stability, got both; leave one out": args.no_stability
        and (args.second or args.probabilities),
        f"--images: expected the folder of masks, in which texture is measured, got {args.features}; give the folder, "
        "or leave --images out": args.images and not args.features.is_dir(),
    }
    said[f"--jobs: expected at least 1 process, got {args.jobs}"] = args.jobs < 1
    for msg, contradicts in said.items():
        if contradicts:
            raise InputError(msg)


def _parts(args: argparse.Namespace) -> list[tuple[str, PartMaker]]:
    """Return what the report holds beside the tests between groups."""
    from lggseg.commands.features import show_progress  # noqa: PLC0415
    from lggseg.radiogenomics.chance import FEWEST  # noqa: PLC0415
    from lggseg.radiogenomics.hypotheses import parse_hypothesis  # noqa: PLC0415
    from lggseg.radiogenomics.kept import Kept  # noqa: PLC0415
    from lggseg.radiogenomics.prediction_part import Options  # noqa: PLC0415
    from lggseg.radiogenomics.survival_part import OwnColumns  # noqa: PLC0415
    from lggseg.radiogenomics.whole import Wanted, parts_of  # noqa: PLC0415

    _refuse_contradictions(args)
    if args.permutations and args.permutations < FEWEST:
        msg = f"--permutations: expected 0, or at least {FEWEST} for a p value of 0.05, got {args.permutations}"
        raise InputError(msg)
    kept = Kept(args.output / KEPT)
    prediction = Options(args.predict, args.permutations, args.jobs, kept=kept, say=_say)
    second_masks = args.second if args.second is not None and args.second.is_dir() else None
    wanted = Wanted(
        hypotheses=[parse_hypothesis(text) for text in args.hypothesis],
        endpoint=None if args.time is None else OwnColumns(args.time, args.event, args.time_unit),
        masks=args.features if args.features.is_dir() else None,
        changed=not args.no_stability,
        probabilities=args.probabilities,
        second=args.second if second_masks is None else _measured(second_masks, args.output / "second", args.jobs),
        second_masks=second_masks,
        images=args.images,
        texture_file=args.output / "texture.csv",
        prediction=None if args.no_prediction else prediction,
        jobs=args.jobs,
    )
    return parts_of(wanted, show_progress)


def _request(args: argparse.Namespace) -> StudyRequest:
    from lggseg.radiogenomics.analysis import Settings  # noqa: PLC0415
    from lggseg.radiogenomics.hypotheses import parse_hypothesis  # noqa: PLC0415
    from lggseg.radiogenomics.study import StudyRequest  # noqa: PLC0415

    own = [parse_hypothesis(text) for text in args.hypothesis]
    return StudyRequest(
        features=_measured(args.features, args.output, args.jobs) if args.features.is_dir() else args.features,
        tables=args.table,
        key=args.key,
        missing=args.missing,
        hypotheses=own,
        settings=Settings(samples=args.samples, seed=args.seed, quartile_scope=args.quartiles),
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _measured(masks: Path, folder: Path, jobs: int) -> Path:
    """Measure a folder of masks as ``lggseg features`` does; return the feature file."""
    from lggseg.commands import features  # noqa: PLC0415 - only where masks are given

    parser = argparse.ArgumentParser()
    features.add_arguments(parser)
    file = folder / "features.csv"
    if features.run(parser.parse_args([str(masks), "-o", str(file), "--jobs", str(jobs)])):
        msg = f"{masks}: expected at least one mask that can be measured, got none; {file} says why"
        raise InputError(msg)
    return file
