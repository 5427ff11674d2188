"""Corrections that become training data."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_case import add_small, block, click, put_result

pytestmark = pytest.mark.slicer


def test_a_training_case_is_read_by_the_training_code(panel, tmp_path):
    import SimpleITK as sitk

    from lggseg.cohort.prepared import read_manifest

    put_result(panel, add_small(), block())
    panel.parameters.postVolume = add_small("T1 post")
    panel.ui.exportSection.collapsed = False
    panel.ui.caseName.setText("")  # another test may have left one
    assert "code first" in panel.ui.saveCaseButton.toolTip
    panel.ui.trainingFolder.currentPath = str(tmp_path)
    panel.ui.patientName.setText("P7")
    for name in ("case-1", "case-2", "case-1"):
        panel.ui.caseName.setText(name)
        click(panel.ui.saveCaseButton)
    cases = {case.case: case for case in read_manifest(tmp_path)}
    assert sorted(cases) == ["case-1", "case-2"]
    case = cases["case-1"]
    assert case.sequences == ("flair", "post")
    assert (case.slices, case.tumor_slices, case.patient) == (8, 3, "P7")
    label = sitk.GetArrayFromImage(sitk.ReadImage(str(case.file("label"))))
    np.testing.assert_array_equal(label, block())
    panel.ui.caseName.setText("../escape")
    with pytest.raises(ValueError, match="letters"):
        panel.exports.saveCase()
