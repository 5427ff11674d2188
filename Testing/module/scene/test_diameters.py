"""The lines of the diameters."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, block, click, put_result, settle

pytestmark = pytest.mark.slicer


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
