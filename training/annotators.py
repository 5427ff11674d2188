"""Compare two annotators of the same patients: ``python training/annotators.py --first PREPARED --second EXTERNAL``.

Patients who have a case in both prepared sets, outlined by different people on images that were prepared
differently. The FLAIR volumes are registered affinely (correlation), the second label is carried onto the first
image, and the two are compared. Carrying a label onto another grid costs something by itself: every first
label is carried onto the second image and back with the same transform, and its Dice with itself is stated
beside. Pairs whose images do not fit (correlation inside the brain below --least) are left out, by name.

Writes OUTPUT/annotators.csv, OUTPUT/annotators.json, a picture a pair, and OUTPUT/outlines with the second outlines
on the first images, for "lggseg radiogenomics --second". Exit status: 0 done, 2 unusable input.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.annotators import compare_all
from lggseg_training.places import EXTERNAL, PREPARED
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("annotators", __doc__)
    result.add_argument("--first", type=Path, default=PREPARED, help="prepared set (default: %(default)s)")
    result.add_argument("--second", type=Path, default=EXTERNAL, help="other outlines of the same (%(default)s)")
    result.add_argument("--least", type=float, default=0.7, help="least correlation inside the brain (%(default)s)")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/annotators"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("annotators", lambda: _compare(options))


def _compare(options: argparse.Namespace) -> None:
    options.output.mkdir(parents=True, exist_ok=True)
    summary = compare_all(options.first, options.second, options.output, options.least)
    say(json.dumps(summary, indent=1))


if __name__ == "__main__":
    raise SystemExit(main())
