"""Whose numbers are shown, what may be overwritten, and what is said when something cannot be done."""

from __future__ import annotations

import types

import numpy as np
import pytest
from slicer_case import add_small, answer, block, click, put_result, settle, wait_until

pytestmark = pytest.mark.slicer


def smaller_block():
    mask = block()
    mask[:, :, 20:] = 0
    return mask


def shifted(node, millimetres):
    import slicer

    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = np.eye(4)
    matrix[0, 3] = millimetres
    slicer.util.updateTransformMatrixFromArray(transform, matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    return transform


def volume_in_table(panel):
    from LGGSegmentationLib.Scene import Measurements

    return Measurements.valuesOf(panel.parameters.measurementTable)["volume_ml"]


def test_the_numbers_are_those_of_the_volume_chosen(panel, monkeypatch):
    monkeypatch.setattr(panel.logic, "samePatient", lambda *_: True)
    first, second = add_small("FLAIR 1"), add_small("FLAIR 2")
    put_result(panel, first, block())
    large = volume_in_table(panel)
    put_result(panel, second, smaller_block())
    small = volume_in_table(panel)
    assert small < large
    panel.parameters.flairVolume = first
    settle()
    assert volume_in_table(panel) == large
    assert panel.result.name == "FLAIR 1"
    panel.ui.timePointSection.collapsed = False
    click(panel.ui.addTimePointButton)
    table = panel.ui.timePointWidget
    volumes = {table.item(row, 0).text(): table.item(row, 2).text() for row in range(2)}
    assert volumes == {"FLAIR 1": f"{large:.1f}", "FLAIR 2": f"{small:.1f}"}


def test_numbers_of_an_earlier_outline_are_not_handed_out(panel):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    node = put_result(panel, volume, block())
    VolumeExchange.writeMask(smaller_block(), node, currentResult(node).segmentId, volume)
    settle()
    assert not panel.ui.copyButton.enabled
    assert "Recompute" in panel.ui.saveCsvButton.toolTip
    panel.ui.timePointSection.collapsed = False
    click(panel.ui.addTimePointButton)
    assert panel.ui.timePointWidget.item(0, 2).text() == f"{smaller_block().sum() * 4 / 1000:.1f}"
    assert panel.ui.copyButton.enabled, "adding has measured it again"


def test_the_same_result_again_is_not_called_outdated(panel):
    volume = add_small()
    put_result(panel, volume, block())
    put_result(panel, volume, block())
    assert panel.ui.measurementWidget.enabled
    assert "Recompute" not in panel.ui.measurementSection.text


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


def test_a_hardened_transform_does_not_move_the_outline(panel):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import Result, currentResult

    volume = add_small()
    shifted(volume, 6.0)
    node = put_result(panel, volume, block())
    segment = currentResult(node).segmentId
    volume.HardenTransform()
    settle()
    np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), block())
    assert not Result(node, segment).isEdited()
    assert "ml" in panel.ui.volumeLabel.text
    panel.parameters.threshold = 0.3
    assert wait_until(lambda: Result(node, segment).threshold == 0.3, 5)
    np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), block())


def test_an_outline_outside_of_its_volume_is_not_called_nothing(panel):
    volume = add_small()
    put_result(panel, volume, block())
    shifted(volume, 500.0)
    panel.update()
    settle()
    assert "outside of its volume" in panel.ui.volumeLabel.text


def test_undo_takes_the_slider_along_and_each_movement_is_a_step(panel):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import Result, currentResult

    panel.resultSection._rest.setInterval(50)
    volume = add_small()
    probability = np.zeros(block().shape, np.float32)
    probability[3:6, 10:20, 12:30] = np.linspace(0.95, 0.05, 18, dtype=np.float32)
    node = put_result(panel, volume, (probability >= 0.5).astype(np.uint8), probability)
    segment = currentResult(node).segmentId
    sizes = {}
    for threshold in (0.5, 0.4, 0.2):
        panel.parameters.threshold = threshold
        assert wait_until(lambda wanted=threshold: Result(node, segment).threshold == wanted, 5)
        sizes[threshold] = int(VolumeExchange.readMask(node, segment, volume).sum())
        settle(0.2)
    assert currentResult(node).report["threshold"] == 0.2
    for threshold in (0.4, 0.5):
        click(panel.ui.undoButton)
        settle()
        assert panel.parameters.threshold == threshold
        assert int(VolumeExchange.readMask(node, segment, volume).sum()) == sizes[threshold]


@pytest.mark.parametrize("button", ["OK", "Cancel"])
def test_undo_asks_before_it_takes_a_correction_back(panel, monkeypatch, button):
    import slicer

    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    put_result(panel, volume, block())
    node = put_result(panel, volume, smaller_block())
    segment = currentResult(node).segmentId
    drawn = np.roll(block(), 5, axis=1)
    VolumeExchange.writeMask(drawn, node, segment, volume)
    settle()
    monkeypatch.setattr(slicer.app, "_testing", False)
    said = answer(button)
    click(panel.ui.undoButton)
    settle()
    assert "corrected by hand" in said[0]
    expected = block() if button == "OK" else drawn
    np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), expected)


def test_a_result_that_cannot_be_put_into_the_scene_is_explained(panel, monkeypatch, formula_model):
    def fail(*_arguments, **_options):
        msg = "no room for 3 volumes"
        raise MemoryError(msg)

    volume = add_small(shape=(8, 64, 64))
    panel.parameters.modelFolder = formula_model
    panel.parameters.flairVolume = volume
    monkeypatch.setattr(panel.logic, "importOutcome", fail)
    click(panel.ui.segmentButton)
    assert not panel.ui.inputsSection.enabled, "what runs belongs to what was chosen"
    assert wait_until(lambda: not panel.running)
    settle()
    assert "no room for 3 volumes" in panel.ui.statusLabel.text
    assert panel.ui.segmentButton.enabled
    assert panel.ui.inputsSection.enabled
    with pytest.raises(RuntimeError, match="no room for 3 volumes"):
        panel.logic.segment(volume)


def test_a_series_that_does_not_start_leaves_no_queue(panel, monkeypatch, formula_model):
    from LGGSegmentationLib.Process import Dependencies

    volumes = [add_small(f"FLAIR {number}") for number in range(2)]
    panel.parameters.modelFolder = formula_model
    panel.parameters.flairVolume = volumes[0]
    panel.ui.timePointSection.collapsed = False
    monkeypatch.setattr(Dependencies, "ensure", lambda *_: False)
    click(panel.ui.segmentAllButton)
    settle()
    assert not panel.running
    assert panel.run._queue == []


def test_a_training_case_of_mixed_volumes_is_refused(panel, tmp_path):
    node = put_result(panel, add_small("FLAIR 1"), block())
    panel.ui.trainingFolder.currentPath = str(tmp_path)
    panel.ui.caseName.setText("case")
    panel.ui.patientName.setText("patient")
    panel.parameters.flairVolume = add_small("FLAIR 2")
    panel.parameters.segmentation = node
    settle()
    assert not panel.ui.saveCaseButton.enabled
    assert "belongs to another volume" in panel.ui.saveCaseButton.toolTip
    assert panel.result.name == "FLAIR 1"


def test_volumes_keep_their_identity_when_scenes_are_merged(panel):
    from LGGSegmentationLib.Scene import Identity, Probability

    first, second = add_small("FLAIR 1"), add_small("FLAIR 2")
    assert Identity.identityOf(first) == Identity.identityOf(first)
    assert Identity.identityOf(first) != Identity.identityOf(second)
    put_result(panel, first, block())
    put_result(panel, second, block())
    maps = [Probability.probabilityOf(volume) for volume in (first, second)]
    assert None not in maps
    assert maps[0] is not maps[1]
    assert all(Probability.isProbability(node) for node in maps)


def test_dicom_says_who_drew_a_segment(panel, monkeypatch, tmp_path):
    import sys

    from LGGSegmentationLib.Application import DicomExport
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    seen = []

    class Plugin:
        """Slicer's exporter, as far as it is called."""

        def examineForExport(self, _item):
            segment = node.GetSegmentation().GetSegment(currentResult(node).segmentId)
            seen.append(currentResult(node).tag("DICOM.SegmentAlgorithmType"))
            return [types.SimpleNamespace()]

        def export(self, _exportables):
            return ""

    plugin = types.ModuleType("DICOMSegmentationPlugin")
    plugin.DICOMSegmentationPluginClass = Plugin
    monkeypatch.setitem(sys.modules, "DICOMSegmentationPlugin", plugin)
    volume = add_small()
    node = put_result(panel, volume, block())
    DicomExport.export(node, tmp_path)
    VolumeExchange.writeMask(smaller_block(), node, currentResult(node).segmentId, volume)
    DicomExport.export(node, tmp_path)
    assert seen == ["AUTOMATIC", "SEMIAUTOMATIC"]
