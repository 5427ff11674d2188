"""The module's own self-test, by both ways in which Slicer runs it, and Slicer's script mode."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest

import pytest
from places import ROOT
from slicer_case import skip_without_host

pytestmark = [pytest.mark.slicer, pytest.mark.slow]

SCRIPT = """
import sys
sys.path[:0] = {path!r}
import slicer_host
slicer_host.start(main_window=False)
from pathlib import Path
from slicer_host.modules import load
module = load(Path({module!r}))
import slicer
slicer.app.startupCompleted.emit()
assert slicer.app.layoutManager() is None
module.widgetRepresentation().enter()
import LGGSegmentation, SampleData
flair = SampleData.downloadSample("LGGSyntheticStudy")
logic = LGGSegmentation.LGGSegmentationLogic()
logic.getParameterNode().modelFolder = {model!r}
outcome = logic.segment(flair)
assert outcome.found
print("volume", outcome.report["measurements"]["volume_ml"])
"""


def shipped_model_problem() -> str:
    """Return why the shipped model cannot run, or an empty text."""
    from lggseg.errors import ModelError
    from lggseg.model.bundle import ONNX_FILE, load_bundle

    try:
        load_bundle().verified(ONNX_FILE)
    except ModelError as error:
        return str(error)
    return ""


def self_test(slicer_module, name: str) -> unittest.TestResult:
    import LGGSegmentation

    suite = unittest.TestSuite([LGGSegmentation.LGGSegmentationTest(name)])
    return unittest.TextTestRunner(verbosity=0).run(suite)


@pytest.mark.parametrize(
    "name",
    [
        "test_segments_the_synthetic_study",
        "test_all_three_sequences",
        "test_no_tumor_is_a_result",
        "test_cancel_ends_the_child_and_changes_nothing",
        "test_bad_input_is_explained",
        "test_second_run_keeps_what_was_drawn",
        "test_scene_survives_saving",
    ],
)
def test_by_the_unittest_loader(panel, name):
    """One by one, as ``slicer.testing.runUnitTest`` does it in CTest."""
    problem = shipped_model_problem()
    if problem:
        pytest.skip(problem)
    result = self_test(panel, name)
    assert result.wasSuccessful(), (result.failures + result.errors)[0][1]


def test_every_self_test_is_run_here(slicer_module):
    import LGGSegmentation

    names = unittest.defaultTestLoader.getTestCaseNames(LGGSegmentation.LGGSegmentationTest)
    listed = test_by_the_unittest_loader.pytestmark[0].args[1]
    assert sorted(names) == sorted(listed)


def test_the_self_tests_module_finds_it_and_a_failure_is_one(slicer_module, monkeypatch):
    """``slicer.selfTests`` leads to ``runTest``, which must fail when a test fails."""
    import slicer

    import LGGSegmentation

    def fail(self):
        self.fail("on purpose")

    names = unittest.defaultTestLoader.getTestCaseNames(LGGSegmentation.LGGSegmentationTest)
    for name in names[1:]:
        monkeypatch.setattr(LGGSegmentation.LGGSegmentationTest, name, lambda self: None)
    monkeypatch.setattr(LGGSegmentation.LGGSegmentationTest, names[0], fail)
    with pytest.raises(AssertionError, match="on purpose"):
        slicer.selfTests["LGGSegmentation"]()
    monkeypatch.setattr(LGGSegmentation.LGGSegmentationTest, names[0], lambda self: None)
    slicer.selfTests["LGGSegmentation"]()


def test_script_mode_without_a_main_window(formula_model):
    skip_without_host()
    paths = [str(ROOT / "Testing" / "support")]
    code = SCRIPT.format(path=paths, module=str(ROOT / "LGGSegmentation" / "LGGSegmentation.py"), model=formula_model)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=600, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "volume" in done.stdout
