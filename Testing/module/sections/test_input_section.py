"""What is chosen by itself."""

from __future__ import annotations

import pytest
from slicer_case import add_small, settle

pytestmark = pytest.mark.slicer


def test_volumes_are_chosen_by_themselves_where_it_is_obvious(panel):
    assert "Choose a FLAIR volume" in panel.ui.statusLabel.text
    flair, post = add_small("AX FLAIR"), add_small("AX T1 POST")
    settle()
    assert not panel.ui.statusLabel.text, "what is said there no longer holds"
    assert panel.parameters.flairVolume is flair
    assert panel.parameters.postVolume is post
    assert panel.parameters.preVolume is None


def test_nothing_is_chosen_where_it_is_not_obvious(panel):
    add_small("FLAIR 2023")
    add_small("FLAIR 2024")
    settle()
    # The first arrived alone, and was obvious then; what is chosen is never taken away again.
    panel.parameters.flairVolume = None
    panel.inputs._chooseFlair()
    assert panel.parameters.flairVolume is None


def test_a_label_map_cannot_be_chosen(panel):
    import slicer

    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    assert panel.ui.flairSelector.nodeCount() == 0
