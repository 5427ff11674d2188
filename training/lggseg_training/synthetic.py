"""A small prepared data set of synthetic heads, for trying the pipeline without any data."""

from __future__ import annotations

import json
from pathlib import Path

from lggseg.cohort.prepared import LABEL, case_folder, write_case, write_manifest
from lggseg.files import write_text
from lggseg.model.preprocessing import SEQUENCES
from lggseg.phantom.study import make_phantom


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
        study = make_phantom(seed=seed, slices=slices, size=size, spacing_mm=(218 / size, 218 / size, 130 / slices))
        images = {name: study[name] for name in SEQUENCES}
        rows.append(
            write_case(images, study[LABEL], case_folder(root, f"SYN_{seed:03d}"), "synthetic", institution="SYN")
        )
    write_manifest(root, rows)
    folds = [[row["patient"]] for row in rows]
    write_text(root / "splits.json", json.dumps({"how": "one patient a fold", "folds": folds}))
    return root
