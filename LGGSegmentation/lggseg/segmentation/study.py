"""Reads the volumes of one study from whatever the user has."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.files import sha256_of
from lggseg.volumes import io, tiff_stack
from lggseg.volumes.registration import register_rigidly

Spacing = tuple[float, float, float]


@dataclass
class Study:
    """Volumes by sequence, and where they came from.

    Attributes:
        images: ``flair``, and where there are any ``pre`` and ``post``.
        description: File, SHA-256, size and spacing of each, for the report.
        notes: What a reader of the report has to know.
    """

    images: dict[str, sitk.Image]
    description: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_study(options: argparse.Namespace) -> Study:
    """Read FLAIR and the other sequences that the command line names.

    Raises:
        InputError: If a file cannot be used.
    """
    spacing: Spacing | None = tuple(options.spacing) if options.spacing else None
    study = _read_flair(options.flair, spacing)
    names = dict.fromkeys(study.images, options.flair)
    for sequence in ("pre", "post"):
        if getattr(options, sequence):
            names[sequence] = getattr(options, sequence)
            study.images[sequence] = io.read_volume(names[sequence], wanted=None)
    if options.register:
        _register(study)
    for sequence, image in study.images.items():
        study.description[sequence] = describe(image, names[sequence])
    return study


def describe(image: sitk.Image, name: str) -> dict[str, Any]:
    """Return what the report says of an input volume."""
    path = Path(name.partition(io.SERIES_SEPARATOR)[0])
    return {
        "file": name,
        "sha256": sha256_of(path),
        "size": list(image.GetSize()),
        "spacing_mm": [round(edge, 6) for edge in image.GetSpacing()],
    }


def _read_flair(name: str, spacing: Spacing | None) -> Study:
    """Read the main input; a folder of TIFF slices brings its other sequences along."""
    path = Path(name)
    if not (path.is_dir() and tiff_stack.is_tiff_folder(path)):
        return Study({"flair": io.read_volume(name, spacing=spacing)})
    images = tiff_stack.read_tiff_stack(path, spacing)
    if not tiff_stack.spacing_is_assumed(images["flair"]):
        return Study(images)
    assumed = " x ".join(f"{edge:g}" for edge in tiff_stack.DEFAULT_TIFF_SPACING_MM)
    note = f"TIFF slices carry no voxel size: {assumed} mm was assumed, and volumes in ml rest on it (set --spacing)."
    return Study(images, notes=[note])


def _register(study: Study) -> None:
    for name in ("pre", "post"):
        if name in study.images:
            study.images[name] = register_rigidly(study.images[name], study.images["flair"])
            study.notes.append(f"{name} was moved rigidly onto FLAIR before segmenting.")
