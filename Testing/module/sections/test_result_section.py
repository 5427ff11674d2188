"""The volume shown, the live threshold, undo."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, answer, block, click, put_result, settle, shifted, smaller_block, wait_until

pytestmark = pytest.mark.slicer


def test_the_threshold_is_live_and_asks_before_it_replaces_a_correction(panel, monkeypatch):
    import slicer

    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    probability = np.linspace(0, 1, block().size, dtype=np.float32).reshape(block().shape)
    node = put_result(panel, volume, (probability >= 0.5).astype(np.uint8), probability)
    segment = currentResult(node).segmentId
    for threshold in (0.3, 0.8, 0.81):
        panel.ui.thresholdSlider.value = threshold
        settle(0.15)
        expected = slicer.util.arrayFromVolume(panel.parameters.probabilityVolume) >= panel.parameters.threshold
        np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), expected)
    drawn = block()
    VolumeExchange.writeMask(drawn, node, segment, volume)
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda *_, **__: False)
    panel.ui.thresholdSlider.value = 0.4
    settle(0.15)
    np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), drawn)
    assert panel.ui.thresholdSlider.value == pytest.approx(0.81)


def test_nothing_found_is_said_as_a_result(panel):
    node = put_result(panel, add_small(), np.zeros_like(block()))
    assert "No FLAIR abnormality" in panel.ui.volumeLabel.text
    assert node.GetSegmentation().GetNumberOfSegments() == 1


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


def test_at_the_model_threshold_the_whole_rule_of_the_model_holds(panel, monkeypatch):
    asked = []

    class Job:
        def __init__(self, settings, _callbacks):
            asked.append(settings.threshold)

        def start(self):
            pass

        running = False

    monkeypatch.setattr(panel.logic, "jobClass", Job)
    panel.parameters.flairVolume = add_small()
    for threshold in (panel.model.threshold, panel.model.threshold + 0.01, 0.5):
        panel.parameters.threshold = threshold
        panel.logic.start(panel.parameters)
    panel.logic.job = None
    assert asked == [None, pytest.approx(panel.model.threshold + 0.01), 0.5]


def test_what_the_model_held_back_comes_with_another_threshold_only(panel):
    run = panel.parameters.threshold
    put_result(panel, add_small(), np.zeros_like(block()), block() * np.float32(0.9))
    result = panel.result
    result.setReport({**result.report, "notes": ["Nothing was outlined, but look yourself."]})
    panel.ui.thresholdSlider.value = run - 0.1
    settle(0.15)
    np.testing.assert_array_equal(result.mask(), block())
    assert panel.ui.notesLabel.text.startswith("The outline was changed since; what follows was noted of the model")
    panel.ui.thresholdSlider.value = run
    settle(0.15)
    assert result.isEmpty()
    assert result.isAsRun()
    assert panel.ui.notesLabel.text == "Nothing was outlined, but look yourself."
