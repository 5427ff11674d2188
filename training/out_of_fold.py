"""Keep what each network says of patients it has not seen: ``python training/out_of_fold.py --run runs/fold*``.

For every case of the prepared sets (--data, several) the run whose fold its patient belongs to predicts;
a case of a patient of no fold is given to the runs in turn. Writes OUTPUT/maps/CASE.nii.gz (probability in per
cent, on the grid of FLAIR) and OUTPUT/cases.csv: Dice, volumes, pieces found, signs of doubt. What is there
already is not done again, and what other weights or other --sequences made is refused. Threshold, pieces and
calibration are then chosen on the maps: choose_rule.py, calibrate.py.
Exit status: 0 done, 2 unusable input, 4 output not writable, 130 stopped by the user.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.made_with import SEQUENCES
from lggseg_training.places import PREPARED
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("out_of_fold", __doc__)
    who = result.add_mutually_exclusive_group(required=True)
    who.add_argument("--run", type=Path, nargs="+", default=[], metavar="FOLDER", help="runs of train.py")
    who.add_argument("--model", type=Path, metavar="FOLDER", help="a model folder, for all, whomever it has seen")
    result.add_argument("--data", type=Path, nargs="+", default=[PREPARED], metavar="FOLDER", help="prepared sets")
    result.add_argument("--sequences", choices=SEQUENCES, default="all", help="what the network may see")
    result.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Predict and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status(
        "out_of_fold", lambda: _predict(options), stopped="stopped; the same command goes on where it ended"
    )


def _predict(options: argparse.Namespace) -> None:
    from lggseg_training.maps import predict_out_of_fold  # noqa: PLC0415  (torch takes seconds; --help need not wait)

    cases = predict_out_of_fold(options.run, options.data, options.sequences, options.output, options.model)
    say(f"{options.output}: {cases} cases")


if __name__ == "__main__":
    raise SystemExit(main())
