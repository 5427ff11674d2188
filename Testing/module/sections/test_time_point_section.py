"""The list of time points."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import (
    add_small,
    add_study,
    answer,
    block,
    click,
    put_result,
    settle,
    wait_until,
)

pytestmark = pytest.mark.slicer


def test_time_points_become_a_table_and_a_plot(panel, monkeypatch):
    import slicer

    monkeypatch.setattr(panel.logic, "samePatient", lambda *_: True)
    first, second = add_small("FLAIR 1"), add_small("FLAIR 2")
    put_result(panel, first, block())
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
    panel.ui.growthSection.collapsed = False
    click(panel.ui.plotVolumeButton)
    panel.ui.growthSection.collapsed = True
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


@pytest.mark.slow
def test_segment_all_flair_fills_the_time_points(panel, formula_model, synthetic_study, monkeypatch):
    import slicer

    panel.parameters.modelFolder = formula_model
    first, second = (add_study(synthetic_study)["flair"] for _ in range(2))
    panel.parameters.flairVolume = first
    settle()
    # Whose volumes these are, nothing says: somebody has to.
    monkeypatch.setattr(slicer.app, "_testing", False)
    said = answer("Yes")
    click(panel.ui.segmentAllButton)
    monkeypatch.setattr(slicer.app, "_testing", True)
    assert "all of one patient?" in said[0]
    assert wait_until(lambda: panel.ui.timePointWidget.rowCount == 2 and not panel.running)
    names = {panel.ui.timePointWidget.item(row, 0).text() for row in range(2)}
    assert names == {first.GetName(), second.GetName()}
    volumes = {panel.ui.timePointWidget.item(row, 2).text() for row in range(2)}
    assert len(volumes) == 1, "the same image twice has one volume"
    assert volumes != {"0.0"}
