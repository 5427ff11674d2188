"""Several processes that share a run: through torchrun, and through --devices."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch
from training_runs import LIBRARY_WARNINGS, ROOT, quick, run_training

from lggseg_training.history import curve, read_history

pytestmark = [*LIBRARY_WARNINGS, pytest.mark.slow]

SCRIPT = ROOT / "training" / "train.py"
PLAIN = (
    "network.name=unet_plain", "network.arguments.features=[4,8,8,8]", "optimization.steps=6",
    "optimization.batch_size=4", "optimization.precision=32-true", "validation.every_steps=3",
)  # fmt: skip
SHIPPED = ("optimization.steps=3", "optimization.batch_size=4", "optimization.precision=32-true")
SAVE_WEIGHTS = """
import sys, torch
from lggseg_training.module import NetworkTraining
from training import train
NetworkTraining.on_fit_end = lambda self: torch.save(
    dict(self.named_parameters()), f"{sys.argv[1]}-{self.global_rank}.pt")
raise SystemExit(train.main(sys.argv[2:]))
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def run(*command):
    paths = os.pathsep.join(str(ROOT / name) for name in ("LGGSegmentation", "training", "."))
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *map(str, command)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return done


def under_torchrun(*command):
    return run("-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", free_port(), *command)


def losses(folder):
    steps, values = curve(read_history(folder), "loss")
    return steps, np.array(values)


@pytest.mark.parametrize(
    ("how", "loss"), [("torchrun", "bce"), ("torchrun", "dice_bce"), ("torchrun", "focal_tversky"), ("devices", "bce")]
)
def test_two_processes_have_the_losses_of_one(dataset, tmp_path, how, loss):
    """The network has no batch normalisation: then the sums over the whole batch are all that counts."""
    overrides = (*PLAIN, f"loss.name={loss}")
    assert run_training(dataset, tmp_path / "one", overrides=overrides) == 0
    if how == "torchrun":
        under_torchrun(SCRIPT, *quick(dataset, tmp_path / "two", overrides=overrides))
    else:
        run(SCRIPT, *quick(dataset, tmp_path / "two", "--devices", "2", overrides=overrides))
    (steps, one), (same_steps, two) = losses(tmp_path / "one"), losses(tmp_path / "two")
    assert steps == same_steps == list(range(6))
    np.testing.assert_allclose(two, one, atol=1e-4)
    for name in ("val_dice", "val_loss"):
        np.testing.assert_allclose(*(curve(read_history(tmp_path / run), name)[1] for run in ("one", "two")), atol=1e-3)


def test_the_shipped_network_has_equal_weights_in_both_processes(dataset, tmp_path):
    """Its batch normalisation sees half a batch in each: its losses are near those of one process, not the same."""
    script = tmp_path / "save.py"
    script.write_text(SAVE_WEIGHTS)
    assert run_training(dataset, tmp_path / "one", overrides=SHIPPED) == 0
    done = under_torchrun(script, tmp_path / "rank", *quick(dataset, tmp_path / "two", overrides=SHIPPED))
    first, second = (torch.load(tmp_path / f"rank-{rank}.pt") for rank in (0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    one, two = losses(tmp_path / "one")[1], losses(tmp_path / "two")[1]
    assert np.isfinite(two).all()
    assert np.abs(two - one).max() < 0.5
    assert done.stdout.count("model:") == 1, "only the first process speaks"
