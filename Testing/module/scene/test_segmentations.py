"""Where results go, and that nothing of the user's is lost."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, block, put_result, shifted, smaller_block

pytestmark = pytest.mark.slicer


def drawn_segmentation(volume, mask):
    """A segmentation that a person drew, in the scene."""
    import slicer

    from LGGSegmentationLib.Scene import VolumeExchange

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "drawn by me")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment = node.GetSegmentation().AddEmptySegment("mine")
    VolumeExchange.writeMask(mask, node, segment, volume)
    return node, segment


def test_the_result_is_coded_named_coloured_and_placed(panel):
    import slicer

    from lggseg.segmentation import segment_identity
    from LGGSegmentationLib.Scene.Result import currentResult, flairOf

    volume = add_small()
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    study = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "study")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(volume), study)
    node = put_result(panel, volume, block())
    segment = node.GetSegmentation().GetSegment(currentResult(node).segmentId)
    assert segment.GetName() == segment_identity.SEGMENT_NAME
    assert segment.GetColor() == pytest.approx(segment_identity.SEGMENT_COLOR)
    assert currentResult(node).tag(segment.GetTerminologyEntryTagName()) == segment_identity.TERMINOLOGY_ENTRY
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == study
    assert flairOf(node) is volume


def test_a_second_result_replaces_only_what_was_not_touched(panel):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import Result, currentResult, resultsIn

    volume = add_small()
    node = put_result(panel, volume, block())
    first = currentResult(node).segmentId
    put_result(panel, volume, np.roll(block(), 1, axis=2))
    assert [item.segmentId for item in resultsIn(node)] == [first], "an untouched result is replaced"
    drawn = block()
    drawn[0, 0, 0] = 1
    VolumeExchange.writeMask(drawn, node, first, volume)
    assert Result(node, first).isEdited()
    put_result(panel, volume, block())
    assert len([item.segmentId for item in resultsIn(node)]) == 2, "a corrected result is kept"
    np.testing.assert_array_equal(VolumeExchange.readMask(node, first, volume), drawn)
    names = [node.GetSegmentation().GetNthSegment(i).GetName() for i in range(2)]
    assert len(set(names)) == 2


def test_what_was_drawn_is_not_moved(panel):
    volume = add_small()
    drawn, _ = drawn_segmentation(volume, block())
    transform = shifted(drawn, 7.0)
    panel.parameters.flairVolume = volume
    panel.parameters.segmentation = drawn
    result = put_result(panel, volume, block())
    assert result is not drawn
    assert drawn.GetTransformNodeID() == transform.GetID()
    assert drawn.GetSegmentation().GetNumberOfSegments() == 1


def test_a_result_in_a_segmentation_of_the_same_volume_goes_beside_what_is_there(panel):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import resultsIn

    volume = add_small()
    drawn, segment = drawn_segmentation(volume, smaller_block())
    panel.parameters.flairVolume = volume
    panel.parameters.segmentation = drawn
    assert put_result(panel, volume, block()) is drawn
    np.testing.assert_array_equal(VolumeExchange.readMask(drawn, segment, volume), smaller_block())
    assert len([item.segmentId for item in resultsIn(drawn)]) == 1
