"""Weights in files of PyTorch, which may come from anywhere: read as numbers, never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lggseg.errors import FormatError


def read_weights(file: Path | str) -> dict[str, Any]:
    """Read tensors by name, onto the CPU; PyTorch has to be there.

    Raises:
        FormatError: If the file is missing or damaged, or holds anything but tensors by name.
    """
    import torch  # noqa: PLC0415  (seconds, and an optional package)

    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        msg = f"{file}: expected weights ({error.strerror or error})"
        raise FormatError(msg) from error
    except Exception as error:  # PyTorch raises whatever its unpickler stumbles over
        msg = (
            f"{file}: expected weights saved with torch.save, got a file that is damaged, or holds what could run "
            "as a program; nothing of it was run"
        )
        raise FormatError(msg) from error
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        msg = f"{file}: expected tensors by name, got {type(state).__name__}"
        raise FormatError(msg)
    return state
