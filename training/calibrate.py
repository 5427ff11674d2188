"""Calibrate doubt on patients that the networks had not seen: ``python training/calibrate.py --maps runs/maps``.

Reads the cases.csv of out_of_fold.py (several folders: FLAIR alone, volumes of elsewhere, volumes without tumor; a
case that stands in two counts once for each) and writes calibration.json (the numbers for the model's metadata, fitted
on all: export.py --calibration), worth.json (what they are worth, each run judged by numbers fitted on the others)
and reliability.png. Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from lggseg.files import write_text
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("calibrate", __doc__)
    result.add_argument("--maps", type=Path, nargs="+", required=True, metavar="FOLDER", help="of out_of_fold.py")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/calibration"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("calibrate", lambda: _calibrate(options))


def _calibrate(options: argparse.Namespace) -> None:
    from lggseg_training.calibration import Sample, calibrate, cross_calibrate, worth  # noqa: PLC0415  (torch: seconds)
    from lggseg_training.maps import read_cases  # noqa: PLC0415
    from lggseg_training.reliability import draw_reliability  # noqa: PLC0415

    samples = [Sample.read(row) for folder in options.maps for row in read_cases(folder)]
    pairs = cross_calibrate(samples)
    result = worth(pairs)
    write_text(options.output / "calibration.json", json.dumps(calibrate(samples).to_json(), indent=1) + "\n")
    write_text(options.output / "worth.json", json.dumps(result, indent=1) + "\n")
    draw_reliability(pairs, options.output / "reliability.png")
    say(json.dumps(result, indent=1))


if __name__ == "__main__":
    raise SystemExit(main())
