"""DICOM values of volumes, out of Slicer's database."""

from __future__ import annotations

from typing import Any

import slicer


def read(volumeNode: Any, tag: str) -> str:
    """Return the value of a DICOM tag of a volume, or an empty string where it did not come from DICOM.

    Args:
        volumeNode: A volume of Slicer's scene.
        tag: As ``0010,0020``.
    """
    instances = (volumeNode.GetAttribute("DICOM.instanceUIDs") or "").split()
    database = getattr(slicer, "dicomDatabase", None)
    if not instances or database is None:
        return ""
    return str(database.instanceValue(instances[0], tag) or "")
