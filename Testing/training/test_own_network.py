"""The example in docs/training.md of a network of one's own works as it stands there."""

import re
import sys
import types

import pytest
import torch
from training_runs import LIBRARY_WARNINGS, ROOT, run_training

from lggseg.model.bundle import load_bundle
from lggseg.model.networks import registry
from lggseg.model.networks.registry import VIEWS, Entry, NetworkSpec

pytestmark = LIBRARY_WARNINGS

PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


@pytest.fixture
def own_network(monkeypatch):
    """Do what the page says: the file, and the line."""
    source = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    module = types.ModuleType("lggseg.model.networks.two_layers")
    exec(compile(source, "two_layers.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    name, target = re.search(r'`"(\w+)": Entry\("([\w:]+)"\),`', PAGE).groups()
    monkeypatch.setitem(registry.NETWORKS, name, Entry(target))
    return name


def test_it_is_built_by_its_name(own_network):
    network = NetworkSpec(own_network, {"features": 4}, VIEWS["2d"]).build()
    assert network(torch.zeros(1, 5, 32, 64)).shape == (1, 1, 32, 64)


@pytest.mark.slow
def test_it_trains_and_its_folder_carries_it(own_network, dataset, tmp_path):
    assert run_training(dataset, tmp_path / "run", overrides=[f"network.name={own_network}"]) == 0
    assert load_bundle(tmp_path / "run").network.name == own_network


def test_the_page_names_every_network_loss_group_and_schedule():
    from dataclasses import fields

    from lggseg_training.augmentation_groups import Augmentation
    from lggseg_training.losses import LOSSES
    from lggseg_training.schedules import SCHEDULES

    names = [*registry.NETWORKS, *VIEWS, *LOSSES, *SCHEDULES, *(field.name for field in fields(Augmentation))]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
