"""Standard streams that are closed, full or of a small alphabet: the exit status tells what came of the work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import CORE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="file descriptors of POSIX")

START = [sys.executable, "-m", "lggseg"]


def run(arguments: list[str], redirect: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = " ".join(f"'{part}'" for part in [*START, *arguments]) + " " + redirect
    return subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONPATH": str(CORE.parent), **environment},
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["info"], ["info", "--json"]])
def test_a_full_output_is_status_4(arguments: list[str]) -> None:
    done = run(arguments, "> /dev/full")
    assert done.returncode == 4
    assert "expected to write to standard output, got «No space left on device»" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_left_is_status_4() -> None:
    done = run(["info"], "| true; exit ${PIPESTATUS[0]:-0}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("redirect", [">&-", "2>&-", ">&- 2>&-", "< /dev/null >&- 2>&-", "2> /dev/full"])
def test_closed_streams_do_no_harm(redirect: str) -> None:
    assert run(["info"], redirect).returncode == 0


@pytest.mark.parametrize("redirect", ["2>&-", "2> /dev/full"])
def test_an_error_that_nobody_can_read_has_its_status(redirect: str) -> None:
    assert run(["segment", "none.nii", "-o", "out"], redirect).returncode == 2


def test_an_alphabet_without_umlauts_does_no_harm(tmp_path: Path) -> None:
    done = run(["segment", "größe.nii", "-o", str(tmp_path)], LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["numpy", "scipy", "SimpleITK", "PIL", "pydicom", "onnxruntime"])
def test_a_missing_package_is_status_5(tmp_path: Path, name: str) -> None:
    (tmp_path / "blocker").mkdir()
    (tmp_path / "blocker" / "sitecustomize.py").write_text(
        f"import sys\nsys.modules[{name!r}] = None\n"  # as Python marks what is not there
    )
    study = tmp_path / "study"
    assert run(["phantom", "-o", str(study)]).returncode == 0
    if name == "pydicom":
        flair = study / "a.dcm"
        flair.write_bytes(bytes(128) + b"DICM" + b"nothing")
        target = str(study / ".." / "study")
        for file in study.glob("*.nii.gz"):
            file.unlink()
    else:
        target = str(study / "flair.nii.gz")
    path = f"{tmp_path / 'blocker'}{os.pathsep}{CORE.parent}"
    done = run(["segment", target, "-o", str(tmp_path / "out"), "--runtime", "onnx"], PYTHONPATH=path)
    package = {"PIL": "Pillow"}.get(name, name)
    assert (done.returncode, "Traceback" in done.stderr) == (5, False), done.stderr
    assert package in done.stderr
