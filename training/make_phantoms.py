"""Make synthetic heads to train on: ``python training/make_phantoms.py``.

Then name them in folds (splits.py --data data/phantoms --extend training/splits.json --output folds.json) and train on
them: train.py --extra data/phantoms --splits folds.json. Patients that no fold names are never trained on.

Heads with a tumor and as many without, of other seeds than those that figures are taken on (0 to 99). With
both kinds in training, neither the look of a synthetic head nor its tumor alone decides what a network says of it.

Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.phantoms import FIRST_SEED, make_phantoms
from lggseg_training.places import PHANTOMS
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("make_phantoms", __doc__)
    result.add_argument("--each", type=int, default=4, help="so many with a tumor, and so many without (%(default)s)")
    result.add_argument(
        "--first-seed", type=int, default=FIRST_SEED, help=f"{FIRST_SEED} or more: figures are taken on those below"
    )
    result.add_argument("--output", type=Path, default=PHANTOMS, help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the heads and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("make_phantoms", lambda: _make(options))


def _make(options: argparse.Namespace) -> None:
    rows = make_phantoms(options.each, options.output, options.first_seed)
    say(f"{options.output}: {len(rows)} synthetic heads")


if __name__ == "__main__":
    raise SystemExit(main())
