"""Compare all networks and choices on one fold: ``python training/compare.py --data PREPARED --minutes 25``.

Trains each network, and each choice of loss, channels and augmentation on the shipped network, with the same budget:
so many minutes of one core. The number of steps is fixed after some calibration steps, so that the schedule of every
run is whole. Each finished row is kept as rows/NAME.json; the same command goes on with what is missing. Writes
comparison.html with what there is. Small budgets rank networks by how fast they begin to learn: the page says so.

Exit status: 0 done, 2 unusable input, 4 output not writable, 130 stopped by the user.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.places import PREPARED
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
    from lggseg_training.comparison import CompareRequest, compare  # noqa: PLC0415  (torch takes seconds to import)
    from lggseg_training.plan import Patients  # noqa: PLC0415
    from lggseg_training.reports.comparison_page import write_comparison  # noqa: PLC0415
    from lggseg_training.trainer import Machines  # noqa: PLC0415

    if not options.page:
        request = CompareRequest(
            patients=Patients(options.data, options.fold, splits=options.splits),
            output=options.output,
            minutes=options.minutes,
            calibration_steps=options.calibration_steps,
            only=tuple(options.only),
            overrides=tuple(options.overrides),
            machines=Machines(options.accelerator),
        )
        compare(request)
    say(f"page: {write_comparison(options.output, options.evaluation)}")


if __name__ == "__main__":
    raise SystemExit(main())
