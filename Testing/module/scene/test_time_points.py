"""Time points in the scene: dates, patients, rows that follow their outlines."""

from __future__ import annotations

import pytest
from slicer_case import add_small

pytestmark = pytest.mark.slicer


def test_dates_come_from_dicom(panel, monkeypatch):
    import types

    import slicer

    from LGGSegmentationLib.Application import DicomTags
    from LGGSegmentationLib.Scene import TimePoints

    values = {"0008,0022": "20240131"}
    database = types.SimpleNamespace(instanceValue=lambda uid, tag: values.get(tag, ""))
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    volume = add_small()
    assert TimePoints.dateOf(volume, DicomTags.read) == ""
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    assert TimePoints.dateOf(volume, DicomTags.read) == "2024-01-31"
