"""Compare all networks and choices on one fold: ``python training/compare.py --data PREPARED --minutes 25``.

Trains each network, and each choice of loss, channels and augmentation on the shipped network, with the same budget:
so many minutes of one core. The number of steps is fixed after some calibration steps, so that the schedule of every
run is whole. Each finished row is kept as OUTPUT/rows/NAME.json; the same command goes on with what is missing. Writes
OUTPUT/comparison.html with what there is. Small budgets rank networks by how fast they begin to learn, which the page
says.

Rows that were finished elsewhere lie in training/comparison (--kept) and are not trained again where budget and
patients are the same. --page writes the page of all rows there are and trains nothing; with --keep it takes the rows of
OUTPUT, and evaluations, into training/comparison; with --markdown it renews the tables of docs/earlier-systems.md.

A run that fails is left out, and the rest goes on.

Exit status: 0 done, 2 unusable input, 3 a run failed, 4 output not writable, 130 stopped by the user.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg.errors import InputError, ModelError
from lggseg_training.places import COMPARISON, PREPARED
from lggseg_training.script import exit_status, make_parser, parse_with_overrides, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("compare", __doc__)
    result.add_argument("--data", type=Path, default=PREPARED, help="prepared data set (default: %(default)s)")
    result.add_argument("--splits", type=Path, help="folds to use instead of training/splits.json")
    result.add_argument("--fold", type=int, default=0, help="the fold that is left out and measured (default: 0)")
    result.add_argument("--minutes", type=float, default=25.0, help="of one core for each run (default: %(default)g)")
    result.add_argument("--calibration-steps", type=int, default=30, help="to find the number of steps (default: 30)")
    result.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these experiments alone")
    result.add_argument("--page", action="store_true", help="write the page of the rows there are, and train nothing")
    result.add_argument("--keep", action="store_true", help="take finished rows and evaluations into --kept")
    result.add_argument("--kept", type=Path, default=COMPARISON, metavar="FOLDER", help="default: training/comparison")
    result.add_argument("--note", default="", help="with --keep: why the budget is what it is, for the page")
    result.add_argument("--markdown", type=Path, metavar="FILE", help="renew the tables of this page of documentation")
    result.add_argument("--evaluation", type=Path, nargs="*", default=[], metavar="FOLDER",
                        help="folders of evaluate.py whose counts stand beside the published figures")  # fmt: skip
    result.add_argument("--accelerator", default="cpu", help="as in Lightning (default: cpu, which the budget is for)")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/comparison"), help="default: %(default)s")
    result.add_argument("overrides", nargs="*", metavar="section.key=value", help="of every run")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and return the exit status."""
    options = parse_with_overrides(parser(), arguments)
    return exit_status(
        "compare", lambda: _compare(options), stopped="stopped; the same command goes on with what is missing"
    )


def _compare(options: argparse.Namespace) -> None:
    from lggseg_training.comparison_rows import gathered, keep  # noqa: PLC0415  (torch takes seconds to import)
    from lggseg_training.reports.comparison_markdown import renew  # noqa: PLC0415
    from lggseg_training.reports.comparison_page import write_comparison  # noqa: PLC0415

    if options.note and not options.keep:
        msg = "--note: expected --keep with it, which takes the note along, got none; add it, or leave the note out"
        raise InputError(msg)
    failed = [] if options.page else _train(options)
    evaluations = options.evaluation
    if options.keep:
        say(f"{options.kept}: {keep(options.output, options.kept, evaluations, options.note)} rows taken over")
        evaluations = []  # they are among the kept ones now
    comparison = gathered(options.output, options.kept, evaluations)
    if comparison.left_out:
        say(f"left out: {comparison.left_out}")
    if options.markdown:
        renew(options.markdown, comparison)
    say(f"page: {write_comparison(options.output, comparison)}")
    if failed:
        msg = f"expected a row of each run, got none of {', '.join(failed)}: the reasons stand above"
        raise ModelError(msg)


def _train(options: argparse.Namespace) -> list[str]:
    from lggseg_training.comparison import CompareRequest, compare  # noqa: PLC0415
    from lggseg_training.plan import Patients  # noqa: PLC0415
    from lggseg_training.trainer import Machines  # noqa: PLC0415

    request = CompareRequest(
        patients=Patients(options.data, options.fold, splits=options.splits),
        output=options.output,
        kept=options.kept,
        minutes=options.minutes,
        calibration_steps=options.calibration_steps,
        only=tuple(options.only),
        overrides=tuple(options.overrides),
        machines=Machines(options.accelerator),
    )
    return compare(request)


if __name__ == "__main__":
    raise SystemExit(main())
