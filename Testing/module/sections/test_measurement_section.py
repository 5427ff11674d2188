"""The table of measurements, and whose numbers it holds."""

from __future__ import annotations

import csv
import io

import pytest
from slicer_case import add_small, block, click, put_result, settle, smaller_block

pytestmark = pytest.mark.slicer


def volume_in_table(panel):
    from LGGSegmentationLib.Scene import Measurements

    return Measurements.valuesOf(panel.parameters.measurementTable)["volume_ml"]


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


def test_the_numbers_are_those_of_the_volume_chosen(panel, monkeypatch):
    monkeypatch.setattr(panel.logic, "samePatient", lambda *_: True)
    first, second = add_small("FLAIR 1"), add_small("FLAIR 2")
    put_result(panel, first, block())
    large = volume_in_table(panel)
    put_result(panel, second, smaller_block())
    small = volume_in_table(panel)
    assert small < large
    panel.parameters.flairVolume = first
    settle()
    assert volume_in_table(panel) == large
    assert panel.result.name == "FLAIR 1"
    panel.ui.timePointSection.collapsed = False
    click(panel.ui.addTimePointButton)
    table = panel.ui.timePointWidget
    volumes = {table.item(row, 0).text(): table.item(row, 2).text() for row in range(2)}
    assert volumes == {"FLAIR 1": f"{large:.1f}", "FLAIR 2": f"{small:.1f}"}


def test_numbers_of_an_earlier_outline_are_not_handed_out(panel):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    node = put_result(panel, volume, block())
    VolumeExchange.writeMask(smaller_block(), node, currentResult(node).segmentId, volume)
    settle()
    assert not panel.ui.copyButton.enabled
    assert "Recompute" in panel.ui.saveCsvButton.toolTip
    panel.ui.timePointSection.collapsed = False
    click(panel.ui.addTimePointButton)
    assert panel.ui.timePointWidget.item(0, 2).text() == f"{smaller_block().sum() * 4 / 1000:.1f}"
    assert panel.ui.copyButton.enabled, "adding has measured it again"


def test_the_same_result_again_is_not_called_outdated(panel):
    volume = add_small()
    put_result(panel, volume, block())
    put_result(panel, volume, block())
    assert panel.ui.measurementWidget.enabled
    assert "Recompute" not in panel.ui.measurementSection.text
