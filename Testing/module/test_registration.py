"""What Slicer's own modules get from this one."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, put_result, settle

pytestmark = pytest.mark.slicer


def test_features_appear_in_segment_statistics(panel):
    import slicer
    from SegmentStatistics import SegmentStatisticsLogic

    from lggseg.shape import FEATURES, measure
    from LGGSegmentationLib.Scene.Result import Result, currentResult

    volume = add_small(shape=(26, 130, 130))
    mask = np.zeros((26, 130, 130), np.uint8)
    mask[10:14, 40:60, 70:100] = 1
    node = put_result(panel, volume, mask)
    logic = SegmentStatisticsLogic()
    logic.getParameterNode().SetParameter("Segmentation", node.GetID())
    logic.computeStatistics()
    statistics = logic.getStatistics()
    segment = currentResult(node).segmentId
    expected = measure(Result(node, segment).image())
    prefix = "LGGShapeSegmentStatisticsPlugin."
    for feature in FEATURES:
        if expected[feature.key] is not None:
            assert statistics[segment, prefix + feature.key] == pytest.approx(expected[feature.key]), feature.key
    assert expected["left_share"] is not None, "the whole grid is measured, not the box round the segment"
    assert statistics["MeasurementInfo"][prefix + "volume_ml"]["units"] == "ml"
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_sample_data_is_registered_and_made_here_by_both_ways(panel):
    """The button calls the downloader; a script's way does not, and gets the same volumes all the same."""
    import SampleData
    import slicer

    source = SampleData.SampleDataLogic().sourceForSampleName("LGGSyntheticStudy")
    nodes = source.customDownloader(source)
    expected = [(node.GetName(), slicer.util.arrayFromVolume(node).copy()) for node in nodes]
    slicer.mrmlScene.Clear()
    assert SampleData.downloadSample("LGGSyntheticStudy").GetName() == expected[0][0]
    slicer.mrmlScene.Clear()
    nodes = SampleData.downloadSamples("LGGSyntheticStudy")
    settle()
    for node, (name, array) in zip(nodes, expected, strict=True):
        assert node.GetName() == name
        np.testing.assert_array_equal(slicer.util.arrayFromVolume(node), array)
    assert panel.parameters.flairVolume is nodes[0]
    assert panel.parameters.preVolume is nodes[1]
    assert panel.parameters.postVolume is nodes[2]


def test_registering_twice_leaves_one_of_each(slicer_module):
    import SampleData
    import slicer
    from SegmentStatistics import SegmentStatisticsLogic

    import LGGSegmentation
    from LGGSegmentationLib.SampleDataRegistration import CATEGORY
    from LGGSegmentationLib.ShapeStatisticsPlugin import LGGShapeSegmentStatisticsPlugin

    LGGSegmentation.registerEverywhere()
    assert len(slicer.modules.sampleDataSources[CATEGORY]) == 2
    assert SegmentStatisticsLogic.registeredPlugins.count(LGGShapeSegmentStatisticsPlugin) == 1
    assert SampleData.SampleDataLogic.rewriteUrl("https://example.org/x") == "https://example.org/x"


def test_registered_plugin_does_not_break_segment_statistics(panel):
    """To make a logic makes every plugin's panel of options, which asks about every key."""
    from SegmentStatistics import SegmentStatisticsLogic

    from lggseg.shape import FEATURES

    logic = SegmentStatisticsLogic()
    plugin = next(item for item in logic.plugins if type(item).__name__.startswith("LGGShape"))
    assert plugin.pluginCheckbox.text == "Glioma shape Statistics"
    labels = [box.text for box in plugin.requestedKeysCheckboxes.values()]
    assert labels == [feature.label for feature in FEATURES]
