"""Stack the TIFF slices of the public data set into NIfTI volumes: ``python training/prepare.py --data kaggle_3m``.

Writes OUTPUT/cases/CASE/{flair,pre,post,label}.nii.gz and OUTPUT/manifest.csv (case, patient,
institution, slices, tumor slices, sequences really present, spacing and where it came from, checksums).
A second run does nothing; a run that was stopped goes on where it ended.

The slices do not say how large a voxel is. Unless --spacing or --spacing-table says it, .85 x .85 x 5 mm
is assumed, the manifest says "default", and every volume in ml that is made of it rests on that.

Exit status: 0 done, 2 unusable input, 4 output not writable, 130 stopped by the user.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg.cohort.prepared import SAVED_SPACING
from lggseg_training.places import PREPARED
from lggseg_training.preparation import prepare_dataset
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("prepare", __doc__)
    result.add_argument("--data", type=Path, required=True, help="the folder kaggle_3m, or any folder above it")
    result.add_argument("--output", type=Path, default=PREPARED, help="default: %(default)s")
    result.add_argument("--spacing", nargs=3, type=float, metavar=("X", "Y", "Z"), help="voxel size of all cases in mm")
    result.add_argument(
        "--spacing-table",
        type=Path,
        metavar="CSV",
        help="voxel size by case: columns case, x, y, z; beats --spacing",
    )
    result.add_argument("--jobs", type=int, help="processes (default: one a core)")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("prepare", lambda: _prepare(options), stopped="stopped; the same command goes on where it ended")


def _prepare(options: argparse.Namespace) -> None:
    rows = prepare_dataset(
        options.data,
        options.output,
        spacing=tuple(options.spacing) if options.spacing else None,
        spacing_table=options.spacing_table,
        jobs=options.jobs,
    )
    saved = sum(row["spacing_source"] == SAVED_SPACING for row in rows)
    if saved and (options.spacing or options.spacing_table):
        say(f"{saved} cases keep the voxel size that they were saved with in 3D Slicer")
    patients = len({row["patient"] for row in rows})
    say(f"{options.output}: {len(rows)} cases of {patients} patients")


if __name__ == "__main__":
    raise SystemExit(main())
