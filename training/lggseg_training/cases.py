"""The prepared data set: where its files lie and what its manifest says."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lggseg.errors import FormatError
from lggseg.model.preprocessing import SEQUENCES

MANIFEST = "manifest.csv"
CASES_FOLDER = "cases"

COLUMNS = (
    "case",
    "patient",
    "institution",
    "slices",
    "tumor_slices",
    "tumor_ml",
    "sequences",
    "spacing_x",
    "spacing_y",
    "spacing_z",
    "spacing_source",
    *(f"{name}_sha256" for name in (*SEQUENCES, "label")),
)
"""Columns of the manifest; ``spacing_source`` is default (assumed), option, table or header."""

REQUIRED_COLUMNS = ("case", "patient", "institution", "slices", "tumor_slices", "sequences", "spacing_source")
"""Columns that a manifest has at least, as that of a case saved in 3D Slicer."""

SAVED_SPACING = "header"
"""``spacing_source`` of a case that was saved with its voxel size, in 3D Slicer."""


@dataclass(frozen=True)
class Case:
    """One row of the manifest.

    Attributes:
        folder: Holds ``flair.nii.gz``, ``label.nii.gz`` and those of ``pre`` and ``post`` that exist.
    """

    case: str
    patient: str
    institution: str
    slices: int
    tumor_slices: int
    sequences: tuple[str, ...]
    spacing_source: str
    folder: Path

    def file(self, name: str) -> Path:
        """Return the path of a sequence or of the label."""
        return self.folder / f"{name}.nii.gz"

    def item(self) -> dict[str, str]:
        """Return what MONAI loads: paths by sequence name, and the label."""
        files = {name: str(self.file(name)) for name in SEQUENCES if name in self.sequences}
        return {"case": self.case, **files, "label": str(self.file("label"))}


def read_manifest(root: Path) -> list[Case]:
    """Read the manifest of a prepared data set.

    Raises:
        FormatError: If it is missing or lacks a column.
    """
    file = root / MANIFEST
    if not file.is_file():
        msg = f"expected {file}; make it with: python training/prepare.py --data FOLDER --output {root}"
        raise FormatError(msg)
    with file.open(newline="", encoding="utf-8") as stream:
        try:
            return [_case(row, root) for row in csv.DictReader(stream)]
        except (KeyError, ValueError) as error:
            msg = f"{file}: a column is missing or damaged ({error}); make it again with training/prepare.py"
            raise FormatError(msg) from error


def select(cases: Iterable[Case], patients: Iterable[str]) -> list[Case]:
    """Return the cases of the patients named, in the order of the manifest."""
    wanted = set(patients)
    return [case for case in cases if case.patient in wanted]


def _case(row: dict[str, str], root: Path) -> Case:
    return Case(
        case=row["case"],
        patient=row["patient"],
        institution=row["institution"],
        slices=int(row["slices"]),
        tumor_slices=int(row["tumor_slices"]),
        sequences=tuple(row["sequences"].split()),
        spacing_source=row["spacing_source"],
        folder=root / CASES_FOLDER / row["case"],
    )
