"""Run folders and model folders that version 0.4 has written keep working."""

import json

import numpy as np
import pytest
import torch
from tiny_model import TINY_FEATURES
from training_runs import LIBRARY_WARNINGS

from lggseg.files import sha256_of
from lggseg.model.bundle import load_bundle
from lggseg.model.networks.flair_unet import FlairUNet
from lggseg.model.predictor import make_predictor
from lggseg_training import config
from lggseg_training.exporting import write_onnx
from training import evaluate, export

pytestmark = LIBRARY_WARNINGS

CONFIG = f"""seed: 2019
sampling: {{crop_pixels: 192, tumor_share: 0.6, flair_only_share: 0.35, single_drop_share: 0.1, stripped_share: 0.35,
  workers: 2}}
network: {{features: {TINY_FEATURES}, pretrained: true, train_depthwise: false}}
optimization: {{steps: 2500, batch_size: 16, learning_rate: 0.001, weight_decay: 0.01, warmup_steps: 100,
  ema_decay: 0.995, precision: auto, gradient_clip: 1.0}}
validation: {{every_steps: 500, early_stopping_checks: 0}}
"""
"""As ``config.save`` of that version wrote it."""


@pytest.fixture
def state():
    torch.manual_seed(0)
    return FlairUNet(tuple(TINY_FEATURES)).state_dict()


@pytest.fixture
def old_run(tmp_path, state):
    run = tmp_path / "fold0"
    run.mkdir()
    (run / "config.yaml").write_text(CONFIG)
    (run / "plan.json").write_text(json.dumps({"name": "fold0", "training": ["SYN_001"], "validation": ["SYN_000"]}))
    torch.save(state, run / "model.pt")
    return run


@pytest.fixture
def old_model(tmp_path, state):
    """A model folder of that version: its metadata has ``features`` and no ``network``."""
    folder = tmp_path / "old"
    (folder / "models").mkdir(parents=True)
    (folder / "configs").mkdir()
    network = FlairUNet(tuple(TINY_FEATURES))
    network.load_state_dict(state)
    write_onnx(network.eval(), folder / "models" / "model.onnx")
    torch.save({key: value.half() if value.is_floating_point() else value for key, value in state.items()},
               folder / "models" / "model.pt")  # fmt: skip
    names = ("models/model.onnx", "models/model.pt")
    facts = {"threshold": 0.35, "components": "large", "features": TINY_FEATURES}
    facts["sha256"] = {name: sha256_of(folder / name) for name in names}
    metadata = {"name": "old", "version": "0.4.0", "lggseg": facts}
    (folder / "configs" / "metadata.json").write_text(json.dumps(metadata))
    return folder


def test_a_configuration_of_before_loads(old_run):
    settings = config.load(old_run / "config.yaml")
    assert settings.network.spec.to_json()["arguments"] == {"features": TINY_FEATURES}
    assert settings.network.name == "flair_unet"
    config.save(settings, old_run / "again.yaml")
    assert config.load(old_run / "again.yaml") == settings


@pytest.mark.slow
def test_a_model_folder_of_before_runs_on_both_runtimes(old_model):
    bundle = load_bundle(old_model)
    batch = np.random.default_rng(0).normal(size=(1, 5, 64, 96)).astype(np.float32)
    onnx, other = (make_predictor(bundle, runtime)(batch) for runtime in ("onnx", "torch"))
    np.testing.assert_allclose(onnx, other, atol=0.05)


@pytest.mark.slow
def test_a_run_of_before_is_evaluated_and_exported(old_run, dataset, tmp_path):
    assert evaluate.main(["--run", str(old_run), "--data", str(dataset), "-o", str(tmp_path / "evaluation")]) == 0
    assert export.main(["--run", str(old_run), "--output", str(tmp_path / "model")]) == 0
    bundle = load_bundle(tmp_path / "model")
    assert bundle.network.to_json()["name"] == "flair_unet"
    assert "features" not in bundle.metadata["lggseg"]


def test_the_shipped_model_is_the_shipped_network():
    assert load_bundle().network.name == "flair_unet"
