"""What a run leaves behind."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_model import TINY_FEATURES
from training_runs import LIBRARY_WARNINGS, run_training

from lggseg.model.bundle import load_bundle
from lggseg_training.script import parse_with_overrides
from training import train

pytestmark = LIBRARY_WARNINGS


@pytest.mark.slow
def test_a_run_leaves_weights_logs_and_pictures(finished_run):
    names = {file.name for file in finished_run.iterdir()}
    assert {"config.yaml", "best.ckpt", "curves.png", "gallery.png", "last.ckpt", "metrics.csv", "model.pt",
            "plan.json", "model", "tensorboard", "validation.json", "pixels.json"} <= names  # fmt: skip
    plan = json.loads((finished_run / "plan.json").read_text(encoding="utf-8"))
    assert not set(plan["training"]) & set(plan["validation"])
    validation = json.loads((finished_run / "validation.json").read_text(encoding="utf-8"))
    assert list(validation["dice"]) == plan["validation"]
    assert 0 <= validation["data_share"] <= 1
    pixels = json.loads((finished_run / "pixels.json").read_text(encoding="utf-8"))
    for case, share in validation["dice"].items():
        hit, extra, missed, _ = map(sum, pixels[case])
        assert 2 * hit / max(1, 2 * hit + extra + missed) == pytest.approx(share, abs=1e-4)


@pytest.mark.slow
def test_a_run_folder_serves_as_a_model_that_speaks_of_itself_alone(finished_run):
    bundle = load_bundle(finished_run)
    assert bundle.name == finished_run.name
    assert bundle.network.arguments == {"features": TINY_FEATURES}
    assert bundle.metadata["eval_metrics"] == {}, "the figures of the shipped model are not its figures"
    card = (bundle.folder / "docs" / "README.md").read_text(encoding="utf-8")
    assert "4 patients" in card
    assert "1 patient," in card
    measured = json.loads((finished_run / "validation.json").read_text(encoding="utf-8"))["dice"]
    assert f"mean {np.mean(list(measured.values())):.3f}" in card
    assert "Research use only" in card


def test_overrides_may_stand_anywhere():
    words = ["seed=1", "--fold", "2", "optimization.steps=9", "--extra", "a", "b", "network.arguments.features=[4]"]
    options = parse_with_overrides(train.parser(), words)
    assert options.overrides == ["seed=1", "optimization.steps=9", "network.arguments.features=[4]"]
    assert options.extra == [Path("a"), Path("b")]
    assert (options.fold, options.all) == (2, False)


def test_what_looks_like_no_override_is_named(dataset, tmp_path, capsys):
    assert run_training(dataset, tmp_path / "run", "steps") == 2
    assert "steps" in capsys.readouterr().err
