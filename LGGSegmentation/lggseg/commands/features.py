"""``lggseg features MASKS -o features.csv``: shape features of a folder of masks."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from lggseg.cohort.features import find_masks, folders_without, measure_cohort, write_features
from lggseg.errors import InputError
from lggseg.files import refuse_own_input

_OPTIONS = ("--label of lggseg features", "--segment of lggseg features")
"""As ``lggseg radiogenomics`` says them too, which measures masks but has no such options."""
HELP = "measure the shape of every mask in a folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.description = (
        "Measures volume, surface, diameters, sides and the features of Buda et al. 2019 (ASD, BEVR, MF) of each mask "
        "and writes one row a patient. Lengths and volumes rest on the voxel sizes in the files. Research use only."
    )
    parser.add_argument(
        "masks",
        type=Path,
        metavar="MASKS",
        help="folder with mask files, or with one folder a patient that holds label.nii.gz or segmentation.nii.gz",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="CSV", help="feature file to write")
    parser.add_argument("--name", metavar="FILE", help="name of the mask in the folder of a patient")
    parser.add_argument(
        "--patient",
        metavar="REGEX",
        help="rule for the patient in a file or folder name; default TCGA_XX_YYYY for TCGA names, else the whole name",
    )
    parser.add_argument("--label", type=int, metavar="N", help="value of the mask in label maps (default: all but 0)")
    parser.add_argument("--segment", metavar="NAME", help="segment of .seg.nrrd files that hold several")
    parser.add_argument(
        "--points",
        choices=("faces", "corners", "centres"),
        default="faces",
        help="what stands for a voxel in the bounding ellipsoid of BEVR (default: faces)",
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at once (default: all cores)"
    )


def run(args: argparse.Namespace) -> int:
    """Measure and write; the exit status is 2 only where not one mask could be measured."""
    from lggseg.shape.paper import Choices  # noqa: PLC0415 - needs scipy, kept out of --help
    from lggseg.volumes.masks import Choice  # noqa: PLC0415

    masks = find_masks(args.masks, pattern=args.patient, name=args.name)
    loose = [mask.path.name for mask in masks if mask.path.parent == args.masks]
    if args.name is not None and loose:
        msg = (
            f"--name {args.name}: expected folders of patients in {args.masks}, got files ({loose[0]}), which go by "
            "their own names; leave --name out, or separate them"
        )
        raise InputError(msg)
    refuse_own_input([args.output], [mask.path for mask in masks])
    rows = measure_cohort(
        masks,
        jobs=args.jobs,
        choices=Choices(points=args.points),
        part=Choice(args.label, args.segment, _OPTIONS),
        progress=show_progress,
    )
    write_features(args.output, rows, args.masks)
    failed = [row for row in rows if row.reason]
    for folder in folders_without(args.masks, masks):
        sys.stderr.write(f"{folder.name}: passed over, no mask in it by a name that is known; --name gives another\n")
    for row in failed:
        sys.stderr.write(f"{row.mask.patient}: {row.reason}\n")
    sys.stdout.write(f"{args.output}: {len(rows) - len(failed)} of {len(rows)} masks measured. Research use only.\n")
    return 2 if len(failed) == len(rows) else 0


def show_progress(done: int, total: int) -> None:
    """Say how many are measured: on one line of a terminal, every tenth elsewhere."""
    end = "\n" if done == total else ""
    if sys.stderr.isatty():
        sys.stderr.write(f"\rmeasured {done} of {total}{end}")
    elif done == total or done % 10 == 0:
        sys.stderr.write(f"measured {done} of {total}\n")
    sys.stderr.flush()
