"""Make masks of the maps that were kept: ``python training/masks.py --maps runs/maps --rule runs/rule.json``.

For every case of the prepared set (--data) whose map training/out_of_fold.py has kept, writes OUTPUT/CASE.nii.gz by the
rule of choose_rule.py, or else that of the shipped model: for lggseg radiogenomics and lggseg agreement, and for
evaluate.py --masks. Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg.cohort.prepared import read_manifest
from lggseg.model.bundle import load_bundle
from lggseg_training.places import PREPARED
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("masks", __doc__)
    result.add_argument("--maps", type=Path, required=True, metavar="FOLDER", help="of out_of_fold.py")
    result.add_argument("--data", type=Path, default=PREPARED, help="prepared data set (default: %(default)s)")
    result.add_argument("--rule", type=Path, metavar="JSON", help="of choose_rule.py (default: the shipped model's)")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/masks"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the masks and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("masks", lambda: _write(options))


def _write(options: argparse.Namespace) -> None:
    from lggseg_training.exporting import read_rule  # noqa: PLC0415  (torch: not for --help)
    from lggseg_training.maps import write_masks  # noqa: PLC0415

    rule = read_rule(options.rule) if options.rule else load_bundle().rule
    count = write_masks(options.maps, read_manifest(options.data), rule, options.output)
    say(f"{options.output}: {count} masks")


if __name__ == "__main__":
    raise SystemExit(main())
