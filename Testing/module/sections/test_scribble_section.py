"""Scribbles in the panel: painted into segments of their own, taken up by the result, undone in one step."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, block, click, put_result, settle, wait_until

pytestmark = pytest.mark.slicer


def scribble(volume, kind):
    """Paint as the editor's brush does: into the segment of the scribbles."""
    from LGGSegmentationLib.Scene import Scribbles, VolumeExchange

    drawn = np.zeros(block().shape, np.uint8)
    drawn[4, 14, 22:28] = 1
    VolumeExchange.writeMask(drawn, Scribbles.scribblesOf(volume), kind, volume)
    return drawn > 0


def test_a_scribble_changes_the_outline_and_is_gone(panel):
    import slicer

    from LGGSegmentationLib.Scene import Scribbles

    volume = add_small()
    half = block()
    half[:, :, 20:] = 0
    put_result(panel, volume, half, half * np.float32(0.9))
    click(panel.ui.includeButton)
    assert panel.editor.editor.segmentationNode() is Scribbles.scribblesOf(volume)
    assert panel.editor.editor.currentSegmentID() == Scribbles.INCLUDE
    drawn = scribble(volume, Scribbles.INCLUDE)
    assert wait_until(lambda: panel.result.mask().sum() > half.sum(), 10)
    assert panel.result.mask()[drawn].all()
    overlap = np.count_nonzero(panel.result.mask() & block())
    assert overlap > 0.8 * block().sum(), "the bright block is found from one scribble"
    assert not any(mask.any() for mask in Scribbles.drawn(volume).values()), "a scribble is used up"
    settle(0.1)
    assert "Recompute" in panel.ui.measurementSection.text
    assert panel.result.isEdited()
    click(panel.ui.includeButton)
    assert Scribbles.scribblesOf(volume) is None
    assert panel.editor.editor.segmentationNode() is panel.result.node
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1
    panel.logic.undo(panel.parameters)
    np.testing.assert_array_equal(panel.result.mask(), half)


def test_not_this_takes_away(panel):
    from LGGSegmentationLib.Scene import Scribbles

    volume = add_small()
    put_result(panel, volume, block(), block() * np.float32(0.5))
    click(panel.ui.includeButton)
    click(panel.ui.excludeButton)
    assert not panel.ui.includeButton.checked
    assert panel.editor.editor.currentSegmentID() == Scribbles.EXCLUDE
    drawn = scribble(volume, Scribbles.EXCLUDE)
    assert wait_until(lambda: panel.result.mask().sum() < block().sum(), 10)
    assert not panel.result.mask()[drawn].any()
    panel.scribbles.stop()


def test_without_a_result_the_buttons_say_why_they_are_off(panel):
    for button in (panel.ui.includeButton, panel.ui.excludeButton):
        assert not button.enabled
        assert "no result" in button.toolTip
