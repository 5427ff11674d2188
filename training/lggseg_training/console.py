"""The console of a run: its progress, its result, its errors, and nothing that a library says to its makers."""

from __future__ import annotations

import logging
import os
import warnings

_LIBRARIES = (
    "lightning.pytorch",
    "lightning.fabric",
    "torch.onnx",
    "onnxscript",
    "onnx_ir",
    "torch.distributed",
    "monai",
    "nvImageCodec",
)


def quiet_libraries() -> None:
    """Silence tips, notes on deprecated calls between libraries, and what they say of the hardware; errors stay."""
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)
    for category in (DeprecationWarning, FutureWarning, UserWarning):
        for module in ("torch", "monai", "lightning", "onnx", "tensorboard", "copyreg"):
            warnings.filterwarnings("ignore", category=category, module=rf"{module}(\.|$)")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TORCH_LOGS", "-onnx")  # PyTorch sets the levels of its own loggers when it is imported
