"""Growth in the scene: alignments, treatments, numbers, charts, tables and maps, without a panel."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from growth_case import SIZES, shifted_block
from slicer_case import reload_scene

pytestmark = pytest.mark.slicer


def growth_of(panel):
    from LGGSegmentationLib.Scene.Growth import Growth

    return Growth(panel.logic.outlines)


def test_the_answer_is_that_of_the_core_on_native_grids(panel, grown_series):
    from lggseg.growth.measuring import time_point

    result = growth_of(panel).result(panel.parameters.timePointTable)
    assert [row.point.volume_ml for row in result.report.studies] == [
        pytest.approx(shifted_block(size).sum() * 4 / 1000) for size in SIZES
    ]
    from LGGSegmentationLib.Scene.Result import latestResultOf

    first = time_point(latestResultOf(grown_series[0]).image(), datetime.date(2020, 1, 1))
    assert result.report.studies[0].point.lesions == first.lesions
    assert result.report.parts[0].velocity.value > 0
    assert [one.alignment is None for one in result.seen] == [True, False, False]
    assert result.report.studies[2].point.new_lesions == 0, "aligned studies are looked at for new lesions"


def test_nothing_is_measured_twice_and_a_change_is_followed(panel, grown_series, monkeypatch):
    from LGGSegmentationLib.Scene import Growth as module
    from LGGSegmentationLib.Scene import TimePoints
    from LGGSegmentationLib.Scene.Result import latestResultOf

    measured = []
    plain = module.time_point
    monkeypatch.setattr(module, "time_point", lambda *args: measured.append(args[1]) or plain(*args))
    growth, table = growth_of(panel), panel.parameters.timePointTable
    before = growth.result(table)
    assert growth.result(table) is before
    assert len(measured) == 3
    result = latestResultOf(grown_series[1])
    drawn = result.mask()
    drawn[6] = drawn[5]
    from LGGSegmentationLib.Scene import VolumeExchange

    VolumeExchange.writeMask(drawn, result.node, result.segmentId, result.flair)
    TimePoints.follow(table, panel.logic.outlines)
    after = growth.result(table)
    assert len(measured) == 4
    assert after.report.studies[1].point.volume_ml == pytest.approx(drawn.sum() * 4 / 1000)
    assert any("changed by hand" in note for note in after.notes)


def test_one_outline_on_two_grids_is_two_volumes(panel, grown_series):
    growth, table = growth_of(panel), panel.parameters.timePointTable
    before = growth.result(table).report.studies[0].point
    from LGGSegmentationLib.Scene import TimePoints

    volume = grown_series[0]
    spacing = volume.GetSpacing()
    volume.SetSpacing(spacing[0], spacing[1], 2 * spacing[2])
    from LGGSegmentationLib.Scene.Result import latestResultOf

    result = latestResultOf(volume)
    result.node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    result.write(shifted_block(SIZES[0]), volume)
    TimePoints.follow(table, panel.logic.outlines)
    after = growth.result(table).report.studies[0].point
    assert after.volume_ml == pytest.approx(2 * before.volume_ml)


def test_an_alignment_survives_the_scene_and_falls_with_its_grids(panel, grown_series, tmp_path):
    import slicer

    from lggseg.volumes import geometry
    from LGGSegmentationLib.Scene import Alignments

    before = Alignments.find(grown_series[0], grown_series[1])
    assert before.similarity == 0.97
    moved = slicer.vtkMRMLTransformNode
    assert Alignments.nodeOf(grown_series[0], grown_series[1]).IsA(moved.__name__)
    reload_scene(tmp_path)
    volumes = [slicer.util.getNode(f"FLAIR {number}") for number in range(3)]
    after = Alignments.find(volumes[0], volumes[1])
    np.testing.assert_allclose(geometry.ras_matrix(after.transform), geometry.ras_matrix(before.transform), atol=1e-5)
    between = Alignments.between(volumes[0], volumes[1], volumes[2])
    assert between.TransformPoint((1.0, 2.0, 3.0)) == pytest.approx((1.0, 2.0, 3.0))
    matrix = slicer.util.arrayFromTransformMatrix(Alignments.nodeOf(volumes[0], volumes[2]))
    matrix[1, 3] += 1.0
    slicer.util.updateTransformMatrixFromArray(Alignments.nodeOf(volumes[0], volumes[2]), matrix)
    assert Alignments.find(volumes[0], volumes[2]) is None, "moved by hand: its number is not this one's"
    volumes[1].SetOrigin(9.0, 9.0, 9.0)
    assert Alignments.find(volumes[0], volumes[1]) is None


def test_the_later_volume_under_its_transform_lies_on_the_first(panel, grown_series):
    from LGGSegmentationLib.Scene import Alignments

    node = Alignments.nodeOf(grown_series[0], grown_series[1])
    grown_series[1].SetAndObserveTransformNodeID(node.GetID())
    first, later = [0.0] * 3, [0.0] * 3
    grown_series[0].TransformPointToWorld((0.0, 0.0, 0.0), first)
    grown_series[1].TransformPointToWorld((5.0, 0.0, 0.0), later)
    assert later == pytest.approx(first)


def test_treatments_split_the_series_and_surgery_is_said(panel, grown_series, tmp_path):
    from lggseg.growth.timeline import SURGERY, Treatment
    from LGGSegmentationLib.Scene import Treatments

    table = panel.parameters.timePointTable
    Treatments.write(table, [Treatment(datetime.date(2020, 6, 1), SURGERY)] * 2)
    report = growth_of(panel).result(table).report
    assert [part.part.title for part in report.parts] == ["before treatment", "after surgery of 2020-06-01"]
    assert report.parts[1].pallud is None
    assert any("has not been measured" in note for note in report.parts[1].notes)
    reload_scene(tmp_path)
    assert Treatments.read(panel.parameters.timePointTable) == (Treatment(datetime.date(2020, 6, 1), SURGERY),)


def test_a_missing_date_and_two_studies_of_a_day_are_refused(panel, grown_series):
    import dataclasses

    from lggseg.errors import InputError
    from LGGSegmentationLib.Scene import TimePoints

    table = panel.parameters.timePointTable
    points = TimePoints.read(table)
    TimePoints.write(table, [dataclasses.replace(points[0], date=""), *points[1:]])
    with pytest.raises(InputError, match="Type the date of “FLAIR 0”"):
        growth_of(panel).result(table)
    TimePoints.write(table, [dataclasses.replace(points[0], date=points[1].date), *points[1:]])
    with pytest.raises(InputError, match="expected one study a day"):
        growth_of(panel).result(table)


def test_other_weights_of_one_name_are_not_compared(panel, grown_series):
    from LGGSegmentationLib.Scene import TimePoints
    from LGGSegmentationLib.Scene.Result import latestResultOf

    result = latestResultOf(grown_series[1])
    record = result.report
    record["model"]["sha256"] = "f" * 64
    result.setReport(record)
    table = panel.parameters.timePointTable
    TimePoints.follow(table, panel.logic.outlines)
    assert "different ways" in TimePoints.notComparable(TimePoints.read(table))
    report = growth_of(panel).result(table).report
    assert report.withheld
    assert not report.parts


def test_a_study_whose_outline_is_gone_counts_with_its_number(panel, grown_series):
    import slicer

    from LGGSegmentationLib.Scene.Result import latestResultOf

    table = panel.parameters.timePointTable
    before = growth_of(panel).result(table).report
    slicer.mrmlScene.RemoveNode(latestResultOf(grown_series[1]).node)
    after = growth_of(panel).result(table)
    assert after.report.studies[1].point.volume_ml == pytest.approx(before.studies[1].point.volume_ml)
    assert after.report.studies[1].product_mm2 is None
    assert any("no longer in the scene" in note for note in after.notes)
    assert after.report.parts[0].velocity.value == pytest.approx(before.parts[0].velocity.value)


def test_charts_have_bars_lines_and_treatments(panel, grown_series):
    from lggseg.growth.timeline import SURGERY, Treatment
    from LGGSegmentationLib.Scene import GrowthPlot, Treatments

    table = panel.parameters.timePointTable
    growth = growth_of(panel)
    report = growth.result(table).report
    chart = GrowthPlot.show(table, report, GrowthPlot.DIAMETER)
    names = [chart.GetNthPlotSeriesNode(n).GetName() for n in range(chart.GetNumberOfPlotSeriesNodes())]
    assert names == ["Limits", "Line", "Bars", "Studies"]
    low, high = chart.GetYAxisRange()
    assert low < min(row.point.mean_diameter_mm - row.diameter_sd_mm for row in report.studies)
    assert high > max(row.point.mean_diameter_mm + row.diameter_sd_mm for row in report.studies)
    bars = chart.GetNthPlotSeriesNode(2)
    data = bars.GetTableNode().GetTable()
    column = data.GetColumnByName(bars.GetYColumnName())
    values = [column.GetValue(n) for n in range(8)]
    assert np.isnan(values[2])
    assert np.isnan(values[5])
    assert values[0] < report.studies[0].point.mean_diameter_mm < values[1]
    Treatments.write(table, [Treatment(datetime.date(2020, 6, 1), SURGERY)])
    GrowthPlot.follow(table, growth.result(table).report)
    names = [chart.GetNthPlotSeriesNode(n).GetName() for n in range(chart.GetNumberOfPlotSeriesNodes())]
    assert "Treatments" in names
    assert "dotted: Surgery 2020-06-01" in chart.GetXAxisTitle()
    GrowthPlot.follow(table, None)
    assert chart.GetNumberOfPlotSeriesNodes() == 0, "no answer, no curve"


def test_the_table_says_what_the_report_says(panel, grown_series):
    from LGGSegmentationLib.Scene import GrowthTable

    table = panel.parameters.timePointTable
    report = growth_of(panel).result(table).report
    shown = GrowthTable.show(table, report)
    columns = {shown.GetColumnName(n): n for n in range(shown.GetNumberOfColumns())}
    assert shown.GetCellText(0, columns["Volume (ml)"]) == f"{report.studies[0].point.volume_ml:.1f}"
    assert shown.GetCellText(1, columns["Beyond error"]) in {"yes", "no"}
    assert "imaging part only" in " ".join(columns)
    assert "research use only" in shown.GetName()
    assert GrowthTable.show(table, report) is shown


def test_the_map_of_the_change_lies_on_the_earlier_study_and_falls_with_its_outlines(panel, grown_series):
    import slicer

    from LGGSegmentationLib.Scene import Alignments, Comparison, VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult, latestResultOf

    earlier, later = latestResultOf(grown_series[0]), latestResultOf(grown_series[2])
    pair = Comparison.Pair(earlier, later, Alignments.find(grown_series[0], grown_series[2]).transform)
    node = Comparison.changeMap(pair, panel.logic.outlines)
    sizes = {
        segment: int(VolumeExchange.readMask(node, segment, grown_series[0]).sum())
        for segment in ("Stable", "Grown", "Shrunk")
    }
    assert sizes == {"Stable": int(earlier.mask().sum()), "Grown": 3 * 10 * 8, "Shrunk": 0}
    assert currentResult(node) is None, "a map is no result of ours"
    Comparison.follow(slicer.mrmlScene, panel.logic.outlines)
    assert node.GetDisplayNode().GetVisibility()
    VolumeExchange.writeMask(shifted_block(22), later.node, later.segmentId, grown_series[2])
    Comparison.follow(slicer.mrmlScene, panel.logic.outlines)
    assert not node.GetDisplayNode().GetVisibility()
    assert node.GetName().endswith("(of earlier outlines)")
    assert Comparison.changeMap(pair, panel.logic.outlines) is node
    assert "earlier outlines" not in node.GetName()


def test_volumes_to_look_at_are_no_studies(panel, grown_series):
    import slicer

    from LGGSegmentationLib.Scene import Alignments, Comparison, InputChecks, InputGuess
    from LGGSegmentationLib.Scene.Result import latestResultOf

    pair = Comparison.Pair(
        latestResultOf(grown_series[0]),
        latestResultOf(grown_series[1]),
        Alignments.find(grown_series[0], grown_series[1]).transform,
    )
    before = InputGuess.plainVolumes(slicer.mrmlScene)
    brought = Comparison.volume(pair, Comparison.LATER)
    board = Comparison.volume(pair, Comparison.CHECKERBOARD)
    np.testing.assert_allclose(
        slicer.util.arrayFromVolume(brought), slicer.util.arrayFromVolume(grown_series[1]), rtol=1e-5
    )
    assert slicer.util.arrayFromVolume(board).shape == slicer.util.arrayFromVolume(grown_series[0]).shape
    assert InputGuess.plainVolumes(slicer.mrmlScene) == before
    panel.parameters.flairVolume = brought
    assert "to be looked at" in InputChecks.reasonNotReady(panel.parameters)
    Comparison.removeVolumes(slicer.mrmlScene)
    assert len(InputGuess.plainVolumes(slicer.mrmlScene)) == 3
