"""Show a prepared data set at a glance: ``python training/explore.py --data PREPARED``.

Writes explore.html: slices and patients with and without tumor by institution, tumor size, intensity by sequence and
institution, missing sequences, images and masks, what each augmentation group does, and the clinical table where one
is given. Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.places import PREPARED
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("explore", __doc__)
    result.add_argument("--data", type=Path, default=PREPARED, help="prepared data set (default: %(default)s)")
    result.add_argument("--clinical", type=Path, metavar="CSV", help="a table of the patients, such as the data set's")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/explore"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Explore and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("explore", lambda: _explore(options))


def _explore(options: argparse.Namespace) -> None:
    from lggseg_training.reports.exploration_page import explore  # noqa: PLC0415  (matplotlib and MONAI)

    say(f"page: {explore(options.data, options.output, options.clinical)}")


if __name__ == "__main__":
    raise SystemExit(main())
