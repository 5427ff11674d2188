"""Saving a corrected case in the layout of the prepared data set, so that corrections become training data."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from slicer.i18n import tr as _

from LGGSegmentationLib.Scene import VolumeExchange

MANIFEST = "manifest.csv"
COLUMNS = ("case", "patient", "institution", "slices", "tumor_slices", "sequences", "spacing_source")
_INSTITUTION = "local"


def save(root: Path, case: str, patient: str, volumes: dict[str, Any], segmentation: tuple[Any, str]) -> Path:
    """Write one case and its row of the manifest; a case of the same name is replaced.

    Args:
        root: The prepared data set; made if it does not exist.
        case: Name of the case, a plain folder name.
        patient: Cases of one patient stay together when data are split.
        volumes: Volume nodes by ``flair`` and, where there are any, ``pre`` and ``post``.
        segmentation: Segmentation node and segment.

    Returns:
        The folder of the case.

    Raises:
        ValueError: If a name cannot be used.
        RuntimeError: If the files cannot be written.
    """
    for name in (case, patient):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
            msg = _("“{name}” cannot be a name here: use letters, digits, dot, hyphen and underscore.")
            raise ValueError(msg.format(name=name))
    flair = volumes["flair"]
    label = VolumeExchange.maskImage(*segmentation, flair)
    images = {name: VolumeExchange.imageInSpaceOf(node, flair) for name, node in volumes.items()}
    images["label"] = label
    folder = root / "cases" / case
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("flair", "pre", "post", "label"):
            _writeImage(images.get(name), folder / f"{name}.nii.gz")
        _writeRow(root / MANIFEST, _row(case, patient, images, label))
    except (OSError, RuntimeError) as error:
        msg = _("{folder}: the case could not be written ({error}); choose another folder.")
        raise RuntimeError(msg.format(folder=folder, error=error)) from error
    return folder


def _writeImage(image: sitk.Image | None, path: Path) -> None:
    """Write an image under a temporary name first; without an image, remove what an earlier save left."""
    if image is None:
        path.unlink(missing_ok=True)
        return
    temporary = path.with_name("part-" + path.name)
    sitk.WriteImage(image, str(temporary))
    temporary.replace(path)


def _row(case: str, patient: str, images: dict[str, sitk.Image], label: sitk.Image) -> dict[str, str]:
    mask = sitk.GetArrayViewFromImage(label)
    return {
        "case": case,
        "patient": patient,
        "institution": _INSTITUTION,
        "slices": str(mask.shape[0]),
        "tumor_slices": str(int(np.count_nonzero(mask.any(axis=(1, 2))))),
        "sequences": " ".join(name for name in ("flair", "pre", "post") if name in images),
        "spacing_source": "header",
    }


def _writeRow(manifest: Path, row: dict[str, str]) -> None:
    """Replace or append the row of a case."""
    rows: list[dict[str, str]] = []
    columns = list(COLUMNS)
    if manifest.is_file():
        with manifest.open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream)
            columns = list(reader.fieldnames or columns)
            rows = [old for old in reader if old.get("case") != row["case"]]
    temporary = manifest.with_name(manifest.name + ".part")
    with temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows([*rows, row])
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(manifest)
