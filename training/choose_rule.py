"""Choose threshold, pieces and presence rule by nested cross-validation: ``training/choose_rule.py --maps runs/maps``.

For each run the rule is chosen on the cases of the other runs and measured on its own: the figure that is stated is
not the one it was chosen on. Writes rule.json. Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from lggseg.cohort.prepared import read_manifest
from lggseg.files import write_text
from lggseg_training.places import PREPARED
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("choose_rule", __doc__)
    result.add_argument("--maps", type=Path, required=True, metavar="FOLDER", help="of out_of_fold.py")
    result.add_argument("--data", type=Path, nargs="+", default=[PREPARED], metavar="FOLDER", help="the prepared sets")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/rule.json"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Choose and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("choose_rule", lambda: _choose(options))


def _choose(options: argparse.Namespace) -> None:
    from lggseg_training.choosing import nested, try_all  # noqa: PLC0415  (torch: not for --help)
    from lggseg_training.maps import read_cases  # noqa: PLC0415

    cases = {case.case: case for folder in options.data for case in read_manifest(folder)}
    rows = [row for row in read_cases(options.maps) if row["case"] in cases]
    result = json.dumps(nested(try_all(options.maps, rows, cases)), indent=1)
    write_text(options.output, result + "\n")
    say(result)


if __name__ == "__main__":
    raise SystemExit(main())
