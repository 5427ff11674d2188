"""A prepared data set in numbers: slices, tumors, intensities, missing sequences, the clinical table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.cohort.delimited import read_sheet
from lggseg.cohort.prepared import Case
from lggseg.model.preprocessing import SEQUENCES, foreground_mask
from lggseg.volumes import geometry, io

_QUANTILES = (5, 25, 50, 75, 95)
_MANY = 8  # different values from which on a column of the clinical table counts as numbers

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CaseFacts:
    """One patient.

    Attributes:
        case: Its row of the manifest.
        tumor_ml: Volume of the reference.
        slice_pixels: Tumor pixels of each slice, from the lowest up.
        quantiles: 5th, 25th, 50th, 75th and 95th percentile of the head's intensities, by sequence, as stored.
    """

    case: Case
    tumor_ml: float
    slice_pixels: npt.NDArray[np.int64]
    quantiles: dict[str, FloatArray]

    @property
    def missing(self) -> tuple[str, ...]:
        """Sequences that were not acquired."""
        return tuple(name for name in SEQUENCES if name not in self.case.sequences)


def read_facts(case: Case) -> CaseFacts:
    """Read the volumes of a case once.

    Raises:
        InputError: If a volume cannot be read.
    """
    label = io.read_volume(case.file("label"))
    array = sitk.GetArrayFromImage(label) > 0
    quantiles = {}
    for name in case.sequences:
        volume = sitk.GetArrayFromImage(io.read_volume(case.file(name))).astype(np.float32)
        quantiles[name] = np.percentile(volume[foreground_mask(volume, name)], _QUANTILES)
    ml = int(array.sum()) * geometry.voxel_volume_ml(label)
    return CaseFacts(case, ml, array.sum(axis=(1, 2), dtype=np.int64), quantiles)


def by_institution(facts: Sequence[CaseFacts]) -> dict[str, list[CaseFacts]]:
    """Group patients by institution, by name."""
    names = sorted({one.case.institution for one in facts})
    return {name: [one for one in facts if one.case.institution == name] for name in names}


def institution_rows(facts: Sequence[CaseFacts]) -> list[tuple[str, ...]]:
    """Return by institution: patients with and without tumor, slices with and without, median volume, missing T1."""
    groups = {**by_institution(facts), "all": list(facts)}
    rows = []
    for name, group in groups.items():
        with_tumor = [one for one in group if one.tumor_ml > 0]
        slices = sum(len(one.slice_pixels) for one in group)
        tumor = sum(int(np.count_nonzero(one.slice_pixels)) for one in group)
        median = f"{np.median([one.tumor_ml for one in with_tumor]):.1f}" if with_tumor else "-"
        missing = Counter(sequence for one in group for sequence in one.missing)
        numbers = (len(with_tumor), len(group) - len(with_tumor), tumor, slices - tumor)
        rows.append((name, *map(str, numbers), median, str(missing["pre"]), str(missing["post"])))
    return rows


def clinical_rows(table: Path) -> list[tuple[str, str, str]]:
    """Summarise the columns of a clinical table, whatever separates them: how many rows say something, and what.

    Raises:
        FormatError: If it cannot be read.
    """
    return [_summary(name, [cell for cell in cells if cell]) for name, cells in read_sheet(table).cells().items()]


def _summary(name: str, said: Sequence[str]) -> tuple[str, str, str]:
    counts = Counter(said)
    numbers = _numbers(said)
    if numbers is not None and len(counts) > _MANY:
        text = f"{numbers.min():g} to {numbers.max():g}, median {np.median(numbers):g}"
    elif len(counts) > _MANY:
        text = f"{len(counts)} different texts"
    else:
        text = ", ".join(f"{value}: {count}" for value, count in sorted(counts.items()))
    return name, str(len(said)), text


def _numbers(said: Sequence[str]) -> FloatArray | None:
    try:
        return np.array([float(value) for value in said]) if said else None
    except ValueError:
        return None
