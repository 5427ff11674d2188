"""Growth in the panel: words, treatments, plots, table, files."""

from __future__ import annotations

import pytest
from slicer_case import add_small, block, click, put_result, reload_scene, row_texts, settle

pytestmark = pytest.mark.slicer


def unfold(panel):
    panel.ui.growthSection.collapsed = False
    settle()


def add_treatment(panel, day, kind="surgery"):
    box = panel.ui.treatmentKindBox
    box.setCurrentIndex(box.findData(kind))
    panel.ui.treatmentDate.text = day
    click(panel.ui.addTreatmentButton)
    settle()


def drawn_curves():
    """The names of the curves of the chart that is shown."""
    import slicer

    selection = slicer.app.applicationLogic().GetSelectionNode()
    chart = slicer.mrmlScene.GetNodeByID(selection.GetActivePlotChartID())
    return [chart.GetNthPlotSeriesNode(n).GetName() for n in range(chart.GetNumberOfPlotSeriesNodes())]


def test_growth_is_said_with_its_interval_and_its_limits(panel, grown_series):
    unfold(panel)
    said = panel.ui.growthLabel.text
    for words in (
        "It grows",
        "mm a year (95 %:",
        "Volume doubling time",
        "Pallud",
        "imaging part only",
        "Research use",
    ):
        assert words in said
    notes = panel.ui.growthNotesLabel.text
    assert "No treatment was stated" in notes
    assert "published one alone" in notes


def test_what_is_said_follows_the_outlines(panel, grown_series):
    from LGGSegmentationLib.Scene import VolumeExchange

    unfold(panel)
    before = panel.ui.growthLabel.text
    click(panel.ui.plotVolumeButton)
    click(panel.ui.growthTableButton)
    result = panel.result
    drawn = result.mask()
    drawn[6] = drawn[5]
    VolumeExchange.writeMask(drawn, result.node, result.segmentId, result.flair)
    settle(0.2)
    assert panel.ui.growthLabel.text != before
    assert "changed by hand" in panel.ui.growthNotesLabel.text
    volumes = [row[2] for row in row_texts(panel)]
    table = panel.parameters.timePointTable.GetNodeReference("LGGSegmentation.GrowthTable")
    column = [table.GetColumnName(n) for n in range(table.GetNumberOfColumns())].index("Volume (ml)")
    assert [table.GetCellText(row, column) for row in range(3)] == volumes
    assert f"{drawn.sum() * 4 / 1000:.1f}" in volumes


def test_surgery_splits_the_series_and_the_model_was_not_measured_there(panel, grown_series, tmp_path):
    unfold(panel)
    add_treatment(panel, "20200601")
    assert panel.ui.treatmentWidget.item(0, 0).text() == "2020-06-01"
    assert panel.ui.treatmentWidget.item(0, 1).text() == "Surgery"
    assert "After surgery of 2020-06-01" in panel.ui.growthLabel.text
    assert "After surgery the model has not been measured" in panel.ui.growthNotesLabel.text
    assert "classes of velocity hold before treatment only" in panel.ui.growthNotesLabel.text
    click(panel.ui.plotDiameterButton)
    assert "Treatments" in drawn_curves()
    reload_scene(tmp_path)
    assert "After surgery of 2020-06-01" in panel.ui.growthLabel.text
    panel.ui.treatmentWidget.selectRow(0)
    click(panel.ui.removeTreatmentButton)
    settle()
    assert panel.ui.treatmentWidget.rowCount == 0
    assert "surgery" not in panel.ui.growthLabel.text.lower()


@pytest.mark.parametrize("day", ["soon", ""])
def test_a_treatment_without_a_day_is_refused(panel, grown_series, caplog, day):
    unfold(panel)
    add_treatment(panel, day)
    assert "2024-03-01" in caplog.text
    assert panel.ui.treatmentWidget.rowCount == 0


def test_a_treatment_on_the_day_of_a_study_is_explained(panel, grown_series):
    unfold(panel)
    click(panel.ui.plotVolumeButton)
    add_treatment(panel, "2021-01-01")
    assert "expected study and treatment on different days" in panel.ui.growthLabel.text
    assert not panel.ui.saveGrowthButton.enabled
    assert drawn_curves() == [], "a chart without an answer shows no earlier one"


def test_without_dates_there_is_no_growth(panel, grown_series):
    unfold(panel)
    panel.ui.timePointWidget.item(0, 1).setText("")
    settle()
    assert "Type the date of “FLAIR 0”" in panel.ui.growthLabel.text
    assert "mm a year" not in panel.ui.growthLabel.text
    for button in (panel.ui.plotVolumeButton, panel.ui.growthTableButton, panel.ui.saveGrowthButton):
        assert not button.enabled
        assert "Type the date" in button.toolTip


def test_different_models_are_not_compared(panel, grown_series):
    put_result(panel, grown_series[2], block(), version="2")
    unfold(panel)
    assert "No slope: outlines of different origin cannot be compared" in panel.ui.growthLabel.text
    assert not panel.ui.plotVolumeButton.enabled
    assert "different origin" in panel.ui.plotVolumeButton.toolTip


def test_one_study_has_no_slope(panel):
    put_result(panel, add_small(), block())
    panel.ui.timePointWidget.item(0, 1).setText("2024-01-01")
    unfold(panel)
    assert "no slope" in panel.ui.growthLabel.text.lower()
    assert "two studies" in panel.ui.plotVolumeButton.toolTip


def test_the_files_are_those_of_the_command(panel, grown_series, tmp_path, monkeypatch):
    import slicer

    unfold(panel)
    panel.growth.save(tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "growth.html", "growth.svg", "growth.csv", "studies.csv", "growth.json",
        "change_2021-01-01.seg.nrrd", "change_2022-01-01.seg.nrrd", "checkerboard_2021-01-01.png",
        "checkerboard_2022-01-01.png", "overlay_2021-01-01.png", "overlay_2022-01-01.png",
    }  # fmt: skip
    page = (tmp_path / "out" / "growth.html").read_text()
    assert "Similarity 0.97" in page
    rows = (tmp_path / "out" / "studies.csv").read_text().splitlines()
    assert len(rows) == 4
    asked = []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text, **_: asked.append(text))
    before = (tmp_path / "out" / "growth.json").stat().st_mtime_ns
    panel.growth.save(tmp_path / "out")
    assert "Replace" in asked[0]
    assert (tmp_path / "out" / "growth.json").stat().st_mtime_ns == before
