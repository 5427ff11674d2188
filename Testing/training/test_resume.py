"""A run that was stopped and goes on is the same run."""

import json
import shutil
import subprocess
import sys
import time

import pytest
import torch
from training_runs import LIBRARY_WARNINGS, ROOT, quick, run_training

from lggseg_training.history import read_history

pytestmark = LIBRARY_WARNINGS


@pytest.mark.slow
def test_the_same_command_goes_on_from_the_last_checkpoint(dataset, finished_run, tmp_path):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    assert run_training(dataset, folder, overrides=["optimization.steps=4"]) == 0
    checkpoint = torch.load(folder / "last.ckpt", map_location="cpu", weights_only=False)
    assert checkpoint["global_step"] == 4
    assert [step for step, row in read_history(folder).items() if "loss" in row] == [0, 1, 2, 3]


@pytest.mark.slow
def test_repeating_a_finished_run_keeps_its_averaged_weights(dataset, finished_run, tmp_path):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    (folder / "model.pt").unlink()
    assert run_training(dataset, folder) == 0
    before, after = (torch.load(run / "model.pt", weights_only=True) for run in (finished_run, folder))
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.slow
def test_a_run_does_not_go_on_as_another_one(dataset, finished_run, tmp_path, capsys):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    before = (folder / "config.yaml").read_bytes()
    assert run_training(dataset, folder, overrides=["loss.name=focal_tversky", "seed=7"]) == 2
    assert (
        "expected the settings of the run that is to go on, got others (seed 2019, now 7; loss.name 'dice_bce', now "
        "'focal_tversky'); choose another --output, or --restart"
    ) in capsys.readouterr().err
    assert (folder / "config.yaml").read_bytes() == before


def train_apart(dataset, output, *arguments, overrides=()):
    """Train in a process of its own, which can be killed."""
    command = [
        sys.executable,
        str(ROOT / "training" / "train.py"),
        *quick(dataset, output, *arguments, overrides=overrides),
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


LONG = (
    "optimization.steps=12",
    "checkpoints.every_steps=4",
    "validation.every_steps=6",
    "optimization.precision=32-true",
)


def kill_after(process, folder, step):
    """Kill a run once it has logged a step."""
    deadline = time.monotonic() + 600  # a busy machine takes minutes to import PyTorch
    while time.monotonic() < deadline:
        if read_history(folder) and max(read_history(folder)) >= step:
            process.kill()
            return process.wait()
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    process.kill()
    pytest.fail("the run took no step")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_a_killed_and_resumed_run_is_the_run_that_was_not_stopped(dataset, tmp_path, workers):
    """The uninterrupted one makes its batches in its own process, the killed one perhaps in two others."""
    overrides = (*LONG, "optimization.schedule=plateau", "optimization.plateau_checks=1")
    assert run_training(dataset, tmp_path / "whole", overrides=overrides) == 0
    killed = tmp_path / "killed"
    kill_after(train_apart(dataset, killed, overrides=(*overrides, f"sampling.workers={workers}")), killed, 6)
    resumed_from = torch.load(killed / "last.ckpt", weights_only=False)
    assert resumed_from["global_step"] in (4, 6, 8)
    place = resumed_from["loops"]["fit_loop"]["state_dict"]["combined_loader"][0]
    assert place == {"step": resumed_from["global_step"]}
    assert run_training(dataset, killed, overrides=(*overrides, f"sampling.workers={workers}")) == 0
    assert read_history(killed) == read_history(tmp_path / "whole")
    losses = [line.split(",")[:2] for line in (killed / "metrics.csv").read_text(encoding="utf-8").splitlines()[1:]]
    assert [int(step) for step, loss in losses if loss] == list(range(12)), "no step stands there twice"
    before, after = (torch.load(run / "model.pt") for run in (tmp_path / "whole", killed))
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.slow
def test_a_repeated_finished_run_tells_how_its_time_was_spent(dataset, finished_run, tmp_path):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    before = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    assert run_training(dataset, folder) == 0
    assert json.loads((folder / "validation.json").read_text(encoding="utf-8")) == before
    assert before["data_share"] > 0


@pytest.mark.slow
def test_a_run_stops_when_nothing_is_gained_keeps_the_best_and_stays_stopped(dataset, tmp_path):
    """With next to no learning rate no check gains anything: the second ends the run, and repeating it adds no step."""
    overrides = ("network.name=unet_plain", "network.arguments.features=[4,4,4]", "optimization.learning_rate=1e-30",
                 "optimization.weight_decay=0", "optimization.steps=12",
                 "validation.every_steps=2", "validation.early_stopping_checks=1", "validation.keep=best")  # fmt: skip
    assert run_training(dataset, tmp_path, overrides=overrides) == 0
    assert sorted(read_history(tmp_path)) == [0, 1, 2, 3]
    best, last = (torch.load(tmp_path / f"{name}.ckpt", weights_only=False) for name in ("best", "last"))
    assert (best["global_step"], last["global_step"]) == (2, 4)
    kept = torch.load(tmp_path / "model.pt")
    assert all(torch.equal(kept[name.removeprefix("network.")], value) for name, value in best["state_dict"].items())
    assert run_training(dataset, tmp_path, overrides=overrides) == 0
    assert sorted(read_history(tmp_path)) == [0, 1, 2, 3]
    patient = (*overrides, "validation.early_stopping_checks=3")
    assert run_training(dataset, tmp_path, overrides=patient) == 0
    assert sorted(read_history(tmp_path)) == list(range(8)), "with more patience it goes on"
