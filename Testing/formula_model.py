"""A model folder whose network is one formula, made in a blink: bright in FLAIR over an area means abnormal.

It finds the abnormality of the synthetic study well enough to test everything around a model.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

_WINDOW = 15
_SLOPE, _LEVEL = 6.0, 1.7


def write_formula_bundle(folder: Path) -> Path:
    """Write the folder and return it."""
    (folder / "models").mkdir(parents=True)
    (folder / "configs").mkdir()
    (folder / "docs").mkdir()
    weights = _network()
    (folder / "models" / "model.onnx").write_bytes(weights)
    metadata = {
        "name": "formula_for_tests",
        "version": "0.0.1",
        "intended_use": "Research use only. Tests only.",
        "lggseg": {"threshold": 0.5, "sha256": {"models/model.onnx": hashlib.sha256(weights).hexdigest()}},
    }
    (folder / "configs" / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    card = "# formula_for_tests\n\nOne formula instead of a network, for tests. **Research use only.**\n"
    (folder / "docs" / "README.md").write_text(card, encoding="utf-8")
    return folder


def _network() -> bytes:
    """Return logits = slope * (mean of FLAIR over a window - level), as ONNX."""
    from onnx import TensorProto, checker, helper, numpy_helper

    kernel = np.zeros((1, 5, _WINDOW, _WINDOW), np.float32)
    kernel[0, 1] = _SLOPE / _WINDOW**2
    initializers = [
        numpy_helper.from_array(kernel, "kernel"),
        numpy_helper.from_array(np.array([-_SLOPE * _LEVEL], np.float32), "bias"),
    ]
    pad = _WINDOW // 2
    convolution = helper.make_node("Conv", ["image", "kernel", "bias"], ["pred"], pads=[pad] * 4)
    sides = ["n", None, "h", "w"]
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 5, *sides[2:]])]
    outputs = [helper.make_tensor_value_info("pred", TensorProto.FLOAT, ["n", 1, *sides[2:]])]
    graph = helper.make_graph([convolution], "formula", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    checker.check_model(model)
    return bytes(model.SerializeToString())
