"""Print the figures that a model is judged by: ``python training/figures.py --maps runs/maps``.

Reads the cases.csv of out_of_fold.py: Dice at home and elsewhere with intervals, patients below .6, volumes without
tumor by kind, recall of second lesions; with --other the paired difference to another predictor on the same cases.
Exit status: 0 done, 2 unusable input.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from lggseg.files import write_text
from lggseg_training.made_with import SEQUENCES
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("figures", __doc__)
    result.add_argument("--maps", type=Path, nargs="+", required=True, metavar="FOLDER", help="of out_of_fold.py")
    result.add_argument("--other", type=Path, nargs="+", default=[], metavar="FOLDER", help="the same of another model")
    result.add_argument("--rule", type=Path, metavar="JSON", help="of choose_rule.py: what is less sure does not count")
    result.add_argument("--sequences", choices=SEQUENCES, help="what the networks saw (default: as maps say)")
    result.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="JSON",
        help="also write them to this file, which export.py --metrics takes",
    )
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("figures", lambda: _print(options))


def _print(options: argparse.Namespace) -> None:
    from lggseg_training.exporting import read_rule  # noqa: PLC0415  (torch: not for --help)
    from lggseg_training.figures import all_figures, headline, held_back  # noqa: PLC0415  (torch: not for --help)
    from lggseg_training.folds import read_folds  # noqa: PLC0415
    from lggseg_training.made_with import sequences_of  # noqa: PLC0415
    from lggseg_training.maps import read_cases  # noqa: PLC0415

    rows, others = (
        [row for folder in folders for row in read_cases(folder)] for folders in (options.maps, options.other)
    )
    saw = sequences_of(options.maps, options.sequences)
    known = {patient for fold in read_folds() for patient in fold}
    if options.rule:
        least = read_rule(options.rule).least_peak
        figures = all_figures(held_back(rows, least), known, held_back(others, least))
    else:
        figures = all_figures(rows, known, others)
    text = json.dumps({**figures, "headline": headline(figures, saw)}, indent=1)
    if options.output:
        write_text(options.output, text + "\n")
    say(text)


if __name__ == "__main__":
    raise SystemExit(main())
