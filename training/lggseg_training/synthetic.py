"""A small prepared data set of synthetic heads, for trying the pipeline without any data."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from lggseg.phantom.study import write_phantom
from lggseg_training.cases import CASES_FOLDER, MANIFEST


def write_synthetic_dataset(root: Path, *, patients: int, slices: int = 6, size: int = 96) -> Path:
    """Write a prepared data set with one patient a fold, and ``splits.json`` beside it.

    Args:
        root: Folder to make.
        patients: How many.
        slices: Slices a patient.
        size: Rows and columns of a slice.

    Returns:
        ``root``.
    """
    rows = []
    for seed in range(patients):
        case = f"SYN_{seed:03d}"
        files = write_phantom(
            root / CASES_FOLDER / case,
            seed=seed,
            slices=slices,
            size=size,
            spacing_mm=(218 / size, 218 / size, 130 / slices),
        )
        label = sitk.GetArrayFromImage(sitk.ReadImage(str(files["label"])))
        tumor_slices = int(np.count_nonzero(label.any(axis=(1, 2))))
        rows.append(
            {
                "case": case,
                "patient": case,
                "institution": "SYN",
                "slices": slices,
                "tumor_slices": tumor_slices,
                "sequences": "flair pre post",
                "spacing_source": "synthetic",
            }
        )
    with (root / MANIFEST).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    folds = [[row["patient"]] for row in rows]
    (root / "splits.json").write_text(json.dumps({"how": "one patient a fold", "folds": folds}), encoding="utf-8")
    return root
