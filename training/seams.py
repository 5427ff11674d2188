"""Check that blends cannot be told from each other: ``python training/seams.py --data data/prepared``.

Heads without tumor are made by blending the other side of the head over the tumor. If a seam could be seen where
a tumor was removed and not where nothing was (sham), the network would learn seams. A classifier on the band around
the seam is asked to tell them apart, on patients it was not fitted on. Writes seams.json; an area under the curve
near .5 is what is wanted. Exit status: 0 done, 2 unusable input.
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
    result = make_parser("seams", __doc__)
    result.add_argument("--data", type=Path, default=PREPARED, help="prepared data set (default: %(default)s)")
    result.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth case")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/seams.json"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Check and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("seams", lambda: _check(options))


def _check(options: argparse.Namespace) -> None:
    from lggseg_training.seams import seam_auc  # noqa: PLC0415  (torch: not for --help)
    from lggseg_training.slices import load_volumes  # noqa: PLC0415

    loaded = load_volumes(read_manifest(options.data)[:: options.every], learn=True, workers=1)
    result = json.dumps(seam_auc([loaded[index] for index in range(len(loaded))]), indent=1)
    write_text(options.output, result + "\n")
    say(result)


if __name__ == "__main__":
    raise SystemExit(main())
