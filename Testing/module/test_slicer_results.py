"""What is done with a result: measurements, time points, exports."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from slicer_case import add_small, block, click, put_result, settle

pytestmark = pytest.mark.slicer


def test_the_table_has_every_feature_with_unit_and_definition(panel):
    from lggseg.shape import FEATURES

    put_result(panel, add_small(), block())
    table = panel.ui.measurementWidget
    assert table.rowCount == len(FEATURES)
    for row, feature in enumerate(FEATURES):
        assert table.item(row, 0).text() == feature.label
        assert feature.definition in table.item(row, 1).toolTip()
    assert table.item(0, 1).text() == f"{block().sum() * 4 / 1000:.4g}"
    node = panel.parameters.measurementTable
    assert node.GetNumberOfRows() == len(FEATURES)


def test_the_table_is_shown_beside_the_images(panel):
    import slicer

    put_result(panel, add_small(), block())
    manager = slicer.app.layoutManager()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    click(panel.ui.showTableButton)
    assert manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpTableView
    assert slicer.app.applicationLogic().GetSelectionNode().GetActiveTableID()


def test_a_correction_greys_the_table_until_it_is_recomputed(panel):
    from LGGSegmentationLib.Scene import Measurements, VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    node = put_result(panel, volume, block())
    drawn = block()
    drawn[6] = drawn[5]
    VolumeExchange.writeMask(drawn, node, currentResult(node).segmentId, volume)
    settle()
    assert "Recompute" in panel.ui.measurementSection.text
    assert not panel.ui.measurementWidget.enabled
    click(panel.ui.recomputeButton)
    settle()
    assert "Recompute" not in panel.ui.measurementSection.text
    values = Measurements.valuesOf(panel.parameters.measurementTable)
    assert values["volume_ml"] == pytest.approx(drawn.sum() * 4 / 1000)


def test_copy_and_csv_hold_full_numbers(panel, tmp_path):
    import slicer

    from lggseg.errors import OutputError
    from lggseg.shape import FEATURES

    put_result(panel, add_small(), block())
    click(panel.ui.copyButton)
    copied = list(csv.DictReader(io.StringIO(slicer.app.clipboard().text()), delimiter="\t"))
    panel.measurements.saveCsv(tmp_path / "m.csv")
    saved = list(csv.DictReader(io.StringIO((tmp_path / "m.csv").read_text(encoding="utf-8"))))
    assert [row["key"] for row in saved] == [feature.key for feature in FEATURES]
    assert copied == saved
    assert float(saved[0]["value"]) == block().sum() * 4 / 1000
    with pytest.raises(OutputError, match="choose another folder"):
        panel.measurements.saveCsv(tmp_path / "m.csv" / "below.csv")


def test_features_appear_in_segment_statistics(panel):
    import slicer
    from SegmentStatistics import SegmentStatisticsLogic

    from lggseg.shape import FEATURES, measure
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import Result, currentResult

    volume = add_small(shape=(26, 130, 130))
    mask = np.zeros((26, 130, 130), np.uint8)
    mask[10:14, 40:60, 70:100] = 1
    node = put_result(panel, volume, mask)
    logic = SegmentStatisticsLogic()
    logic.getParameterNode().SetParameter("Segmentation", node.GetID())
    logic.computeStatistics()
    statistics = logic.getStatistics()
    segment = currentResult(node).segmentId
    expected = measure(Result(node, segment).image())
    prefix = "LGGShapeSegmentStatisticsPlugin."
    for feature in FEATURES:
        if expected[feature.key] is not None:
            assert statistics[segment, prefix + feature.key] == pytest.approx(expected[feature.key]), feature.key
    assert expected["left_share"] is not None, "the whole grid is measured, not the box round the segment"
    assert statistics["MeasurementInfo"][prefix + "volume_ml"]["units"] == "ml"
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_diameters_are_drawn_once_and_lie_on_the_segment(panel):
    import slicer

    volume = add_small()
    put_result(panel, volume, block())
    for _ in range(2):
        click(panel.ui.diametersButton)
    lines = slicer.util.getNodesByClass("vtkMRMLMarkupsLineNode")
    assert len(lines) == 2
    from LGGSegmentationLib.Scene import Measurements

    values = Measurements.valuesOf(panel.parameters.measurementTable)
    keys = {"Longest diameter": "longest_diameter_mm", "Perpendicular diameter": "perpendicular_diameter_mm"}
    for line in lines:
        assert line.GetLineLengthWorld() == pytest.approx(values[keys[line.GetName()]])
        for end in range(2):
            point = np.array(line.GetNthControlPointPositionWorld(end))
            assert 12 - 1 <= point[0] <= 30 + 1
            assert 10 - 1 <= point[1] <= 20 + 1


def test_diameters_of_an_earlier_outline_are_hidden_until_it_is_measured_again(panel):
    import slicer

    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    node = put_result(panel, volume, block())
    click(panel.ui.diametersButton)
    longest = slicer.util.getNode("Longest diameter")
    before = longest.GetLineLengthWorld()
    smaller = block()
    smaller[:, :, 20:] = 0
    VolumeExchange.writeMask(smaller, node, currentResult(node).segmentId, volume)
    settle()
    assert not longest.GetDisplayVisibility()
    click(panel.ui.recomputeButton)
    assert longest.GetDisplayVisibility()
    assert longest.GetLineLengthWorld() < before


def test_time_points_become_a_table_and_a_plot(panel, monkeypatch):
    import slicer

    monkeypatch.setattr(panel.logic, "samePatient", lambda *_: True)
    first, second = add_small("FLAIR 1"), add_small("FLAIR 2")
    put_result(panel, first, block())
    assert not panel.ui.plotButton.enabled
    assert "two" in panel.ui.plotButton.toolTip
    larger = block()
    larger[2] = larger[3]
    put_result(panel, second, larger)
    table = panel.ui.timePointWidget
    assert table.rowCount == 2
    for row, date in ((0, "2024-06-01"), (1, "20230601")):
        names = [table.item(r, 0).text() for r in range(2)]
        table.item(names.index(f"FLAIR {row + 1}"), 1).setText(date)
        settle()
    assert [table.item(r, 1).text() for r in range(2)] == ["2023-06-01", "2024-06-01"]
    assert "-" in panel.ui.changeLabel.text
    click(panel.ui.plotButton)
    charts = slicer.util.getNodesByClass("vtkMRMLPlotChartNode")
    assert len(charts) == 1
    node = panel.parameters.timePointTable
    days = slicer.util.arrayFromTableColumn(node, "Days")
    np.testing.assert_array_equal(days, [0, 366])
    panel.parameters.flairVolume = first
    assert panel.parameters.segmentation is not None, "its result is chosen again"
    put_result(panel, first, block())
    assert table.rowCount == 2, "a second result of the same volume replaces the first"


def test_a_wrong_date_is_refused(panel, caplog):
    put_result(panel, add_small(), block())
    panel.ui.timePointWidget.item(0, 1).setText("yesterday")
    settle()
    assert "2024-03-01" in caplog.text
    assert panel.ui.timePointWidget.item(0, 1).text() == ""


def test_results_of_other_volumes_are_left_alone_and_hidden(panel):
    from LGGSegmentationLib.Scene.Result import flairOf

    first, second = add_small("FLAIR 1"), add_small("FLAIR 2")
    old = put_result(panel, first, block())
    panel.parameters.flairVolume = second
    assert panel.parameters.segmentation is None
    new = put_result(panel, second, block())
    assert new is not old
    assert flairOf(old) is first
    assert not old.GetDisplayNode().GetVisibility()
    assert new.GetDisplayNode().GetVisibility()


def test_the_report_is_a_page_with_pictures_and_the_notice(panel, tmp_path):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    node = put_result(panel, volume, block())
    panel.exports.saveReport(tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in text
    assert "Research use only" in text
    assert "by hand" not in text
    drawn = block()
    drawn[7] = 1
    VolumeExchange.writeMask(drawn, node, currentResult(node).segmentId, volume)
    panel.exports.saveReport(tmp_path / "r.html")
    assert "by hand" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


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


def test_a_training_case_is_read_by_the_training_code(panel, tmp_path):
    import SimpleITK as sitk

    from lggseg.cohort.prepared import read_manifest

    put_result(panel, add_small(), block())
    panel.parameters.postVolume = add_small("T1 post")
    panel.ui.exportSection.collapsed = False
    panel.ui.caseName.setText("")  # another test may have left one
    assert "code first" in panel.ui.saveCaseButton.toolTip
    panel.ui.trainingFolder.currentPath = str(tmp_path)
    panel.ui.patientName.setText("P7")
    for name in ("case-1", "case-2", "case-1"):
        panel.ui.caseName.setText(name)
        click(panel.ui.saveCaseButton)
    cases = {case.case: case for case in read_manifest(tmp_path)}
    assert sorted(cases) == ["case-1", "case-2"]
    case = cases["case-1"]
    assert case.sequences == ("flair", "post")
    assert (case.slices, case.tumor_slices, case.patient) == (8, 3, "P7")
    label = sitk.GetArrayFromImage(sitk.ReadImage(str(case.file("label"))))
    np.testing.assert_array_equal(label, block())
    panel.ui.caseName.setText("../escape")
    with pytest.raises(ValueError, match="letters"):
        panel.exports.saveCase()


def test_sample_data_is_registered_and_made_here_by_both_ways(panel):
    """The button calls the downloader; a script's way does not, and gets the same volumes all the same."""
    import SampleData
    import slicer

    source = SampleData.SampleDataLogic().sourceForSampleName("LGGSyntheticStudy")
    nodes = source.customDownloader(source)
    expected = [(node.GetName(), slicer.util.arrayFromVolume(node).copy()) for node in nodes]
    slicer.mrmlScene.Clear()
    assert SampleData.downloadSample("LGGSyntheticStudy").GetName() == expected[0][0]
    slicer.mrmlScene.Clear()
    nodes = SampleData.downloadSamples("LGGSyntheticStudy")
    settle()
    for node, (name, array) in zip(nodes, expected, strict=True):
        assert node.GetName() == name
        np.testing.assert_array_equal(slicer.util.arrayFromVolume(node), array)
    assert panel.parameters.flairVolume is nodes[0]
    assert panel.parameters.preVolume is nodes[1]
    assert panel.parameters.postVolume is nodes[2]


def test_registering_twice_leaves_one_of_each(slicer_module):
    import SampleData
    import slicer
    from SegmentStatistics import SegmentStatisticsLogic

    import LGGSegmentation
    from LGGSegmentationLib.SampleDataRegistration import CATEGORY
    from LGGSegmentationLib.ShapeStatisticsPlugin import LGGShapeSegmentStatisticsPlugin

    LGGSegmentation.registerEverywhere()
    assert len(slicer.modules.sampleDataSources[CATEGORY]) == 2
    assert SegmentStatisticsLogic.registeredPlugins.count(LGGShapeSegmentStatisticsPlugin) == 1
    assert SampleData.SampleDataLogic.rewriteUrl("https://example.org/x") == "https://example.org/x"


def test_registered_plugin_does_not_break_segment_statistics(panel):
    """To make a logic makes every plugin's panel of options, which asks about every key."""
    from SegmentStatistics import SegmentStatisticsLogic

    from lggseg.shape import FEATURES

    logic = SegmentStatisticsLogic()
    plugin = next(item for item in logic.plugins if type(item).__name__.startswith("LGGShape"))
    assert plugin.pluginCheckbox.text == "Glioma shape Statistics"
    labels = [box.text for box in plugin.requestedKeysCheckboxes.values()]
    assert labels == [feature.label for feature in FEATURES]


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
