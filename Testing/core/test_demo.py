"""The demo can be stopped at any moment and repeated: nobody has to clear up first."""

import json

import pytest

from lggseg.cli import main
from lggseg.commands import demo
from lggseg.errors import CancelledError, OutputError
from lggseg.leftovers import STAGE_PREFIX

STOPS = {
    "before the second volume": ("lggseg.phantom.study.write_volume", 2),
    "while it segments": ("lggseg.segmentation.pipeline.segment", 1),
    "while it writes the mask": ("lggseg.segmentation.result.io.write_segmentation", 1),
    "before the page": ("lggseg.segmentation.result.write_text", 2),
}
"""What is interrupted, and at which call of it."""


@pytest.fixture
def small(monkeypatch):
    """A study of few voxels: the demo's own takes seconds to make."""
    sizes = {"slices": 4, "size": 64, "spacing_mm": (3.4, 3.4, 30.0)}
    original = demo.phantom_options
    monkeypatch.setattr(demo, "phantom_options", lambda options: {**original(options), **sizes})


def interrupting(original, call):
    """Return a function that is interrupted at a call, as by Ctrl-C, and does what it does at every other."""
    calls = []

    def wrapped(*arguments, **options):
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return original(*arguments, **options)

    return wrapped


@pytest.mark.parametrize("moment", STOPS)
@pytest.mark.usefixtures("small")
def test_an_interrupted_demo_is_repeated_by_the_same_command(moment, tmp_path, monkeypatch, capsys):
    target, call = STOPS[moment]
    module, _, name = target.rpartition(".")
    found = pytest.importorskip(module.replace(".result.io", ".result"))
    owner = found.io if module.endswith(".io") else found
    with monkeypatch.context() as stopped:
        stopped.setattr(owner, name, interrupting(getattr(owner, name), call))
        assert main(["demo", "-o", str(tmp_path)]) == CancelledError.exit_status
    assert not (tmp_path / "report.json").exists(), "no half result"
    assert main(["demo", "-o", str(tmp_path)]) == 0, capsys.readouterr().err
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert record["comparison"]["Dice"] >= 0
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(STAGE_PREFIX)]


@pytest.mark.usefixtures("small")
def test_a_stopped_demo_of_another_patient_is_not_gone_on_with(tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as stopped:
        from lggseg.phantom import study

        stopped.setattr(study, "write_volume", interrupting(study.write_volume, 3))
        assert main(["demo", "-o", str(tmp_path)]) == CancelledError.exit_status
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.nii.gz")}
    assert main(["demo", "-o", str(tmp_path), "--seed", "1"]) == OutputError.exit_status
    assert "choose another folder or add --overwrite" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.nii.gz")} == before
