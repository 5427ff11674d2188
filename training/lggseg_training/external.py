"""From labelled volumes of elsewhere, and volumes without tumor, to prepared cases beside those of the data set."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk
from tqdm import tqdm

from lggseg.cohort.prepared import LABEL, Row, case_folder, read_rows, volume_name, write_case, write_manifest
from lggseg.errors import FormatError, InputError
from lggseg.volumes import geometry, io

TABLE_COLUMNS = ("case", "patient", "institution", "flair", "label")
SPACING_SOURCE = "file"


@dataclass(frozen=True)
class ExternalCase:
    """One row of the table.

    Attributes:
        flair: File, relative to the folder of the data.
        label: Its label, above 0 where FLAIR is abnormal; empty where there is no tumor.
    """

    case: str
    patient: str
    institution: str
    flair: str
    label: str


def read_table(file: Path) -> list[ExternalCase]:
    """Read which case belongs to which patient, and where its files lie.

    Raises:
        FormatError: If the table cannot be read, lacks a column, or names a case twice.
    """
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            rows = [ExternalCase(*(row[name].strip() for name in TABLE_COLUMNS)) for row in csv.DictReader(stream)]
    except (OSError, KeyError, AttributeError, UnicodeDecodeError) as error:
        msg = f"{file}: expected a CSV with the columns {', '.join(TABLE_COLUMNS)}, got {error!r}"
        raise FormatError(msg) from error
    names = [row.case for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not rows:
        msg = f"{file}: expected each case once, got {twice or 'none'}"
        raise FormatError(msg)
    return rows


def prepare_external(data: Path, table: Path, output: Path) -> list[Row]:
    """Prepare the cases of a table that are not prepared yet; return the rows of the manifest.

    Raises:
        InputError: If a file is missing, or a label does not fit its volume.
        OutputError: If ``output`` cannot be written.
    """
    cases = read_table(table)
    done = read_rows(output)
    for case in tqdm(cases, desc="preparing", unit="case", disable=None):
        folder = case_folder(output, case.case)
        row = done.get(case.case)
        if row and row["patient"] == case.patient and (folder / volume_name(LABEL)).is_file():
            continue
        flair = io.read_volume(data / case.flair)
        who = {"patient": case.patient, "institution": case.institution}
        done[case.case] = write_case({"flair": flair}, _label_of(case, data, flair), folder, SPACING_SOURCE, **who)
        write_manifest(output, [done[name] for name in sorted(done)])
    return [done[name] for name in sorted(done)]


def _label_of(case: ExternalCase, data: Path, flair: sitk.Image) -> sitk.Image:
    """Return the mask on the grid of FLAIR, taken voxel by voxel: headers of labels are less reliable."""
    if not case.label:
        return sitk.Cast(flair * 0, sitk.sitkUInt8)
    label = io.read_volume(data / case.label)
    if label.GetSize() != flair.GetSize():
        msg = f"{data / case.label}: expected the size of its volume {flair.GetSize()}, got {label.GetSize()}"
        raise InputError(msg)
    return geometry.like((sitk.GetArrayViewFromImage(label) > 0).astype("uint8"), flair)
