"""A model folder with a small untrained network, made in a second: for tests of everything but accuracy."""

from __future__ import annotations

from pathlib import Path

TINY_FEATURES = [4, 4, 4, 4]


def write_tiny_run(folder: Path, seed: int = 0) -> Path:
    """Write what training/train.py leaves behind, with random weights."""
    import torch

    from lggseg_training import config

    torch.manual_seed(seed)
    settings = config.load(overrides=[f"network.arguments.features={TINY_FEATURES}"])
    folder.mkdir(parents=True, exist_ok=True)
    config.save(settings, folder / "config.yaml")
    torch.save(settings.network.spec.build().state_dict(), folder / "model.pt")
    return folder
