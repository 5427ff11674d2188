"""Reads the volumes of one study from whatever the user has."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg import io
from lggseg.registration import register_rigidly

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
    flair = Path(options.flair)
    study = _read_tiff_study(flair, spacing) if io.is_tiff_folder(flair) else Study({"flair": io.read_volume(flair)})
    files = dict.fromkeys(study.images, flair)
    for name in ("pre", "post"):
        if getattr(options, name):
            files[name] = Path(getattr(options, name))
            study.images[name] = io.read_volume(files[name])
    if options.register:
        _register(study)
    for name, image in study.images.items():
        study.description[name] = describe(image, files[name])
    return study


def describe(image: sitk.Image, file: Path) -> dict[str, Any]:
    """Return what the report says of an input volume."""
    return {
        "file": str(file),
        "sha256": io.sha256_of(file),
        "size": list(image.GetSize()),
        "spacing_mm": [round(edge, 6) for edge in image.GetSpacing()],
    }


def _read_tiff_study(folder: Path, spacing: Spacing | None) -> Study:
    images = io.read_tiff_stack(folder, spacing)
    if spacing is not None:
        return Study(images)
    assumed = " x ".join(f"{edge:g}" for edge in io.DEFAULT_TIFF_SPACING_MM)
    note = f"TIFF slices carry no voxel size: {assumed} mm was assumed, and volumes in ml rest on it (set --spacing)."
    return Study(images, notes=[note])


def _register(study: Study) -> None:
    for name in ("pre", "post"):
        if name in study.images:
            study.images[name] = register_rigidly(study.images[name], study.images["flair"])
            study.notes.append(f"{name} was moved rigidly onto FLAIR before segmenting.")
