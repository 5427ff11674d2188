"""The prepared data set: where its files lie, what its manifest says, and how both are written.

Training reads it; training/prepare.py and the Slicer module write it::

    ROOT/manifest.csv                                   one row a case
    ROOT/cases/CASE/{flair,pre,post,label}.nii.gz       on one grid; pre and post where they exist
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from lggseg.cohort.cells import guarded, unguarded
from lggseg.cohort.patients import institution_of, patient_key
from lggseg.errors import FormatError
from lggseg.files import replacing, sha256_of, staged
from lggseg.model.preprocessing import SEQUENCES
from lggseg.volumes import geometry, io

MANIFEST = "manifest.csv"
CASES_FOLDER = "cases"
LABEL = "label"

Row = dict[str, str]
"""One row of the manifest, by column."""

_FILES = (*SEQUENCES, LABEL)

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
    *(f"{name}_sha256" for name in _FILES),
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
        return self.folder / volume_name(name)

    def item(self) -> dict[str, str]:
        """Return what MONAI loads: paths by sequence name, and the label; and the folder of the case."""
        files = {name: str(self.file(name)) for name in SEQUENCES if name in self.sequences}
        return {"case": self.case, "folder": str(self.folder), **files, LABEL: str(self.file(LABEL))}


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
            return [_case(row, root) for row in map(_cleaned, csv.DictReader(stream))]
        except (KeyError, ValueError) as error:
            msg = f"{file}: a column is missing or damaged ({error}); make it again with training/prepare.py"
            raise FormatError(msg) from error


def select(cases: Iterable[Case], patients: Iterable[str]) -> list[Case]:
    """Return the cases of the patients named, in the order of the manifest."""
    wanted = set(patients)
    return [case for case in cases if case.patient in wanted]


def volume_name(name: str) -> str:
    """Return the file name of a sequence or of the label."""
    return f"{name}.nii.gz"


def case_folder(root: Path, case: str) -> Path:
    """Return where the volumes of a case lie."""
    return root / CASES_FOLDER / case


def write_case(
    images: Mapping[str, sitk.Image],
    label: sitk.Image,
    folder: Path,
    spacing_source: str,
    *,
    patient: str | None = None,
    institution: str | None = None,
) -> Row:
    """Write the volumes of one case, all or none, and return its row of the manifest.

    Args:
        images: ``flair``, and those of ``pre`` and ``post`` that exist, in one grid.
        label: Mask on the same grid.
        folder: ``case_folder(ROOT, CASE)``. A case that is there is replaced.
        spacing_source: Where the voxel size came from, in a word; see ``COLUMNS``.
        patient: By default what the name of the case tells.
        institution: By default what the name of the patient tells.

    Raises:
        OutputError: If the files cannot be written.
    """
    names = [*(name for name in SEQUENCES if name in images), LABEL]
    with staged(folder, overwrite=True) as stage:
        for name in names:
            io.write_volume(label if name == LABEL else images[name], stage / volume_name(name))
    for name in {*SEQUENCES} - {*names}:
        (folder / volume_name(name)).unlink(missing_ok=True)  # of an earlier save
    mask = sitk.GetArrayViewFromImage(label) > 0
    patient = patient or patient_key(folder.name)
    x, y, z = (f"{edge:g}" for edge in label.GetSpacing())
    sums = {f"{name}_sha256": sha256_of(folder / volume_name(name)) if name in names else "" for name in _FILES}
    return {
        "case": folder.name,
        "patient": patient,
        "institution": institution or institution_of(patient),
        "slices": str(len(mask)),
        "tumor_slices": str(int(mask.any(axis=(1, 2)).sum())),
        "tumor_ml": f"{int(np.count_nonzero(mask)) * geometry.voxel_volume_ml(label):.2f}",
        "sequences": " ".join(names[:-1]),
        "spacing_x": x,
        "spacing_y": y,
        "spacing_z": z,
        "spacing_source": spacing_source,
        **sums,
    }


def read_rows(root: Path) -> dict[str, Row]:
    """Return the rows of the manifest by case; none where there is no manifest yet.

    Raises:
        FormatError: If the manifest lacks a column.
    """
    file = root / MANIFEST
    if not file.is_file():
        return {}
    with file.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in REQUIRED_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            msg = f"{file}: expected the columns {', '.join(REQUIRED_COLUMNS)}, found no {missing[0]}; move it away"
            raise FormatError(msg)
        return {row["case"]: row for row in map(_cleaned, reader)}


def write_manifest(root: Path, rows: Sequence[Row]) -> None:
    """Write the manifest, whole or not at all; columns that only some rows have are kept.

    Raises:
        OutputError: If it cannot be written.
    """
    own = dict.fromkeys(name for row in rows for name in row if name not in COLUMNS)
    with replacing(root / MANIFEST) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [*COLUMNS, *own], restval="")
        writer.writeheader()
        writer.writerows({name: guarded(str(value)) for name, value in row.items()} for row in rows)


def add_case(root: Path, row: Row) -> None:
    """Put the row of a case into the manifest, in place of an older one of its name."""
    rows = read_rows(root) | {row["case"]: row}
    write_manifest(root, [rows[case] for case in sorted(rows)])


def _cleaned(row: Mapping[str, str]) -> Row:
    return {name: unguarded(value or "") for name, value in row.items() if name}


def _case(row: dict[str, str], root: Path) -> Case:
    return Case(
        case=row["case"],
        patient=row["patient"],
        institution=row["institution"],
        slices=int(row["slices"]),
        tumor_slices=int(row["tumor_slices"]),
        sequences=tuple(row["sequences"].split()),
        spacing_source=row["spacing_source"],
        folder=case_folder(root, row["case"]),
    )
