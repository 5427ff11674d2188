"""Undo, copies, another grid and another patient: no number or map of the one stands beside the other."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import (
    add_small,
    block,
    click,
    dicom,
    put_result,
    ramp,
    reload_scene,
    row_texts,
    settle,
    shown_milliliters,
    smaller_block,
    wait_until,
)

pytestmark = pytest.mark.slicer


def run(panel, volume, mask, probability, version, low):
    """A run of a model that says between what the volume lies."""
    put_result(panel, volume, mask, probability, version)
    doubt = {"volume_low_ml": low, "volume_high_ml": low + 2, "coverage": 0.9, "reasons": []}
    panel.result.setReport({**panel.result.report, "doubt": doubt, "notes": [f"noted of {version}"]})
    panel.update()
    settle()


def said(panel):
    result, ui = panel.result, panel.ui
    return result.origin, ui.intervalLabel.text, ui.notesLabel.text, row_texts(panel), shown_milliliters(panel)


def two_runs(panel):
    """Return a volume, and what the panel said of the first of two runs, of two models, on it."""
    volume = add_small()
    run(panel, volume, smaller_block(), ramp() * 0.9, "1", 0.5)
    first = said(panel)
    run(panel, volume, block(), 1 - ramp(), "2", 30.0)
    assert said(panel) != first
    return volume, first


def test_undo_of_a_run_brings_back_all_that_was_said_of_the_one_before(panel, tmp_path):
    from LGGSegmentationLib.Scene import VolumeExchange

    volume, first = two_runs(panel)
    assert "Between 30.0 and 32.0 ml" in panel.ui.intervalLabel.text
    click(panel.ui.undoButton)
    settle(0.15)
    assert said(panel) == first
    panel.parameters.threshold = 0.6
    assert wait_until(lambda: panel.result.threshold == 0.6, 5)
    np.testing.assert_array_equal(panel.result.mask(), ramp() * np.float32(0.9) >= 0.6)
    VolumeExchange.writeMask(smaller_block(), panel.result.node, panel.result.segmentId, volume)
    reload_scene(tmp_path)
    assert panel.result.origin.startswith("m 1 (")


def test_undo_in_the_segment_editor_leaves_no_map_of_another_run(panel):
    import slicer

    from LGGSegmentationLib.Scene import Contours

    volume = add_small()
    run(panel, volume, smaller_block(), ramp() * 0.9, "1", 0.5)
    first = said(panel)
    history = slicer.vtkSegmentationHistory()  # that of the Segment Editor, of which we are told nothing
    history.SetSegmentation(panel.result.node.GetSegmentation())
    history.SaveState()
    run(panel, volume, block(), 1 - ramp(), "2", 30.0)
    panel.ui.contoursCheckBox.checked = True
    settle()
    history.RestorePreviousState()
    settle(0.15)
    assert said(panel) == first
    assert Contours.contoursOf(volume) is None
    before = panel.result.mask()
    panel.parameters.threshold = 0.6
    settle(0.2)
    np.testing.assert_array_equal(panel.result.mask(), before)


def test_a_threshold_works_on_the_map_of_the_outline_that_was_chosen(panel):
    first, second = add_small("A"), add_small("B")
    node = put_result(panel, first, (ramp() >= 0.35).astype(np.uint8), ramp())
    put_result(panel, second, block(), 1 - ramp())
    panel.parameters.segmentation = node
    settle()
    panel.parameters.threshold = 0.6
    assert wait_until(lambda: panel.result.threshold == 0.6, 5)
    np.testing.assert_array_equal(panel.result.mask(), ramp() >= 0.6)


def test_numbers_are_outdated_where_the_voxels_got_another_size(panel):
    import slicer

    volume = add_small()
    node = put_result(panel, volume, block())
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    slicer.util.updateTransformMatrixFromArray(transform, np.diag([2.0, 2.0, 2.0, 1.0]))
    for moved in (volume, node):
        moved.SetAndObserveTransformNodeID(transform.GetID())
        moved.HardenTransform()
    panel.update()
    settle(0.15)
    assert shown_milliliters(panel) == pytest.approx(block().sum() * 32 / 1000, abs=0.05)
    assert "earlier outline" in panel.ui.measurementSection.text
    assert not panel.ui.saveCsvButton.enabled


def test_a_copy_of_an_outline_is_followed_by_nobody(panel):
    import slicer

    from LGGSegmentationLib.Scene import VolumeExchange

    volume = add_small()
    node = put_result(panel, volume, block())
    slicer.mrmlScene.CopyNode(node)
    VolumeExchange.writeMask(smaller_block(), node, panel.result.segmentId, volume)
    settle(0.15)
    assert float(row_texts(panel)[0][2]) == shown_milliliters(panel) < 2
    click(panel.ui.recomputeButton)
    settle(0.15)
    assert panel.parameters.measurementTable.GetColumnName(1) == "Value"


def test_the_series_of_one_patient_does_not_stand_beside_another(panel, monkeypatch):
    dicom(monkeypatch, {"1": "P1", "2": "P2"})
    first, second, unknown = (add_small(name) for name in "ABC")
    for number, volume in enumerate((first, second), start=1):
        volume.SetAttribute("DICOM.instanceUIDs", str(number))
    put_result(panel, first, block())
    for volume, names in ((second, []), (first, ["A"]), (unknown, ["A"])):
        panel.parameters.flairVolume = volume
        settle()
        assert [row[0] for row in row_texts(panel)] == names
