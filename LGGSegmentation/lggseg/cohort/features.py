"""Shape features of a folder of masks: one row a patient, several at once.

A mask that cannot be measured is a row with a reason; the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lggseg import workers
from lggseg.cohort.patients import PATIENT_COLUMN, patient_key
from lggseg.cohort.tables import REASON_COLUMN, csv_text
from lggseg.errors import InputError, LggsegError
from lggseg.files import write_text
from lggseg.shape.registry import FEATURES
from lggseg.volumes.suffixes import MASK_SUFFIXES
from lggseg.volumes.system_files import entries

if TYPE_CHECKING:
    from lggseg.shape.paper import Choices
    from lggseg.volumes.masks import Choice

NAMES_IN_FOLDERS = ("label.nii.gz", "segmentation.nii.gz")
"""Masks looked for in the folder of a patient: a prepared data set, and what ``lggseg segment`` writes."""

NOTE_COLUMN = "note"

COLUMNS = (PATIENT_COLUMN, "file", "spacing_mm", REASON_COLUMN, NOTE_COLUMN, *(item.key for item in FEATURES))
"""Columns of the feature file. A row with a reason has no features that could be used; one with a note has."""

Values = dict[str, float | int | None]


@dataclass(frozen=True)
class MaskFile:
    """A mask and the patient it is of."""

    patient: str
    path: Path


@dataclass(frozen=True)
class Row:
    """What came of one mask: features, or the reason for their absence; and what had to be decided about it."""

    mask: MaskFile
    spacing_mm: tuple[float, ...] = ()
    reason: str = ""
    note: str = ""
    features: Values = field(default_factory=dict)


def find_masks(folder: Path, *, pattern: str | None = None, name: str | None = None) -> list[MaskFile]:
    """Find the masks of a cohort, ordered by patient.

    Args:
        folder: Holds masks directly (one file a patient), or one folder a patient with a mask in it.
        pattern: Own rule for the patient, see :func:`lggseg.cohort.patients.patient_key`.
        name: File name of the mask in the folder of a patient; by default those in ``NAMES_IN_FOLDERS``.

    Raises:
        InputError: If the folder does not exist or holds no mask.
    """
    if not folder.is_dir():
        msg = f"{folder}: expected a folder of masks, got {'a file' if folder.exists() else 'nothing'}; give the folder"
        raise InputError(msg)
    names = NAMES_IN_FOLDERS if name is None else (name,)
    found = []
    for entry in entries(folder):
        if entry.is_dir():
            path = _named(entry, names)
            if path is not None:
                found.append(MaskFile(patient_key(entry.name, pattern), path))
        elif entry.is_file():
            stem = _without_type(entry.name)
            if stem is not None:
                found.append(MaskFile(patient_key(stem, pattern), entry))
    if not found:
        msg = (
            f"{folder}: expected masks ({', '.join(MASK_SUFFIXES)}) or folders with {' or '.join(names)}, got neither; "
            "give the folder that holds them, or the name of the masks with --name"
        )
        raise InputError(msg)
    return sorted(found, key=lambda mask: (mask.patient, str(mask.path)))


def folders_without(folder: Path, masks: Sequence[MaskFile]) -> list[Path]:
    """Return the folders beside those of patients in which no mask was found, where masks lie in folders at all."""
    used = {mask.path.parent for mask in masks} - {folder}
    return [entry for entry in entries(folder) if used and entry.is_dir() and entry not in used]


def _named(folder: Path, names: Sequence[str]) -> Path | None:
    """Return the first of the names that is in a folder, in capitals or not."""
    files = {path.name.lower(): path for path in entries(folder) if path.is_file()}
    return next((files[name.lower()] for name in names if name.lower() in files), None)


def _without_type(name: str) -> str | None:
    ending = next((ending for ending in MASK_SUFFIXES if name.lower().endswith(ending)), None)
    return None if ending is None else name[: -len(ending)]


def measure_file(mask: MaskFile, choices: Choices | None = None, part: Choice | None = None) -> Row:
    """Measure one mask; whatever goes wrong with it becomes the reason of its row."""
    from lggseg.shape.measuring import measure  # noqa: PLC0415
    from lggseg.shape.paper import DEFAULT_CHOICES  # noqa: PLC0415
    from lggseg.volumes import masks, notes  # noqa: PLC0415

    try:
        image = masks.read_mask(mask.path, part or masks.EVERYTHING)
        features = measure(image, choices or DEFAULT_CHOICES)
    except (LggsegError, ArithmeticError, ValueError, RuntimeError, OSError, MemoryError) as error:
        return Row(mask, reason=" ".join(str(error).split()) or type(error).__name__)
    spacing = tuple(round(float(length), 6) for length in image.GetSpacing())
    reason = "the mask is empty: no voxel other than 0" if features["components"] == 0 else ""
    return Row(mask, spacing, reason, " ".join(notes.of(image)), features)


def measure_cohort(
    masks: Sequence[MaskFile],
    *,
    jobs: int | None = None,
    choices: Choices | None = None,
    part: Choice | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Row]:
    """Measure all masks.

    Args:
        masks: What to measure; of several masks of one patient only the first is measured.
        jobs: Number of processes, which a damaged file cannot take down with it; None for this one.
        choices: How ASD, BEVR and MF are to be read.
        part: Which label or segment of the files is the mask.
        progress: Called with the numbers of masks done and of all.

    Returns:
        One row a mask, in the order of the masks.

    Raises:
        InputError: If there is to be no process.
    """
    first: dict[str, MaskFile] = {}
    for mask in masks:
        first.setdefault(mask.patient, mask)
    wanted = list(first.values())
    rows: dict[Path, Row] = {}
    measuring = partial(measure_file, choices=choices, part=part)
    done_rows = map(measuring, wanted) if jobs is None else workers.run(measuring, wanted, jobs, _crashed)
    for done, row in enumerate(done_rows, start=1):
        rows[row.mask.path] = row
        progress(done, len(wanted))
    for mask in masks:
        if mask.path not in rows:
            reason = f"a second mask of {mask.patient}; measured from {first[mask.patient].path.name}"
            rows[mask.path] = Row(mask, reason=reason)
    return [rows[mask.path] for mask in masks]


def _crashed(mask: MaskFile) -> Row:
    return Row(mask, reason="the process that measured it ended: a damaged file, or out of memory")


def write_features(path: Path, rows: Sequence[Row], folder: Path) -> None:
    """Write the feature file; paths in it are relative to the folder of masks.

    Raises:
        OutputError: If it cannot be written.
    """
    table = [
        {
            PATIENT_COLUMN: row.mask.patient,
            "file": row.mask.path.relative_to(folder).as_posix(),
            "spacing_mm": " x ".join(f"{length:g}" for length in row.spacing_mm),
            REASON_COLUMN: row.reason.replace(f"{folder}{os.sep}", ""),  # a folder may be called like a patient
            NOTE_COLUMN: row.note.replace(f"{folder}{os.sep}", ""),
            **row.features,
        }
        for row in rows
    ]
    write_text(path, csv_text(COLUMNS, table))
