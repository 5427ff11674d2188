"""Devices and processes."""

import pytest
from training_runs import LIBRARY_WARNINGS, run_training

from lggseg.errors import InputError
from lggseg_training.config import Optimization
from lggseg_training.trainer import Machines, average_decay, devices

pytestmark = LIBRARY_WARNINGS


@pytest.mark.parametrize(
    ("steps", "decay"), [(1, 0.0), (10, 0.0), (100, 0.9), (1000, 0.99), (2000, 0.995), (9000, 0.995)]
)
def test_the_average_of_a_short_run_does_not_reach_back_to_its_start(steps, decay):
    assert average_decay(Optimization(steps=steps)) == pytest.approx(decay)
    assert average_decay(Optimization(steps=steps, ema_decay=0)) == 0


@pytest.mark.parametrize(
    ("count", "nodes", "message"), [("0", 1, "--devices"), ("-3", 1, "--devices"), ("1", 0, "--nodes")]
)
def test_less_than_one_device_or_node_is_refused(count, nodes, message):
    with pytest.raises(InputError, match=message):
        devices(Machines(devices=count, nodes=nodes), {})


@pytest.mark.parametrize("machines", [Machines(devices="4"), Machines(nodes=2)])
def test_torchrun_is_not_contradicted(machines):
    with pytest.raises(InputError, match="expected torchrun, or --devices and --nodes, got both"):
        devices(machines, {"LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "4", "RANK": "3"})


def test_under_torchrun_a_process_is_one_of_those_that_it_started():
    found = devices(Machines(), {"LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "4", "RANK": "3"})
    assert found == {"devices": 2, "num_nodes": 2, "strategy": "ddp"}
    alone = devices(Machines(), {"LOCAL_WORLD_SIZE": "1", "WORLD_SIZE": "1"})
    assert alone["strategy"] == "auto"


def test_a_batch_that_cannot_be_shared_evenly_is_refused(dataset, tmp_path, capsys):
    assert run_training(dataset, tmp_path / "run", "--devices", "2", overrides=["optimization.batch_size=3"]) == 2
    assert "expected a multiple of the 2 processes" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("override", ["optimization.steps=-1", "optimization.steps=0", "sampling.workers=-1"])
def test_numbers_that_make_no_run_are_refused(dataset, tmp_path, capsys, override):
    assert run_training(dataset, tmp_path / "run", overrides=[override]) == 2
    assert override.split("=")[0] in capsys.readouterr().err
