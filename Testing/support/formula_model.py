"""A model folder whose network is one formula, made in a blink: bright in FLAIR over an area means abnormal.

It finds the abnormality of the synthetic study well enough to test everything around a model.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

_SLOPE = 12.0


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
        "lggseg": {
            "threshold": 0.5,
            "components": "largest",
            "features": [8, 16],  # of a network that is not there: the formula takes its channels
            "sha256": {"models/model.onnx": hashlib.sha256(weights).hexdigest()},
        },
    }
    (folder / "configs" / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    card = "# formula_for_tests\n\nOne formula instead of a network, for tests. **Research use only.**\n"
    (folder / "docs" / "README.md").write_text(card, encoding="utf-8")
    return folder


def _network() -> bytes:
    """Return the formula as ONNX: bright in FLAIR, yet not as bright as fat, over an area, and far from fat."""
    from onnx import TensorProto, checker, helper

    nodes, constants = [], []

    def constant(name: str, values: list[float], kind: int = TensorProto.FLOAT) -> str:
        constants.append(helper.make_tensor(name, kind, [len(values)], values))
        return name

    def node(kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def above(level: float, name: str, sign: float = 1.0) -> str:
        scaled = node("Mul", ["flair", constant(name + "_sign", [sign])], name + "_signed")
        shifted = node("Sub", [scaled, constant(name + "_level", [level])], name + "_shifted")
        return node("Relu", [shifted], name)

    def mean(source: str, window: int, name: str) -> str:
        edge = [window // 2] * 4
        return node("AveragePool", [source], name, kernel_shape=[window] * 2, pads=edge, count_include_pad=1)

    def weighted(source: str, weight: float, name: str) -> str:
        return node("Mul", [source, constant(name + "_weight", [weight])], name)

    ends = [constant(name, [value], TensorProto.INT64) for name, value in (("one", 1), ("two", 2))]
    node("Slice", ["image", *ends, "one"], "flair")
    bright = node("Sub", [above(1.0, "bright"), weighted(above(2.3, "fat"), 4.0, "fat_weighed")], "band")
    local = mean(node("Sub", [bright, above(0.3, "dark", -1.0)], "score"), 9, "local")
    near_fat = weighted(mean(above(2.6, "bright_fat"), 45, "fat_nearby"), 4.0, "penalty")
    margin = node("Sub", [node("Sub", [local, near_fat], "difference"), constant("level", [0.2])], "margin")
    weighted(margin, _SLOPE, "pred")
    sides = ["n", 5, "h", "w"]
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, sides)]
    outputs = [helper.make_tensor_value_info("pred", TensorProto.FLOAT, ["n", 1, "h", "w"])]
    graph = helper.make_graph(nodes, "formula", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    checker.check_model(model)
    return bytes(model.SerializeToString())
