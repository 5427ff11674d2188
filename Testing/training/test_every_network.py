"""Every network trains, resumes, evaluates, exports and loads back, in 2D and 2.5D."""

import csv
import json

import numpy as np
import pytest
import torch
from monai.bundle import ConfigParser
from tiny_model import TINY_FEATURES
from training_runs import LIBRARY_WARNINGS, run_training

from lggseg.errors import ModelError
from lggseg.model.bundle import load_bundle
from lggseg.model.networks.registry import CLASSIFICATION, NETWORKS, VIEWS
from lggseg.model.predictor import make_predictor
from lggseg.model.preprocessing import CHANNELS
from lggseg.model.segmenter import segment
from lggseg_training import config
from lggseg_training.exporting import export
from lggseg_training.history import read_history
from training import evaluate

pytestmark = LIBRARY_WARNINGS

NARROW = {
    "flair_unet": f"features={TINY_FEATURES}", "r2unet": "features=[4,4,4]", "resunet": "features=[4,4,4]",
    "fpn": "pyramid=8", "unet_resnext50": "features=[8,8,8,8,8]", "attention_unet": "features=[4,4,4]",
    "segresnet": "features=8", "unetplusplus": "features=[4,4,4,4,4,4]", "resnet50_classifier": "features=8",
}  # fmt: skip
"""Arguments that make a network small; the plain U-Nets take three narrow levels."""

VIEW_OF = {name: list(VIEWS)[number % len(VIEWS)] for number, name in enumerate(NETWORKS)}
"""So that every view comes up."""

FAST = ("unet_light", "resnet50_classifier")
ALL = [name if name in FAST else pytest.param(name, marks=pytest.mark.exhaustive) for name in NETWORKS]


def overrides_of(name):
    narrow = NARROW.get(name, "features=[4,4,4]")
    return (f"network.name={name}", f"network.view={VIEW_OF[name]}", f"network.arguments.{narrow}")


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_it_trains_resumes_evaluates_exports_and_loads_back(dataset, tmp_path, head, name):
    run, overrides = tmp_path / "run", overrides_of(name)
    assert run_training(dataset, run, overrides=overrides) == 0
    assert run_training(dataset, run, overrides=(*overrides, "optimization.steps=3")) == 0
    assert sorted(read_history(run)) == [0, 1, 2]
    bundle = load_bundle(run)
    assert bundle.network.name == name
    assert bundle.network.channels == VIEWS[VIEW_OF[name]]
    task = NETWORKS[name].task
    batch = np.random.default_rng(0).normal(size=(1, len(CHANNELS), 64, 96)).astype(np.float32)
    onnx, other = (make_predictor(bundle, runtime, task=task)(batch) for runtime in ("onnx", "torch"))
    np.testing.assert_allclose(onnx, other, atol=0.05)
    assert evaluate.main(["--run", str(run), "--data", str(dataset), "-o", str(tmp_path / "evaluation")]) == 0
    if task == CLASSIFICATION:
        with pytest.raises(ModelError, match="expected a model for segmentation, got resnet50_classifier"):
            make_predictor(bundle)
        return
    with (tmp_path / "evaluation" / "cases.csv").open(newline="") as stream:
        assert [row["case"] for row in csv.DictReader(stream)] == ["SYN_000"]
    probability = segment({"flair": head}, make_predictor(bundle)).probability
    assert probability.GetSize() == head.GetSize()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.slow
def test_its_model_folder_says_which_network_it_is(tmp_path, name):
    settings = config.load(overrides=overrides_of(name))
    config.save(settings, tmp_path / "config.yaml")
    torch.manual_seed(0)
    torch.save(settings.network.spec.build().state_dict(), tmp_path / "model.pt")
    bundle = export(tmp_path, tmp_path / "model")
    assert bundle.network == settings.network.spec
    inference = json.loads((bundle.folder / "configs" / "inference.json").read_text(encoding="utf-8"))
    network = ConfigParser(inference).get_parsed_content("network_def")  # as MONAI builds it
    network.load_state_dict(torch.load(tmp_path / "model.pt"))
