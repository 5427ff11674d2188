"""What the scene shows of outlines follows them: time points, growth, diameters, tables, maps."""

from __future__ import annotations

from typing import Any

from lggseg.errors import InputError
from lggseg.growth.report import GrowthReport
from LGGSegmentationLib.Scene import Comparison, Diameters, GrowthPlot, GrowthTable, Measurements, TimePoints
from LGGSegmentationLib.Scene.Growth import Growth
from LGGSegmentationLib.Scene.Outline import Outlines
from LGGSegmentationLib.Scene.Result import currentResult, nodesOf


def followOutlines(scene: Any, outlines: Outlines, growth: Growth) -> None:
    """Bring everything in a scene that was made of an outline up to it, or say that it is of an earlier one."""
    # A copy of a segmentation shares the table: it says what holds for the first, which it was made for.
    nodes = {Measurements.tableOf(node): node for node in reversed(nodesOf(scene, "vtkMRMLSegmentationNode"))}
    for node in nodes.values():
        _followMeasurements(node, outlines)
    for table in TimePoints.tables(scene):
        TimePoints.follow(table, outlines)
        followGrowth(table, growth)
    Comparison.follow(scene, outlines)


def followGrowth(pointsTable: Any, growth: Growth) -> None:
    """Bring charts and table of a patient's growth up to the time points, where there are any."""
    charts = [GrowthPlot.chartOf(pointsTable, kind) for kind in (GrowthPlot.VOLUME, GrowthPlot.DIAMETER)]
    if not any(charts) and GrowthTable.tableOf(pointsTable) is None:
        return
    report = _reportOf(pointsTable, growth)
    GrowthPlot.follow(pointsTable, report)
    GrowthTable.follow(pointsTable, report)


def _reportOf(pointsTable: Any, growth: Growth) -> GrowthReport | None:
    try:
        return growth.result(pointsTable).report
    except InputError:
        return None  # the panel says why


def _followMeasurements(segmentationNode: Any, outlines: Outlines) -> None:
    result, table = currentResult(segmentationNode), Measurements.tableOf(segmentationNode)
    if result is None or table is None:
        return
    outline = outlines.of(result)
    Measurements.markOutdated(table, outdated=Measurements.isOutdated(table, outline))
    if Diameters.areOfAnother(segmentationNode, outline):
        # Lines that measured another outline would be taken for this one's.
        Diameters.setVisible(segmentationNode, visible=False)
