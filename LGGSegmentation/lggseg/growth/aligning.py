"""Alignment of two studies from and to files: the transform, and a record of how good it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import SimpleITK as sitk

import lggseg
from lggseg.errors import InputError
from lggseg.files import staged, write_text
from lggseg.growth.alignment import Alignment, align
from lggseg.notice import RESEARCH_USE
from lggseg.segmentation.progress import Checkpoint, never_stop
from lggseg.volumes import io
from lggseg.volumes.masks import on_grid, read_mask

TRANSFORM_FILE, RECORD_FILE = "alignment.tfm", "alignment.json"


@dataclass(frozen=True)
class StudyFiles:
    """Files of one study.

    Attributes:
        flair: The FLAIR volume.
        mask: Its abnormality, on its grid; None where there is none to leave out.
    """

    flair: Path
    mask: Path | None = None

    def read(self) -> tuple[sitk.Image, sitk.Image]:
        """Return volume and mask, an empty one where there is no file of it.

        Raises:
            InputError: If a file cannot be read, or the mask lies elsewhere.
        """
        flair = io.read_volume(self.flair)
        if self.mask is None:
            return flair, flair * 0 != 0
        mask = read_mask(self.mask)
        on_grid(mask, flair, str(self.mask))
        return flair, mask


def align_files(baseline: StudyFiles, later: StudyFiles, checkpoint: Checkpoint = never_stop) -> Alignment:
    """Align a later study with the baseline.

    Raises:
        InputError: If a file cannot be used, or the two cannot be aligned.
    """
    return align(*baseline.read(), *later.read(), checkpoint=checkpoint)


def write_alignment(alignment: Alignment, folder: Path, *, overwrite: bool) -> dict[str, Path]:
    """Write transform and record into a folder, both or none.

    Raises:
        OutputError: If a file would be replaced, or cannot be written.
    """
    with staged(folder, overwrite=overwrite) as stage:
        sitk.WriteTransform(alignment.transform, str(stage / TRANSFORM_FILE))
        write_text(stage / RECORD_FILE, json.dumps(_record(alignment), indent=2) + "\n")
    return {"transform": folder / TRANSFORM_FILE, "record": folder / RECORD_FILE}


def read_alignment(folder: Path) -> Alignment:
    """Read what :func:`write_alignment` wrote.

    Raises:
        InputError: If the files are not there, or hold something else.
    """
    try:
        record = json.loads((folder / RECORD_FILE).read_text(encoding="utf-8"))
        transform = sitk.ReadTransform(str(folder / TRANSFORM_FILE))
        return Alignment.of(transform, record)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        msg = f"{folder}: expected {TRANSFORM_FILE} and {RECORD_FILE} of lggseg align, got «{error}»; align again"
        raise InputError(msg) from error


def _record(alignment: Alignment) -> dict[str, Any]:
    numbers: dict[str, Any] = {**alignment.numbers, "doubtful": alignment.doubtful}
    return {"lggseg": lggseg.__version__, "notice": RESEARCH_USE, **numbers}
