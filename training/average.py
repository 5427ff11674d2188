"""Average the weights of runs that go on from each other: ``python training/average.py --run A B -o C``.

Writes a run folder without a checkpoint: ``evaluate.py``, ``export.py`` and ``lggseg --model`` take it like any other.
Exit status: 0 done, 2 unusable input, 3 the two runtimes differ, 4 output not writable.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("average", __doc__)
    result.add_argument("--run", type=Path, nargs="+", required=True, metavar="FOLDER", help="runs of train.py")
    result.add_argument("-o", "--output", type=Path, required=True, help="run folder to write")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Average runs and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("average", lambda: _average(options))


def _average(options: argparse.Namespace) -> None:
    from lggseg_training.averaging import average  # noqa: PLC0415  (torch: not for --help)

    average(options.run, options.output)
    say(f"{options.output}: the mean of {len(options.run)} runs")


if __name__ == "__main__":
    raise SystemExit(main())
