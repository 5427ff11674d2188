"""Make volumes without tumor to count false alarms on: ``python training/make_negatives.py --data PREPARED``.

Of every prepared case: the head with its tumor replaced by the other side (CASE-healthy), the same with small
bright lesions that are no tumor (CASE-lesions), and the slices far from the tumor (CASE-slab); and 16 synthetic
heads. What cannot be made is named, with the reason. Then: evaluate.py --data OUTPUT --run runs/fold*.

Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg.cohort.prepared import read_manifest
from lggseg_training.negatives import make_negatives
from lggseg_training.places import NEGATIVES, PREPARED
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("make_negatives", __doc__)
    result.add_argument("--data", type=Path, default=PREPARED, help="prepared data set (default: %(default)s)")
    result.add_argument("--output", type=Path, default=NEGATIVES, help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the volumes and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("make_negatives", lambda: _make(options))


def _make(options: argparse.Namespace) -> None:
    rows, left_out = make_negatives(read_manifest(options.data), options.output)
    say("\n".join(["left out:", *left_out]))
    say(f"{options.output}: {len(rows)} volumes without tumor")


if __name__ == "__main__":
    raise SystemExit(main())
