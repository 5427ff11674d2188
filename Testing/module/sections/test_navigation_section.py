"""Going about in an outline, and its uncertainty."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, block, click, put_result, ramp, settle, shifted

pytestmark = pytest.mark.slicer


def axial_place():
    """Where the red slice view is, mm along the body."""
    import slicer

    return slicer.app.layoutManager().sliceWidget("Red").sliceLogic().GetSliceOffset()


def two_pieces():
    mask = np.zeros((8, 40, 48), np.uint8)
    mask[1:3, 5:10, 5:10] = 1
    mask[5, 20:30, 20:40] = 1
    mask[6, 20:30, 20:30] = 1
    return mask


def test_largest_slice_and_pieces(panel):
    put_result(panel, add_small(), two_pieces())
    click(panel.ui.largestSliceButton)
    assert axial_place() == pytest.approx(20.0)
    click(panel.ui.nextPieceButton)
    assert "Piece 1 of 2" in panel.ui.statusLabel.text
    assert axial_place() in (20.0, 24.0)
    click(panel.ui.nextPieceButton)
    assert "Piece 2 of 2: 0.20 ml" in panel.ui.statusLabel.text
    assert axial_place() in (4.0, 8.0)
    click(panel.ui.nextPieceButton)
    assert "Piece 1 of 2" in panel.ui.statusLabel.text
    click(panel.ui.previousPieceButton)
    assert "Piece 2 of 2" in panel.ui.statusLabel.text


def test_places_follow_the_transform_of_the_volume(panel):
    from LGGSegmentationLib.Scene import Places

    volume = add_small()
    put_result(panel, volume, two_pieces())
    before = np.array(Places.largestSlice(panel.result))
    transform = shifted(volume, 7.0)
    panel.result.node.SetAndObserveTransformNodeID(transform.GetID())
    np.testing.assert_allclose(np.array(Places.largestSlice(panel.result)) - before, (7.0, 0.0, 0.0))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_largest_slice_is_axial_whatever_the_order_of_the_axes(panel, order):
    from LGGSegmentationLib.Scene import Places, Segmentations

    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[list(order)]
    volume = add_small(shape=(12, 12, 12), affine=affine)
    mask = np.zeros((12, 12, 12), np.uint8)
    # Along the body from 2 to 9, widest at 6.
    world = np.zeros((12, 12, 12), bool)
    world[4:8, 5, 2:10] = True
    world[2:10, 4:8, 6] = True
    for i, j, k in np.argwhere(world):
        index = affine[:3, :3].T @ (i, j, k)
        mask[tuple(int(value) for value in index[::-1])] = 1
    result = Segmentations.addResult(Segmentations.newSegmentation(volume))
    result.write(mask, volume)
    assert Places.largestSlice(result)[2] == pytest.approx(6.0)


def test_contours_show_where_the_outline_is_uncertain(panel):
    import slicer

    from LGGSegmentationLib.Scene import Contours
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    put_result(panel, volume, (ramp() >= 0.5).astype(np.uint8), ramp())
    panel.ui.contoursCheckBox.setChecked(True)
    node = Contours.contoursOf(volume)
    sizes = [
        int(slicer.util.arrayFromSegmentBinaryLabelmap(node, f"probability{level:g}", volume).sum())
        for level in Contours.LEVELS
    ]
    assert sizes == [int((ramp() >= level).sum()) for level in Contours.LEVELS]
    assert currentResult(node) is None, "a contour is no result of ours"
    assert panel.result.node is not node
    panel.ui.contoursCheckBox.setChecked(False)
    assert Contours.contoursOf(volume) is None
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_nothing_to_go_to_is_said(panel):
    put_result(panel, add_small(), np.zeros_like(block()))
    settle()
    for name in ("largestSliceButton", "nextPieceButton"):
        button = getattr(panel.ui, name)
        assert not button.enabled
        assert "no outline" in button.toolTip
