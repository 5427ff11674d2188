"""``lggseg phantom``: write the synthetic study."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lggseg.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder for the volumes")
    add_phantom_arguments(parser)


def add_phantom_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the synthetic patient, and whether it may replace another."""
    parser.add_argument("--seed", type=int, default=0, help="another number, another patient (default: 0)")
    parser.add_argument("--growth", type=float, default=1.0, help="factor of its volume, for a second time point")
    parser.add_argument("--no-tumor", action="store_true", help="a healthy head")
    parser.add_argument("--overwrite", action="store_true", help="replace what is in the folder already")


def phantom_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return what ``write_phantom`` takes of these arguments.

    Raises:
        InputError: If what is not there is to grow.
    """
    if options.no_tumor and options.growth != 1.0:
        msg = f"expected --growth, or --no-tumor, got both (--growth {options.growth:g}); leave one out"
        raise InputError(msg)
    return {
        "seed": options.seed,
        "growth": options.growth,
        "tumor": not options.no_tumor,
        "overwrite": options.overwrite,
    }


def run(options: argparse.Namespace) -> int:
    """Write flair, pre, post and label as NIfTI."""
    from lggseg.phantom.study import write_phantom  # noqa: PLC0415  (numpy and scipy: not for --help)

    files = write_phantom(options.output, **phantom_options(options))
    for name, file in files.items():
        print(f"{name + ':':<7}{file}")  # noqa: T201
    print("Synthetic data: made by a program, not measured on a person.")  # noqa: T201
    return 0
