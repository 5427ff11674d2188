"""Deal patients into folds: ``python training/splits.py --data PREPARED --output FILE``.

Whatever is decided on data is decided by these folds; patients that the file does not name are never trained on.
Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.folds import write_folds
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("splits", __doc__)
    result.add_argument("--data", type=Path, required=True, help="folder that training/prepare.py wrote")
    how = result.add_mutually_exclusive_group()
    how.add_argument("--extend", type=Path, metavar="FILE", help="keep these folds, and deal new patients into them")
    how.add_argument(
        "--test-share", type=float, default=0.0, metavar="SHARE",
        help="of the patients in no fold: evaluate.py --split test measures on them (default: 0)",
    )  # fmt: skip
    result.add_argument("--output", type=Path, required=True, help="file to write, then train.py --splits FILE")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folds of a prepared data set and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("splits", lambda: _write(options))


def _write(options: argparse.Namespace) -> None:
    folds = write_folds(options.data, options.output, options.extend, options.test_share)
    say(f"{options.output}: {[len(fold) for fold in folds]} patients")


if __name__ == "__main__":
    raise SystemExit(main())
