"""What the segment is called wherever it appears: in files, in 3D Slicer and in reports."""

from __future__ import annotations

from dataclasses import dataclass

SEGMENT_ID = "FlairAbnormality"
"""Identifier of the segment inside a segmentation."""

SEGMENT_NAME = "FLAIR abnormality"
"""Name for people."""

SEGMENT_COLOR = (0.95, 0.55, 0.15)
"""Red, green, blue, 0 to 1: an orange that stands out from grey tissue and from Slicer's own overlays."""

LABEL_VALUE = 1
"""Value of the abnormality in a label volume."""

TERMINOLOGY_ENTRY = (
    "Segmentation category and type - DICOM master list"
    "~SCT^49755003^Morphologically Altered Structure"
    "~SCT^86049000^Neoplasm, Primary"
    "~^^"
    "~Anatomic codes - DICOM master list"
    "~SCT^12738006^Brain"
    "~^^"
)
"""Category, type and place in the coded words of SNOMED CT, in the notation of Slicer's terminologies."""


@dataclass(frozen=True)
class Segment:
    """One segment of a label map.

    Attributes:
        id: Identifier inside the segmentation.
        name: Name for people.
        color: Red, green, blue, 0 to 1.
        value: Value of its voxels.
    """

    id: str
    name: str
    color: tuple[float, float, float]
    value: int


ABNORMALITY = Segment(SEGMENT_ID, SEGMENT_NAME, SEGMENT_COLOR, LABEL_VALUE)
"""The segment that ``lggseg segment`` makes."""
