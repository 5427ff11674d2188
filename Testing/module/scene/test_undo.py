"""Undo, run by run."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, block, put_result

pytestmark = pytest.mark.slicer


def test_undo_goes_back_run_by_run(panel):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume, masks = add_small(), [np.roll(block(), shift, axis=2) for shift in range(3)]
    for mask in masks:
        node = put_result(panel, volume, mask)
    for mask in reversed(masks[:-1]):
        assert panel.ui.undoButton.enabled
        panel.ui.undoButton.click()
        segment = currentResult(node).segmentId
        np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), mask)
    assert not panel.ui.undoButton.enabled
