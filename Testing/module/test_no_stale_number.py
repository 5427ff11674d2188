"""No number stands in the panel that belongs to another outline, patient, model or volume than what it is shown for."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import (
    add_small,
    block,
    click,
    dicom,
    put_result,
    ramp,
    reload_scene,
    row_texts,
    settle,
    shown_milliliters,
    wait_until,
)

pytestmark = pytest.mark.slicer


def move_threshold(panel, threshold):
    panel.parameters.threshold = threshold
    assert wait_until(lambda: panel.result.threshold == threshold, 5)
    settle(0.15)


def volume_in_table(panel):
    from LGGSegmentationLib.Scene import Measurements

    return Measurements.valuesOf(panel.parameters.measurementTable)["volume_ml"]


def test_outdated_numbers_stay_outdated_when_the_scene_is_loaded_again(panel, tmp_path):
    volume = add_small()
    put_result(panel, volume, (ramp() >= 0.35).astype(np.uint8), ramp())
    before = volume_in_table(panel)
    move_threshold(panel, 0.5)
    assert "earlier outline" in panel.ui.measurementSection.text
    reload_scene(tmp_path)
    assert shown_milliliters(panel) < before
    assert volume_in_table(panel) == before
    assert "earlier outline" in panel.ui.measurementSection.text
    assert "earlier outline" in panel.parameters.measurementTable.GetColumnName(1), "also where Slicer shows the table"
    assert not panel.ui.saveCsvButton.enabled
    assert not panel.ui.copyButton.enabled
    click(panel.ui.recomputeButton)
    settle()
    assert volume_in_table(panel) == pytest.approx(shown_milliliters(panel), abs=0.05)
    assert panel.ui.saveCsvButton.enabled
    assert panel.parameters.measurementTable.GetColumnName(1) == "Value"


def test_present_numbers_stay_present_when_the_scene_is_loaded_again(panel, tmp_path):
    put_result(panel, add_small(), block())
    reload_scene(tmp_path)
    assert panel.ui.saveCsvButton.enabled
    assert "earlier" not in panel.ui.measurementSection.text


def test_rows_of_time_points_follow_their_outlines(panel):
    from LGGSegmentationLib.Scene import TimePoints, VolumeExchange

    volume = add_small()
    put_result(panel, volume, (ramp() >= 0.35).astype(np.uint8), ramp())
    assert TimePoints.read(panel.parameters.timePointTable)[0].longestMm is not None
    move_threshold(panel, 0.7)
    assert float(row_texts(panel)[0][2]) == pytest.approx(shown_milliliters(panel))
    point = TimePoints.read(panel.parameters.timePointTable)[0]
    assert point.threshold == 0.7
    assert point.longestMm is None, "a length that was not measured on this outline is none"
    result = panel.result
    VolumeExchange.writeMask(block(), result.node, result.segmentId, volume)
    settle(0.15)
    assert float(row_texts(panel)[0][2]) == pytest.approx(shown_milliliters(panel))
    click(panel.ui.recomputeButton)
    assert TimePoints.read(panel.parameters.timePointTable)[0].longestMm is not None
    click(panel.ui.undoButton)


def test_patients_are_never_mixed_into_one_series(panel, monkeypatch):
    dicom(monkeypatch, {"1.1": "Smith", "1.2": "Jones", "1.3": "Smith"})
    volumes = [add_small(f"FLAIR {number}") for number in range(3)]
    for volume, instance in zip(volumes, ("1.1", "1.2", "1.3"), strict=True):
        volume.SetAttribute("DICOM.instanceUIDs", instance)
        put_result(panel, volume, block())
    assert [row[0] for row in row_texts(panel)] == ["FLAIR 0", "FLAIR 2"]
    panel.parameters.flairVolume = volumes[1]
    settle()
    assert [row[0] for row in row_texts(panel)] == ["FLAIR 1"], "the series follows the patient"
    text = "".join(str(volume.GetAttribute("LGGSegmentation.Patient")) for volume in volumes)
    assert "Smith" not in text
    assert "Jones" not in text


@pytest.mark.parametrize("same", [True, False])
def test_where_dicom_does_not_tell_the_patient_somebody_is_asked(panel, monkeypatch, same):
    asked = []
    monkeypatch.setattr(panel.logic, "samePatient", lambda first, second: asked.append((first, second)) or same)
    for name in ("FLAIR a", "FLAIR b"):
        put_result(panel, add_small(name), block())
    assert asked == [("FLAIR b", "FLAIR a")]
    assert len(row_texts(panel)) == (2 if same else 1)
    click(panel.ui.recomputeButton)
    assert len(asked) == 1, "the answer is remembered"


def test_different_models_and_thresholds_are_not_compared(panel, monkeypatch):
    monkeypatch.setattr(panel.logic, "samePatient", lambda *_: True)
    first, second = add_small("FLAIR 1"), add_small("FLAIR 2")
    put_result(panel, first, (ramp() >= 0.5).astype(np.uint8), ramp(), version="1")
    put_result(panel, second, block(), ramp(), version="2")
    assert "different models (m 1, m 2)" in panel.ui.changeLabel.text
    assert "%" not in panel.ui.changeLabel.text
    put_result(panel, second, (ramp() >= 0.5).astype(np.uint8), ramp(), version="1")
    assert "%" in panel.ui.changeLabel.text
    move_threshold(panel, 0.3)
    assert "different thresholds" in panel.ui.changeLabel.text


def test_three_time_points_through_save_reload_correct_and_recompute(panel, monkeypatch, tmp_path):
    from LGGSegmentationLib.Scene import TimePoints, VolumeExchange

    monkeypatch.setattr(panel.logic, "samePatient", lambda *_: True)
    for number, size in enumerate((20, 24, 28)):
        mask = block()
        mask[:, :, size:] = 0
        put_result(panel, add_small(f"FLAIR {number}"), mask)
        table = panel.ui.timePointWidget
        names = [row[0] for row in row_texts(panel)]
        table.item(names.index(f"FLAIR {number}"), 1).setText(f"2024-0{number + 1}-01")
        settle()
    change = panel.ui.changeLabel.text
    rows = row_texts(panel)
    reload_scene(tmp_path)
    assert row_texts(panel) == rows
    assert panel.ui.changeLabel.text == change
    table = panel.ui.timePointWidget
    table.selectRow(0)
    settle(0.15)
    assert panel.result.name == "FLAIR 0", "a click on a row shows its volume"
    result = panel.result
    corrected = result.mask()
    corrected[6] = corrected[5]
    VolumeExchange.writeMask(corrected, result.node, result.segmentId, result.flair)
    settle(0.15)
    expected = corrected.sum() * 4 / 1000
    assert shown_milliliters(panel) == pytest.approx(expected, abs=0.05)
    assert row_texts(panel)[0][2] == f"{expected:.1f}"
    assert panel.ui.changeLabel.text != change
    assert not panel.ui.saveCsvButton.enabled
    click(panel.ui.recomputeButton)
    settle()
    assert volume_in_table(panel) == pytest.approx(expected)
    points = TimePoints.read(panel.parameters.timePointTable)
    assert [f"{point.volumeMl:.1f}" for point in points] == [row[2] for row in row_texts(panel)]
    reload_scene(tmp_path)
    again = TimePoints.read(panel.parameters.timePointTable)
    assert [point.outline for point in again] == [point.outline for point in points]
    assert [point.volumeMl for point in again] == pytest.approx([point.volumeMl for point in points])


def growth_column(panel, name):
    """A column of the table of growth, as Slicer shows it."""
    table = panel.parameters.timePointTable.GetNodeReference("LGGSegmentation.GrowthTable")
    column = [table.GetColumnName(n) for n in range(table.GetNumberOfColumns())].index(name)
    return [table.GetCellText(row, column) for row in range(table.GetNumberOfRows())]


def plotted_volumes():
    import slicer

    series = next(node for node in slicer.util.getNodesByClass("vtkMRMLPlotSeriesNode") if node.GetName() == "Studies")
    table = series.GetTableNode().GetTable()
    return [table.GetValueByName(row, series.GetYColumnName()).ToDouble() for row in range(3)]


def assert_growth_is_that_of_the_rows(panel):
    """Every number of the growth belongs to the outlines as they are."""
    result = panel.logic.growth.result(panel.parameters.timePointTable)
    volumes = [row[2] for row in row_texts(panel)]
    assert [f"{row.point.volume_ml:.1f}" for row in result.report.studies] == volumes
    assert growth_column(panel, "Volume (ml)") == volumes
    assert [f"{value:.1f}" for value in plotted_volumes()] == volumes
    slope = result.report.parts[0].velocity
    assert f"mean diameter {slope.value:+.1f} mm a year" in panel.ui.growthLabel.text


def test_growth_through_save_reload_correct_and_recompute(panel, grown_series, tmp_path):
    from LGGSegmentationLib.Scene import VolumeExchange

    panel.ui.growthSection.collapsed = False
    click(panel.ui.plotVolumeButton)
    click(panel.ui.growthTableButton)
    click(panel.ui.compareButton)
    settle()
    assert_growth_is_that_of_the_rows(panel)
    said = panel.ui.growthLabel.text
    for number in range(2):
        reload_scene(tmp_path)
        assert panel.ui.growthLabel.text == said
        assert "Similarity 0.97" in panel.ui.alignmentLabel.text, "alignments are saved with the scene"
        assert_growth_is_that_of_the_rows(panel)
        panel.ui.timePointWidget.selectRow(1)
        settle(0.15)
        result = panel.result
        assert result.name == "FLAIR 1"
        corrected = result.mask()
        corrected[6 + number] = corrected[5]
        VolumeExchange.writeMask(corrected, result.node, result.segmentId, result.flair)
        settle(0.2)
        assert f"{corrected.sum() * 4 / 1000:.1f}" == row_texts(panel)[1][2]
        assert_growth_is_that_of_the_rows(panel)
        assert panel.ui.growthLabel.text != said
        assert "changed by hand" in panel.ui.growthNotesLabel.text
        click(panel.ui.recomputeButton)
        settle()
        assert volume_in_table(panel) == pytest.approx(corrected.sum() * 4 / 1000)
        assert_growth_is_that_of_the_rows(panel)
        said = panel.ui.growthLabel.text


def test_a_row_whose_outline_is_gone_says_so(panel):
    import slicer

    node = put_result(panel, add_small(), block())
    slicer.mrmlScene.RemoveNode(node)
    panel.update()
    settle()
    assert row_texts(panel)[0][0].endswith("*")
    assert "no longer in the scene" in panel.ui.timePointWidget.item(0, 0).toolTip()
    assert "No result" in panel.ui.volumeLabel.text


def test_the_range_of_the_volume_is_that_of_the_outline_shown(panel):
    from LGGSegmentationLib.Scene import VolumeExchange

    volume = add_small()
    put_result(panel, volume, (ramp() >= 0.5).astype(np.uint8), ramp())
    low, high = ((ramp() >= level).sum() * 4 / 1000 for level in (0.8, 0.2))
    assert panel.ui.intervalLabel.text.startswith(f"{low:.1f} ml where")
    assert f"{high:.1f} ml" in panel.ui.intervalLabel.text
    result = panel.result
    record = result.report
    doubt = {"volume_low_ml": 1.0, "volume_high_ml": 3.0, "coverage": 0.9, "reasons": []}
    result.setReport({**record, "doubt": doubt})
    panel.update()
    settle()
    assert "Between 1.0 and 3.0 ml" in panel.ui.intervalLabel.text
    move_threshold(panel, 0.3)
    assert "Between" not in panel.ui.intervalLabel.text, "the model's interval is that of its own outline"
    VolumeExchange.writeMask(np.roll(block(), 3, axis=1), result.node, result.segmentId, volume)
    settle(0.15)
    assert not panel.ui.intervalLabel.text, "the map says nothing of what somebody drew"
