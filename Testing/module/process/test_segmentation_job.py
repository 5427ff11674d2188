"""Children that misbehave, and cancelling."""

from __future__ import annotations

import os
import sys

import pytest
from slicer_case import (
    FAKE_CHILD,
    add_small,
    add_study,
    click,
    settle,
    temporary_folders,
    wait_until,
)

pytestmark = pytest.mark.slicer


def use_fake(panel, monkeypatch, formula_model, mode: str) -> None:
    """Let the next run start the fake child."""
    from LGGSegmentationLib.Process.SegmentationJob import SegmentationJob

    monkeypatch.setattr(SegmentationJob, "program", [sys.executable, str(FAKE_CHILD), mode])
    panel.parameters.modelFolder = formula_model
    panel.parameters.flairVolume = add_small()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_cancel_really_ends_the_child(panel, formula_model, synthetic_study):
    import slicer

    panel.parameters.modelFolder = formula_model
    panel.parameters.flairVolume = add_study(synthetic_study)["flair"]
    settle()
    before = slicer.mrmlScene.GetNumberOfNodes()
    click(panel.ui.segmentButton)
    assert not panel.ui.segmentButton.enabled
    assert wait_until(lambda: panel.logic.job._process.processId > 0)
    pid = panel.logic.job._process.processId
    click(panel.ui.cancelButton)
    assert wait_until(lambda: not panel.running)
    assert not is_alive(pid)
    assert "Cancelled" in panel.ui.statusLabel.text
    assert slicer.mrmlScene.GetNumberOfNodes() == before
    assert not temporary_folders()
    assert panel.ui.segmentButton.enabled


def test_a_deaf_child_is_killed(panel, monkeypatch, formula_model):
    from LGGSegmentationLib.Process import InferenceProcess

    use_fake(panel, monkeypatch, formula_model, "deaf")
    monkeypatch.setattr(InferenceProcess, "_PATIENCE_MS", 200)
    click(panel.ui.segmentButton)
    assert wait_until(lambda: panel.ui.progressBar.value > 0)
    pid = panel.logic.job._process.processId
    click(panel.ui.cancelButton)
    assert wait_until(lambda: not panel.running, 60)
    assert not is_alive(pid)
    assert "Cancelled" in panel.ui.statusLabel.text


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("error", "choose the whole volume"),
        ("crash", "crashed"),
        ("silent", "status 3"),
        ("garbage", "could not be read"),
    ],
)
def test_failures_are_explained(panel, monkeypatch, formula_model, mode, words, caplog):
    use_fake(panel, monkeypatch, formula_model, mode)
    click(panel.ui.segmentButton)
    assert wait_until(lambda: not panel.running)
    settle()
    assert words in panel.ui.statusLabel.text
    assert words in caplog.text
    assert not panel.ui.logSection.collapsed
    assert panel.parameters.segmentation is None
    assert panel.ui.segmentButton.enabled
    assert not temporary_folders()


def test_a_program_that_is_not_there_is_explained(panel, monkeypatch, formula_model):
    from LGGSegmentationLib.Process.SegmentationJob import SegmentationJob

    use_fake(panel, monkeypatch, formula_model, "error")
    monkeypatch.setattr(SegmentationJob, "program", ["/nowhere/python"])
    click(panel.ui.segmentButton)
    assert wait_until(lambda: not panel.running)
    assert "status -1" in panel.ui.statusLabel.text


def test_closing_the_scene_ends_the_run(panel, monkeypatch, formula_model):
    import slicer

    use_fake(panel, monkeypatch, formula_model, "slow")
    click(panel.ui.segmentButton)
    assert wait_until(lambda: panel.ui.progressBar.value > 0)
    pid = panel.logic.job._process.processId
    slicer.mrmlScene.Clear()
    assert wait_until(lambda: not is_alive(pid), 30)
    assert not panel.running
    assert not temporary_folders()
