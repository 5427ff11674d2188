"""DICOM SEG through Slicer's exporter."""

from __future__ import annotations

import types

import pytest
from slicer_case import add_small, block, put_result, smaller_block

pytestmark = pytest.mark.slicer


def test_dicom_export_says_what_it_needs(panel, monkeypatch, tmp_path):
    import sys
    import types

    import slicer

    volume = add_small()
    put_result(panel, volume, block())
    assert "loaded from DICOM" in panel.ui.dicomButton.toolTip
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    monkeypatch.setattr(slicer, "dicomDatabase", types.SimpleNamespace(instanceValue=lambda *_: ""), raising=False)
    panel.update()
    assert "5.12" in panel.ui.dicomButton.toolTip
    calls = []

    class Plugin:
        """Slicer's exporter, as far as it is called."""

        def examineForExport(self, item):
            return [types.SimpleNamespace(item=item)]

        def export(self, exportables):
            calls.extend(exportables)
            return "" if len(calls) < 2 else "disk full"

    plugin = types.ModuleType("DICOMSegmentationPlugin")
    plugin.DICOMSegmentationPluginClass = Plugin
    plugin.__spec__ = types.SimpleNamespace(name="DICOMSegmentationPlugin")
    monkeypatch.setitem(sys.modules, "DICOMSegmentationPlugin", plugin)
    panel.update()
    assert panel.ui.dicomButton.enabled
    panel.exports.saveDicom(tmp_path)
    assert calls[0].directory == str(tmp_path)
    with pytest.raises(RuntimeError, match="disk full"):
        panel.exports.saveDicom(tmp_path)


def test_dicom_says_who_drew_a_segment(panel, monkeypatch, tmp_path):
    import sys

    from LGGSegmentationLib.Application import DicomExport
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    seen = []

    class Plugin:
        """Slicer's exporter, as far as it is called."""

        def examineForExport(self, _item):
            seen.append(currentResult(node).tag("DICOM.SegmentAlgorithmType"))
            return [types.SimpleNamespace()]

        def export(self, _exportables):
            return ""

    plugin = types.ModuleType("DICOMSegmentationPlugin")
    plugin.DICOMSegmentationPluginClass = Plugin
    monkeypatch.setitem(sys.modules, "DICOMSegmentationPlugin", plugin)
    volume = add_small()
    node = put_result(panel, volume, block())
    DicomExport.export(node, tmp_path)
    VolumeExchange.writeMask(smaller_block(), node, currentResult(node).segmentId, volume)
    DicomExport.export(node, tmp_path)
    assert seen == ["AUTOMATIC", "SEMIAUTOMATIC"]
