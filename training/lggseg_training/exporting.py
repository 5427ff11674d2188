"""From the weights of a run to a model folder, for PyTorch and for ONNX Runtime."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxscript import optimizer
from torch import nn

from lggseg.errors import FormatError, InputError, ModelError
from lggseg.files import sha256_of, staged
from lggseg.model.bundle import (
    METADATA_FILE,
    MODEL_CARD_FILE,
    ONNX_FILE,
    TORCH_FILE,
    Bundle,
    load_bundle,
)
from lggseg.model.doubt import Calibration
from lggseg.model.logits import sigmoid
from lggseg.model.metadata import DOUBT, LGGSEG
from lggseg.model.networks.registry import CLASSIFICATION, NetworkSpec
from lggseg.model.postprocessing import MaskRule
from lggseg.model.predictor import OnnxPredictor, TorchPredictor, full_precision
from lggseg.model.preprocessing import CHANNELS, SEQUENCES, SIZE_MULTIPLE, FloatArray, prepare, stack_channels
from lggseg.model.weights import read_weights
from lggseg.phantom.study import make_phantom
from lggseg_training import config as configuration
from lggseg_training.evaluation_report import EXTERNAL
from lggseg_training.model_card import write_model_card
from lggseg_training.places import SHIPPED_MODEL
from lggseg_training.run_files import CONFIG_FILE, WEIGHTS_FILE
from lggseg_training.validation import NEUTRAL_THRESHOLD

INFERENCE_FILE = "configs/inference.json"
PARITY_TOLERANCE = 1e-3
"""Largest difference of probabilities between the runtimes; with the same rounded weights it is some 1e-5."""

_OPSET = 18
_UNVERSIONED = "0.0.0"


@dataclass(frozen=True)
class Statement:
    """What is said of new weights.

    Attributes:
        metrics: Goes to ``eval_metrics``.
        version: Of the model; the shipped one needs it.
        note: Line of the changelog for that version.
        calibration: How far results can be trusted; None where that was not measured.
        rule: How maps become masks; None for threshold and pieces of the shipped model. How sure a finding has to
            be was chosen for the shipped weights, and holds for no others.
    """

    metrics: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None
    note: str | None = None
    calibration: Calibration | None = None
    rule: MaskRule | None = None


_NOTHING_SAID = Statement()


def export(run: Path, folder: Path, said: Statement = _NOTHING_SAID) -> Bundle:
    """Write the model folder for a run.

    Args:
        run: A run folder of training/train.py.
        folder: The model folder. The shipped one keeps its model card and what it says of itself; any other
            gets the card of its run.
        said: What is known of the weights.

    Raises:
        FormatError: If the run is not finished.
        InputError: If there is no version for the shipped model, or for a note.
        ModelError: If the two runtimes differ by more than ``PARITY_TOLERANCE``.
    """
    if said.note and not said.version:
        msg = "--note: expected --version with it, under which it stands in the changelog, got none; add it"
        raise InputError(msg)
    spec = configuration.load(run / CONFIG_FILE).network.spec
    half = _half_weights(run)
    shipped = folder.resolve() == SHIPPED_MODEL.resolve()
    if shipped and not said.version:
        msg = f"{folder}: expected a version for new shipped weights; give --version, or --output for another folder"
        raise InputError(msg)
    # Checked before it gets to its place: no model that fails is ever left for others to load.
    with staged(folder, overwrite=True) as stage:
        shutil.copytree(SHIPPED_MODEL, stage, ignore=shutil.ignore_patterns("*.pt", "*.onnx"), dirs_exist_ok=True)
        if not shipped:
            write_model_card(run, stage / MODEL_CARD_FILE)
        _write_weights(stage, spec, half)
        metadata = json.loads((stage / METADATA_FILE).read_text(encoding="utf-8"))
        if not shipped:
            metadata |= {"name": run.resolve().name, "version": _UNVERSIONED, "changelog": {}}
            metadata["data_source"] = "see the model card"
        _describe_network(metadata, spec)
        _describe_weights(metadata, stage, said)
        if said.version:
            metadata["version"] = said.version
            metadata["changelog"][said.version] = said.note or "new weights"
        _write_json(stage / METADATA_FILE, metadata)
        _update_inference(stage / INFERENCE_FILE, metadata[LGGSEG])
        check_parity(load_bundle(stage))
    return load_bundle(folder)


def _half_weights(run: Path) -> dict[str, torch.Tensor]:
    """Read the weights of a run in half precision.

    Raises:
        FormatError: If the run is not finished.
    """
    try:
        state = read_weights(run / WEIGHTS_FILE)
    except FormatError as error:
        msg = f"{run}: expected {WEIGHTS_FILE} of a finished run ({error}); train with training/train.py first"
        raise FormatError(msg) from error
    return {name: value.half() if value.is_floating_point() else value for name, value in state.items()}


def _write_weights(stage: Path, spec: NetworkSpec, half: dict[str, torch.Tensor]) -> None:
    """Write the weights for both runtimes."""
    network = spec.build()
    network.load_state_dict({name: full_precision(value) for name, value in half.items()})
    (stage / "models").mkdir(exist_ok=True)
    torch.save(half, stage / TORCH_FILE)
    write_onnx(network.eval(), stage / ONNX_FILE)


def _describe_weights(metadata: dict[str, Any], stage: Path, said: Statement) -> None:
    """Say of the weights what was measured of them: what was of others says nothing."""
    metadata[LGGSEG]["sha256"] = {name: sha256_of(stage / name) for name in (ONNX_FILE, TORCH_FILE)}
    metadata["eval_metrics"] = dict(said.metrics)
    metadata[LGGSEG].pop(DOUBT, None)
    if said.calibration:
        metadata[LGGSEG][DOUBT] = said.calibration.to_json()
    metadata[LGGSEG].pop("least_peak", None)
    if said.rule:
        metadata[LGGSEG] |= asdict(said.rule)


def _describe_network(metadata: dict[str, Any], spec: NetworkSpec) -> None:
    """Say which network it is, so that any version that knows it can build it."""
    metadata[LGGSEG].pop("features", None)  # of before version 0.5
    metadata[LGGSEG]["network"] = spec.to_json()
    if spec.name != "flair_unet":
        metadata["description"] = f"Outlines the FLAIR signal abnormality of lower-grade glioma: {spec.name}."
        metadata["references"] = metadata["references"][:1]
        metadata[LGGSEG]["threshold"] = NEUTRAL_THRESHOLD  # that of the shipped weights was chosen for them
    if spec.task == CLASSIFICATION:
        metadata["task"] = "Slices of FLAIR that show the abnormality of lower-grade glioma"
        metadata["description"] = f"Tells slices with abnormality from those without: {spec.name}."
        metadata["pred_classes"] = "probability that the slice shows FLAIR abnormality"
        metadata["network_data_format"]["outputs"]["pred"] |= {"type": "probability", "spatial_shape": []}


def _update_inference(file: Path, facts: dict[str, Any]) -> None:
    """Let MONAI's configuration say what the metadata says."""
    inference = json.loads(file.read_text(encoding="utf-8"))
    inference["network_def"] = {"_target_": "lggseg.model.networks.registry.make_network", **facts["network"]}
    inference |= {name: facts.get(name, default) for name, default in asdict(MaskRule()).items()}
    _write_json(file, inference)


def _write_json(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")


def write_onnx(network: nn.Module, file: Path) -> None:
    """Write the network with batch, rows and columns left open and its weights in half precision.

    Batch normalisation stays as it is: folded into the convolutions before these are rounded, it would be rounded in
    another way than the weights for PyTorch. The runtime folds it when it loads the file.
    """
    example = torch.zeros(2, len(CHANNELS), 2 * SIZE_MULTIPLE, 3 * SIZE_MULTIPLE)
    rows, columns = (SIZE_MULTIPLE * torch.export.Dim(name, min=1, max=64) for name in ("rows", "columns"))
    program: Any = torch.onnx.export(
        network,
        (example,),
        input_names=["image"],
        output_names=["logits"],
        dynamic_shapes={"channels": {0: torch.export.Dim("batch", min=1, max=64), 2: rows, 3: columns}},
        opset_version=_OPSET,
        dynamo=True,
        optimize=False,
        verbose=False,
    )
    optimizer.inline(program.model)
    optimizer.fold_constants(program.model)
    optimizer.remove_unused_nodes(program.model)
    program.save(str(file), external_data=False)
    model = onnx.load(str(file))
    _halve_weights(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(file))


def _halve_weights(graph: onnx.GraphProto) -> None:
    """Store float weights as float16 behind a cast, which the runtime undoes once, on loading."""
    casts = []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + "_half")
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
        casts.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)


def check_parity(bundle: Bundle) -> float:
    """Return the largest difference of probabilities between the two runtimes, on slices of a synthetic head.

    Raises:
        ModelError: If it is above ``PARITY_TOLERANCE``.
    """
    batch = _head_slices()
    with_onnx = sigmoid(OnnxPredictor(bundle.verified(ONNX_FILE))(batch))
    with_torch = sigmoid(TorchPredictor(bundle.verified(TORCH_FILE), bundle.network)(batch))
    difference = float(np.abs(with_onnx - with_torch).max())
    if difference > PARITY_TOLERANCE:
        msg = f"{bundle.folder}: ONNX Runtime and PyTorch differ by {difference:.2g}, more than {PARITY_TOLERANCE:g}"
        raise ModelError(msg)
    return difference


@cache
def _head_slices() -> FloatArray:
    """Return ``(N, 5, H, W)`` channels of a few slices with a tumor; noise would be sure background everywhere."""
    study = make_phantom(seed=0, size=128, slices=13, spacing_mm=(1.8, 1.8, 10.0))
    prepared = prepare({name: study[name] for name in SEQUENCES})
    middle = prepared.occupied_slices[len(prepared.occupied_slices) // 3 :][:4]
    return np.stack([stack_channels(prepared.sequences, k, prepared.neighbor_offset) for k in middle])


def headline(files: Sequence[Path]) -> dict[str, float]:
    """Return the figures of evaluations, for the metadata of a model.

    Args:
        files: ``summary.json`` of training/evaluate.py.

    Raises:
        InputError: If figures are those of patients whom the model has seen.
    """
    figures: dict[str, float] = {}
    for file in files:
        own: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))["headline"]
        unfit = [name for name in own if not name.startswith(("out_of_fold", EXTERNAL))]
        if unfit:
            msg = (
                f"{file}: expected figures of patients whom the model has not seen, got {unfit[0]}; evaluate with --run"
            )
            raise InputError(msg)
        figures |= own
    return figures


def read_calibration(file: Path) -> Calibration:
    """Read what training/calibrate.py wrote.

    Raises:
        FormatError: If the file cannot be read.
        ModelError: If a number is missing.
    """
    try:
        return Calibration.read(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        msg = f"{file}: expected calibration.json of training/calibrate.py ({error})"
        raise FormatError(msg) from error


def read_rule(file: Path) -> MaskRule:
    """Read the rule that training/choose_rule.py chose on all cases.

    Raises:
        FormatError: If the file holds none.
    """
    try:
        return MaskRule(**json.loads(file.read_text(encoding="utf-8"))["chosen_on_all"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        msg = f"{file}: expected rule.json of training/choose_rule.py ({error})"
        raise FormatError(msg) from error


def describe(bundle: Bundle) -> str:
    """Return one line on a model folder: sizes of the weights, and how far the two runtimes are apart."""
    sizes = ", ".join(
        f"{name} {(bundle.folder / name).stat().st_size / 1e6:.1f} MB" for name in (ONNX_FILE, TORCH_FILE)
    )
    return f"{bundle.folder}: {sizes}; runtimes differ by {check_parity(bundle):.1e}"
