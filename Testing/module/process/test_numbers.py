"""A comma as decimal sign does not get into the files that a run exchanges."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import sys

import pytest
from places import ROOT
from slicer_case import skip_without_host

pytestmark = pytest.mark.slicer

SCRIPT = """
import locale
locale.setlocale(locale.LC_NUMERIC, "de_DE.UTF-8")
assert locale.localeconv()["decimal_point"] == ","
import sys
sys.path[:0] = [{support!r}, {module!r}]
import slicer_host
slicer_host.start(main_window=False)
locale.setlocale(locale.LC_NUMERIC, "de_DE.UTF-8")
import numpy as np
from pathlib import Path
from LGGSegmentationLib.Process.ChildJob import Callbacks
from LGGSegmentationLib.Process.SegmentationJob import RunSettings, SegmentationJob
import slicer
node = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.float32), np.diag([0.9, 0.9, 4.5, 1.0]), "FLAIR")
job = SegmentationJob(RunSettings(node), Callbacks(lambda *_: None, print, print))
job._process.start = lambda program, arguments, cancel: None
job.start()
header = (job._folder / "volume.nrrd").read_bytes().split(b"\\n\\n")[0].decode()
assert "0.9" in header and "0,9" not in header, header
assert locale.localeconv()["decimal_point"] == ",", "the process keeps its language"
print("point")
"""


def test_files_of_a_run_have_a_point_under_a_language_with_a_comma(tmp_path):
    skip_without_host()
    if shutil.which("localedef") is None:
        pytest.skip("localedef is not installed: no language with a decimal comma can be made")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")], check=False, capture_output=True
    )
    if not (tmp_path / "de_DE.UTF-8").exists():
        pytest.skip(f"localedef made no language: {made.stderr.decode()[:200]}")
    code = SCRIPT.format(support=str(ROOT / "Testing" / "support"), module=str(ROOT / "LGGSegmentation"))
    environment = {**os.environ, "LOCPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "point" in done.stdout


def test_the_language_comes_back_after_a_fault(slicer_module):
    from LGGSegmentationLib.Process.Numbers import withPoint

    def fail():
        with withPoint():
            assert locale.localeconv()["decimal_point"] == "."
            msg = "no"
            raise ValueError(msg)

    before = locale.setlocale(locale.LC_NUMERIC)
    with pytest.raises(ValueError, match="no"):
        fail()
    assert locale.setlocale(locale.LC_NUMERIC) == before
