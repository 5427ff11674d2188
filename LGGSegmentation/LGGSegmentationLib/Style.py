"""How the segment is named, coded and coloured."""

from __future__ import annotations

SEGMENT_ID = "flair_abnormality"
SEGMENT_NAME = "FLAIR abnormality (tumor and edema)"
SEGMENT_COLOR = (0.93, 0.38, 0.20)

TERMINOLOGY = "~".join(
    (
        "Segmentation category and type - DICOM master list",
        "SCT^49755003^Morphologically Altered Structure",
        "SCT^86049000^Neoplasm, Primary",
        "^^",
        "Anatomic codes - DICOM master list",
        "SCT^12738006^Brain",
        "^^",
    )
)
"""DICOM codes. No code says "signal abnormality of tumor and edema": hence the segment's name."""

RESEARCH_USE = "Research use only. Not a medical device."
