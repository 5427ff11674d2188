"""What leaves Slicer."""

from __future__ import annotations

import pytest
from slicer_case import add_small, block, put_result, settle

pytestmark = pytest.mark.slicer


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
