"""ONNX Runtime and PyTorch behind one small interface.

A predictor maps a batch ``(N, 5, H, W)`` float32 to logits ``(N, 1, H, W)`` float32, that of a slice
classifier to ``(N, 1)``. Neither runtime is imported before a predictor is made.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lggseg.errors import DependencyError, FormatError, InputError, ModelError
from lggseg.model.bundle import ONNX_FILE, TORCH_FILE, Bundle
from lggseg.model.networks.registry import SEGMENTATION, NetworkSpec
from lggseg.model.preprocessing import FloatArray
from lggseg.model.sequence_check import SequenceRule, load_rule, pool, with_output
from lggseg.model.threads import usable_cores
from lggseg.model.weights import read_weights

RUNTIMES = ("auto", "onnx", "torch")


class Predictor(Protocol):
    """What the segmenter needs to know of a network."""

    @property
    def device(self) -> str:
        """Runtime and device in words, for the report."""

    def __call__(self, batch: FloatArray) -> FloatArray:
        """Map ``(N, 5, H, W)`` normalised channels to ``(N, 1, H, W)`` logits."""


def make_predictor(bundle: Bundle, runtime: str = "auto", *, task: str = SEGMENTATION) -> Predictor:
    """Load the network of a bundle.

    Args:
        bundle: The model folder.
        runtime: ``onnx``, ``torch``, or ``auto``: PyTorch where it is installed and can use a GPU,
            else ONNX Runtime.
        task: What it is to do: a slice classifier outlines nothing.

    Raises:
        DependencyError: If the runtime is not installed.
        ModelError: If the weights are missing, damaged or of another network, or the network has another task.
    """
    if bundle.network.task != task:
        msg = f"{bundle.folder}: expected a model for {task}, got {bundle.network.name} for {bundle.network.task}"
        raise ModelError(msg)
    if runtime == "torch" or (runtime == "auto" and _torch_has_gpu()):
        return TorchPredictor(bundle.verified(TORCH_FILE), bundle.network)
    rule = load_rule(bundle) if task == SEGMENTATION else None
    return OnnxPredictor(bundle.verified(ONNX_FILE), rule.layer if rule else None, rule)


def silent_onnxruntime() -> Any:
    """Import ONNX Runtime with its telemetry off: by itself it keeps a device ID and a database of events.

    Raises:
        DependencyError: If it is not installed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is imported; keeps it from writing the two files
    try:
        import onnxruntime  # noqa: PLC0415
    except ImportError as error:
        msg = f"expected the package onnxruntime ({error}); install it with: pip install onnxruntime"
        raise DependencyError(msg) from error
    onnxruntime.disable_telemetry_events()  # where somebody has imported it before, and on Windows
    return onnxruntime


class OnnxPredictor:
    """Runs ``model.onnx`` on the CPU.

    Args:
        file: The ONNX file.
        layer: An inner value of the graph whose pooled features are wanted too.
        rule: What those features tell, for whoever watches.
    """

    def __init__(self, file: Path, layer: str | None = None, rule: SequenceRule | None = None) -> None:
        onnxruntime = silent_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = usable_cores()
        options.log_severity_level = 3  # its warnings speak to the makers of models
        # Held-back arenas double the peak memory; for convolutions of this size they gain nothing.
        options.enable_cpu_mem_arena = False
        try:
            model = with_output(file.read_bytes(), layer) if layer else str(file)
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            msg = f"{file}: ONNX Runtime {onnxruntime.__version__} cannot load it ({error}); export the model again"
            raise ModelError(msg) from error
        self.rule = rule
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]
        self.device = f"ONNX Runtime {onnxruntime.__version__}, CPU, {usable_cores()} threads"

    def __call__(self, batch: FloatArray) -> FloatArray:
        """Map ``(N, 5, H, W)`` normalised channels to ``(N, 1, H, W)`` logits."""
        logits: FloatArray = self._session.run(self._outputs[:1], {self._input: batch})[0]
        return logits

    def logits_and_features(self, batch: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Map ``(N, 5, H, W)`` to ``(N, 1, H, W)`` logits and the ``(N, F)`` pooled features of the inner value."""
        logits, values = self._session.run(self._outputs[:2], {self._input: batch})
        return logits, pool(values)


class TorchPredictor:
    """Runs ``model.pt``, of a model folder or a run, on a GPU where there is one, else on the CPU."""

    def __init__(self, file: Path, spec: NetworkSpec) -> None:
        try:
            import torch  # noqa: PLC0415

            network = spec.build()
        except ImportError as error:
            msg = f"expected the packages torch and monai ({error}); install them, or use the ONNX runtime"
            raise DependencyError(msg) from error
        except InputError as error:
            msg = f"{file}: this version cannot build its network: {error}"
            raise ModelError(msg) from error
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            state = read_weights(file)
            network.load_state_dict({name: full_precision(value) for name, value in state.items()})
        except (RuntimeError, FormatError) as error:
            msg = f"{file}: expected the weights of {spec.name} with {dict(spec.arguments)} ({error})"
            raise ModelError(msg) from error
        self._network = channels_last(network.eval().to(self._device))
        self.device = f"PyTorch {torch.__version__}, {self._device.type}"

    def __call__(self, batch: FloatArray) -> FloatArray:
        """Map ``(N, 5, H, W)`` normalised channels to ``(N, 1, H, W)`` logits."""
        torch = self._torch
        with torch.inference_mode():
            tensor = torch.from_numpy(batch).to(self._device, memory_format=torch.channels_last)
            return np.asarray(self._network(tensor).float().cpu().numpy())


def channels_last(network: Any) -> Any:
    """Lay the weights out as the convolutions of a CPU like them: channels innermost."""
    import torch  # noqa: PLC0415

    return network.to(memory_format=torch.channels_last)


def full_precision(value: Any) -> Any:
    """Undo the half precision that a tensor of weights is stored in; counters stay integers."""
    return value.float() if value.is_floating_point() else value


def _torch_has_gpu() -> bool:
    """Tell whether PyTorch can run the network on a GPU, without importing it (seconds) where it cannot."""
    packages = all(importlib.util.find_spec(name) is not None for name in ("torch", "monai"))
    if not packages or shutil.which("nvidia-smi") is None:
        return False
    import torch  # noqa: PLC0415

    return bool(torch.cuda.is_available())
