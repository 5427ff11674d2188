"""What is known of one series of a study before its pixels are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lggseg.volumes.sequence import Assessment

AXIAL, CORONAL, SAGITTAL, UNKNOWN_PLANE = "axial", "coronal", "sagittal", "unknown"

_PLANES = (SAGITTAL, CORONAL, AXIAL)
"""By the axis of the patient that the normal of the slices is nearest to."""


@dataclass(frozen=True)
class Series:
    """One series of a DICOM study, or one volume file of a folder.

    Attributes:
        uid: Series instance UID, or the path of the file within the study.
        study: Study instance UID; empty for files.
        description: Series description or file name.
        metadata: DICOM values by keyword, those of ``sequence.tags.TAGS`` only.
        assessment: What sequence it seems to be, and why.
        plane: ``axial``, ``coronal``, ``sagittal`` or ``unknown``.
        slices: How many slices it has.
        number: Series number, or None.
        day: Study date as YYYYMMDD, or empty.
        time: Seconds of the day of its acquisition, or None.
        frame_of_reference: Series that share it lie in one space.
        derived: Whether it was computed from another series, as a reformat is.
        files: Its files.
    """

    uid: str
    study: str
    description: str
    metadata: Mapping[str, Any]
    assessment: Assessment
    plane: str
    slices: int
    number: int | None = None
    day: str = ""
    time: float | None = None
    frame_of_reference: str = ""
    derived: bool = False
    files: tuple[Path, ...] = field(default=(), repr=False)

    @property
    def label(self) -> str:
        """What a person knows it by; no identifier that leads back to the patient."""
        number = "" if self.number is None else f"{self.number}: "
        size = f", {self.plane}, {self.slices} slices" if self.slices else ""
        return f"{number}«{self.description}»{size}"

    @property
    def is_dicom(self) -> bool:
        """Whether it is a DICOM series, not a volume file."""
        return bool(self.study) or "Modality" in self.metadata

    def __str__(self) -> str:
        return f"{self.label}: {self.uid}" if self.uid != self.description else self.label


def plane_of(orientation: npt.ArrayLike) -> str:
    """Return the plane nearest to slices whose rows and columns run along ``(6,)`` directions."""
    directions = np.asarray(orientation, dtype=np.float64)
    if directions.shape != (6,) or not np.isfinite(directions).all():
        return UNKNOWN_PLANE
    normal = np.abs(np.cross(directions[:3], directions[3:]))
    return _PLANES[int(normal.argmax())] if normal.any() else UNKNOWN_PLANE
