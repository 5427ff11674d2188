"""What the segment and each shape feature are called in coded words; see ``docs/dicom.md``.

A feature has a standard code where SNOMED CT or the IBSI has one for the same definition, else a code of this
project's own scheme, ``99LGGSEG``, whose value is the key of the feature.
"""

from __future__ import annotations

from typing import Any

from lggseg.segmentation.segment_identity import TERMINOLOGY_ENTRY
from lggseg.shape.registry import FEATURES, Feature

PRIVATE_SCHEME = "99LGGSEG"
PRIVATE_SCHEME_NAME = "Shape features of lggseg"

_LONGEST_MEANING = 64

_STANDARD = {
    "volume_ml": ("118565006", "SCT", "Volume"),
    "surface_mesh_mm2": ("C0JK", "IBSI", "Surface area (mesh)"),
    "sphericity": ("QCFX", "IBSI", "Sphericity"),
    "major_axis_mm": ("TDIC", "IBSI", "Major axis length"),
    "minor_axis_mm": ("P9VJ", "IBSI", "Minor axis length"),
    "least_axis_mm": ("7J51", "IBSI", "Least axis length"),
    "elongation": ("Q3CK", "IBSI", "Elongation"),
    "flatness": ("N17B", "IBSI", "Flatness"),
    "diameter_3d_mm": ("L0JK", "IBSI", "Maximum 3D diameter"),
    "longest_diameter_mm": ("103339001", "SCT", "Long axis"),
    "perpendicular_diameter_mm": ("103340004", "SCT", "Short axis"),
}
"""By key of the feature: code value, scheme, meaning. Only where the definition is the same."""

_UNITS = {
    "ml": ("mL", "UCUM", "milliliter"),
    "mm": ("mm", "UCUM", "millimeter"),
    "mm²": ("mm2", "UCUM", "square millimeter"),
    "": ("1", "UCUM", "no units"),
}


def feature_code(feature: Feature) -> tuple[str, str, str]:
    """Return code value, scheme and meaning of a feature."""
    private = (feature.key.upper()[:16], PRIVATE_SCHEME, feature.label[:_LONGEST_MEANING])
    return _STANDARD.get(feature.key, private)


def unit_code(feature: Feature) -> tuple[str, str, str]:
    """Return code value, scheme and meaning of the unit of a feature."""
    return _UNITS[feature.unit]


def feature_of(value: str, scheme: str) -> Feature | None:
    """Return the feature that a code stands for, or None for a code of somebody else."""
    return next((one for one in FEATURES if feature_code(one)[:2] == (value, scheme)), None)


def segment_codes() -> dict[str, tuple[str, str, str]]:
    """Return the codes of the segment: its ``category``, ``type`` and ``site``."""
    parts = TERMINOLOGY_ENTRY.split("~")
    named = {"category": parts[1], "type": parts[2], "site": parts[5]}
    return {name: _code(part) for name, part in named.items()}


def concept(code: tuple[str, str, str]) -> Any:
    """Return highdicom's object for a code."""
    from highdicom.sr import CodedConcept  # noqa: PLC0415  (an extra, and slow to import)

    value, scheme, meaning = code
    return CodedConcept(value=value, scheme_designator=scheme, meaning=meaning)


def _code(text: str) -> tuple[str, str, str]:
    scheme, value, meaning = text.split("^")
    return value, scheme, meaning
