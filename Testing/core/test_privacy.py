"""Nothing leaves the machine, and nothing is written where nobody asked for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import CORE

from lggseg.cohort import prepared
from lggseg.phantom.study import write_phantom

WATCHED = """
import os, sys, threading, time
sockets, stop = set(), threading.Event()

def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__.refused":
        raise RuntimeError(f"a socket was asked for: {event}")

def watch():  # also sees the sockets of libraries that are not Python
    while not stop.is_set():
        for number in os.listdir("/proc/self/fd"):
            try:
                target = os.readlink(f"/proc/self/fd/{number}")
            except OSError:
                continue
            if target.startswith("socket:"):
                sockets.add(target)
        time.sleep(0.005)

sys.addaudithook(refuse)
if os.path.isdir("/proc/self/fd"):
    threading.Thread(target=watch, daemon=True).start()
from lggseg.cli import main
status = main(sys.argv[1:])
time.sleep(1.5)  # telemetry writes from a thread of its own
stop.set()
print("sockets", sorted(sockets), file=sys.stderr)
sys.exit(status)
"""


@pytest.fixture(scope="module")
def flair(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("Doe_Jane_19701224")
    write_phantom(folder, slices=4, size=64, spacing_mm=(3.4, 3.4, 30.0))
    return folder / "flair.nii.gz"


@pytest.fixture
def places(tmp_path) -> dict[str, str]:
    """A home, a temporary folder and whatever else programs like to write into, all empty."""
    names = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data"}
    names |= {"XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "runtime"}
    for name in (*names.values(), "work"):
        (tmp_path / name).mkdir()
    return {variable: str(tmp_path / name) for variable, name in names.items()}


def test_a_run_writes_its_results_and_nothing_else_and_opens_no_socket(flair, places, tmp_path):
    environment = {**os.environ, **places, "PYTHONPATH": str(CORE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    command = [sys.executable, "-c", WATCHED, "segment", str(flair), "-o", str(tmp_path / "out"), "--progress", "none"]
    done = subprocess.run(
        command, cwd=tmp_path / "work", env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "sockets []"
    written = {file.relative_to(tmp_path).parts[0] for file in tmp_path.rglob("*") if file.is_file()}
    assert written == {"out"}
    for file in ("report.json", "report.html"):
        assert "Doe_Jane" not in (tmp_path / "out" / file).read_text(encoding="utf-8")


def test_the_manifest_of_a_prepared_data_set_is_no_spreadsheet_formula(tmp_path):
    row = dict.fromkeys(prepared.COLUMNS, "1") | {"case": "=cmd()", "patient": "@sum", "institution": "-1"}
    prepared.write_manifest(tmp_path, [row])
    text = (tmp_path / prepared.MANIFEST).read_text(encoding="utf-8")
    assert "'=cmd()" in text
    assert "'@sum" in text
    assert "'-1" not in text, "a number stays one"
    assert prepared.read_rows(tmp_path)["=cmd()"] == row
