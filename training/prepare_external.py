"""Prepare volumes of elsewhere: ``python training/prepare_external.py --data FOLDER --table external-cases.csv``.

The table says which case is which patient: columns case, patient, institution, flair, label; files relative to
--data; an empty label is a volume without tumor. A case whose patient is in the data set already must
bear that patient's name: then it lands in the same fold. Labels are taken voxel by voxel, above 0 is abnormal.

Writes what training/prepare.py writes, into a folder of its own: give it to train.py with --extra. A
second run does nothing; a run that was stopped goes on where it ended.

Exit status: 0 done, 2 unusable input, 4 output not writable, 130 stopped by the user.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.external import prepare_external
from lggseg_training.places import EXTERNAL, EXTERNAL_CASES
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("prepare_external", __doc__)
    result.add_argument("--data", type=Path, required=True, help="folder that the table's files lie in")
    result.add_argument("--table", type=Path, default=EXTERNAL_CASES, help="cases, patients, files (%(default)s)")
    result.add_argument("--output", type=Path, default=EXTERNAL, help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status(
        "prepare_external", lambda: _prepare(options), stopped="stopped; the same command goes on where it ended"
    )


def _prepare(options: argparse.Namespace) -> None:
    rows = prepare_external(options.data, options.table, options.output)
    patients = len({row["patient"] for row in rows})
    say(f"{options.output}: {len(rows)} cases of {patients} patients")


if __name__ == "__main__":
    raise SystemExit(main())
