"""``lggseg texture MASKS --images FOLDER -o texture.csv``: intensity and texture of FLAIR inside masks."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

HELP = "measure intensity and texture of FLAIR inside masks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Measures intensity, histogram, co-occurrence and run lengths by the IBSI, in the slice, on normalised FLAIR; "
        "needs pip install 'lggseg[texture]'. Not comparable across studies of other scanners. Research use only."
    )
    parser.add_argument("masks", type=Path, metavar="MASKS", help="folder of masks, as for lggseg features")
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="folder of the FLAIR volumes: files, or one folder a patient with flair.nii.gz (default: MASKS)",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="CSV", help="feature file to write")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at once (default: all cores)"
    )


def run(args: argparse.Namespace) -> int:
    """Measure and write; the exit status is 2 only where not one patient could be measured."""
    from lggseg.cohort.features import find_masks  # noqa: PLC0415
    from lggseg.commands.features import show_progress  # noqa: PLC0415
    from lggseg.radiogenomics.texture import measure_pairs, pairs_of, write_texture  # noqa: PLC0415

    images = find_masks(args.images or args.masks, name="flair.nii.gz")
    masks = find_masks(args.masks)
    pairs = pairs_of(masks, images)
    for patient in sorted({mask.patient for mask in masks} - {pair.patient for pair in pairs}):
        sys.stderr.write(f"{patient}: passed over, a mask without a FLAIR volume in {args.images or args.masks}\n")
    rows = measure_pairs(pairs, args.jobs, show_progress, changed=False)
    write_texture(args.output, rows)
    failed = [row for row in rows if row.reason]
    for row in failed:
        sys.stderr.write(f"{row.patient}: {row.reason}\n")
    sys.stdout.write(f"{args.output}: {len(rows) - len(failed)} of {len(rows)} patients measured. Research use only.\n")
    return 2 if len(failed) == len(rows) else 0
