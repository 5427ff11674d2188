"""The mean of the weights of several runs."""

import json

import pytest
import torch
from tiny_model import write_tiny_run
from training_runs import LIBRARY_WARNINGS, with_plan

from lggseg.errors import OutputError
from lggseg.model.bundle import load_bundle
from training import average

pytestmark = LIBRARY_WARNINGS


@pytest.fixture
def runs_of_one_fold(tmp_path):
    """Two runs with different weights; the second has also seen ``c``."""
    first, second = write_tiny_run(tmp_path / "first"), write_tiny_run(tmp_path / "second")
    state = torch.load(second / "model.pt")
    state = {name: value * 1.2 if value.is_floating_point() else value + 2 for name, value in state.items()}
    torch.save(state, second / "model.pt")
    return with_plan(first, "ab", "z", "abz"), with_plan(second, "abc", "z", "abcyz")


def run_average(output, *runs):
    return average.main(["--run", *map(str, runs), "-o", str(output)])


def test_an_average_is_a_run_with_the_mean_of_the_weights(runs_of_one_fold, tmp_path):
    mean = tmp_path / "mean"
    assert run_average(mean, *runs_of_one_fold) == 0
    before, after = (torch.load(folder / "model.pt") for folder in (runs_of_one_fold[0], mean))
    assert list(after) == list(before)
    for name, value in before.items():
        assert after[name].dtype == value.dtype
        expected = value * 1.1 if value.is_floating_point() else value + 1
        assert torch.allclose(after[name], expected)
    assert json.loads((mean / "plan.json").read_text(encoding="utf-8")) == {
        "name": "mean", "training": ["a", "b", "c"], "validation": ["z"], "in_folds": ["a", "b", "c", "y", "z"]
    }  # fmt: skip
    assert load_bundle(mean).name == "mean"


def test_an_average_never_hides_who_was_trained_on(runs_of_one_fold, tmp_path, capsys):
    with_plan(runs_of_one_fold[1], "abz", "c")
    assert run_average(tmp_path / "mean", *runs_of_one_fold) == 2
    assert "expected runs that leave out the same patients" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()


def test_an_average_wants_equal_networks_and_a_new_folder(runs_of_one_fold, tmp_path, capsys):
    first, second = runs_of_one_fold
    torch.save({"wrong": torch.zeros(1)}, second / "model.pt")
    assert run_average(tmp_path / "mean", first, second) == 2
    assert "expected the weights model.pt of a run with the same network" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()
    assert run_average(first, first, second) == OutputError.exit_status
    assert "expected a new folder" in capsys.readouterr().err
