"""Measure what perturbations cost: ``python training/robustness.py --run runs/fold*``.

Rotation, flip, bias field, noise, motion ghosts, blur, cut field of view, thin and thick slices, intensity scale,
stripping, missing sequences, each at three strengths, on patients whom the network has not seen. Medium strength
should cost no more than .03 mean Dice. Some 35 runs of the network a patient: --cases N takes N patients, evenly
chosen. The same command goes on where a stopped one ended. Writes robustness.csv and robustness.json.
Exit status: 0 done, 2 unusable input, 4 output not writable, 130 stopped by the user.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from lggseg.files import write_text
from lggseg_training.places import PREPARED
from lggseg_training.script import exit_status, make_parser, say

LEVELS = ("weak", "medium", "strong")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("robustness", __doc__)
    who = result.add_mutually_exclusive_group(required=True)
    who.add_argument("--run", type=Path, nargs="+", default=[], metavar="FOLDER", help="runs of train.py")
    who.add_argument("--model", type=Path, metavar="FOLDER", help="a model folder, for all, whomever it has seen")
    result.add_argument("--data", type=Path, default=PREPARED, help="prepared data set (default: %(default)s)")
    result.add_argument("--cases", type=int, metavar="N", help="only so many patients, evenly chosen")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/robustness"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status(
        "robustness", lambda: _measure(options), stopped="stopped; the same command goes on where it ended"
    )


def _measure(options: argparse.Namespace) -> None:
    from lggseg_training.robustness import measure_robustness  # noqa: PLC0415  (torch: not for --help)

    summary = measure_robustness(options.run, options.data, options.output, cases=options.cases, model=options.model)
    write_text(options.output / "robustness.json", json.dumps(summary, indent=1) + "\n")
    for name, found in summary.items():
        lost = ", ".join(
            f"{found[level]['value']:g}: {found[level]['mean']:+.3f}" for level in found if level in LEVELS
        )
        say(f"{name:<18} ({found['unit']}) lost {lost}")


if __name__ == "__main__":
    raise SystemExit(main())
