import sys

import numpy as np
import pytest

from lggseg.errors import DependencyError, ModelError
from lggseg.model.bundle import ONNX_FILE, TORCH_FILE, load_bundle
from lggseg.model.logits import sigmoid
from lggseg.model.predictor import OnnxPredictor, TorchPredictor, make_predictor
from lggseg.model.preprocessing import CHANNELS, SEQUENCES, prepare, stack_channels
from lggseg.model.threads import usable_cores
from lggseg.phantom.study import make_phantom

TOLERANCE = 1.25e-2
"""Of probabilities: batch normalisation was folded into the shipped weights before they were rounded to half precision
for ONNX, and not for PyTorch."""


def batch(count=2, rows=64, columns=96):
    return np.random.default_rng(0).normal(size=(count, len(CHANNELS), rows, columns)).astype(np.float32)


@pytest.fixture(scope="module")
def lit_slices():
    """Slices of a synthetic head, with its tumor."""
    prepared = prepare(select(make_phantom(seed=0)))
    chosen = prepared.occupied_slices[8:20:3]
    return np.stack([stack_channels(prepared.sequences, k, prepared.neighbor_offset) for k in chosen])


def select(study):
    return {name: study[name] for name in SEQUENCES}


def test_both_runtimes_give_the_same_probabilities(lit_slices):
    pytest.importorskip("torch", reason="the core is tested without PyTorch here")
    bundle = load_bundle()
    with_onnx = sigmoid(OnnxPredictor(bundle.verified(ONNX_FILE))(lit_slices))
    with_torch = sigmoid(TorchPredictor(bundle.verified(TORCH_FILE), bundle.network)(lit_slices))
    assert with_onnx.max() > 0.9, "there has to be something to differ about"
    np.testing.assert_allclose(with_onnx, with_torch, atol=TOLERANCE)


@pytest.mark.parametrize(("rows", "columns"), [(32, 32), (256, 224)])
def test_any_size_that_is_a_multiple_of_32_will_do(rows, columns):
    assert make_predictor(load_bundle(), "onnx")(batch(1, rows, columns)).shape == (1, 1, rows, columns)


def test_a_slice_does_not_depend_on_its_batch():
    predictor, both = make_predictor(load_bundle(), "onnx"), batch()
    np.testing.assert_allclose(predictor(both)[1], predictor(both[1:])[0], atol=1e-4)


def test_a_missing_runtime_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DependencyError, match="pip install onnxruntime"):
        make_predictor(load_bundle(), "onnx")


def test_a_missing_pytorch_points_to_the_other_runtime(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(DependencyError, match="or use the ONNX runtime"):
        make_predictor(load_bundle(), "torch")


def test_a_file_that_is_no_model_is_refused(tmp_path):
    file = tmp_path / "model.onnx"
    file.write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot load it"):
        OnnxPredictor(file)


def test_usable_cores_is_positive():
    assert usable_cores() >= 1
