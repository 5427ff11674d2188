"""What is seen of which result."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, block, put_result

pytestmark = pytest.mark.slicer


def test_surface_is_made_on_request(panel):
    import slicer

    node = put_result(panel, add_small(), block())
    surface = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    assert not node.GetSegmentation().ContainsRepresentation(surface)
    panel.ui.show3DCheckBox.setChecked(True)
    assert node.GetSegmentation().ContainsRepresentation(surface)
    put_result(panel, panel.parameters.flairVolume, np.roll(block(), 2, axis=2))
    assert node.GetSegmentation().ContainsRepresentation(surface), "kept after a second run"
    panel.ui.show3DCheckBox.setChecked(False)
    assert not node.GetSegmentation().ContainsRepresentation(surface)


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
