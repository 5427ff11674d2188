"""Training runs of seconds, on synthetic cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_model import TINY_FEATURES

from lggseg_training.plan import write_plan

ROOT = Path(__file__).resolve().parents[2]

# What the libraries themselves do is not ours to fix.
LIBRARY_WARNINGS = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

_QUICK = (
    "optimization.steps=2", "optimization.batch_size=2", "optimization.warmup_steps=1", "sampling.crop_pixels=64",
    "sampling.workers=0", "validation.every_steps=2", "network.pretrained=false",
)  # fmt: skip
_TINY = f"network.arguments.features={TINY_FEATURES}"


def quick(dataset: Path, output: Path, *arguments: object, overrides: tuple[str, ...] = ()) -> list[str]:
    """Return arguments of training/train.py for a run of two steps; of the tiny network unless one is named."""
    options = ["--data", dataset, "--splits", dataset / "splits.json", "--output", output, "--accelerator", "cpu"]
    tiny = [] if any(override.startswith("network.name=") for override in overrides) else [_TINY]
    return [str(option) for option in (*options, *arguments, *_QUICK, *tiny, *overrides)]


def run_training(dataset: Path, output: Path, *arguments: object, overrides: tuple[str, ...] = ()) -> int:
    """Train in this process; return the exit status."""
    from training import train

    return train.main(quick(dataset, output, *arguments, overrides=tuple(overrides)))


def with_plan(folder: Path, training: object, validation: object = (), in_folds: object = None) -> Path:
    """Make a folder look like a run that has seen some patients."""
    folder.mkdir(exist_ok=True)
    write_plan(folder / "plan.json", "before", training=training, validation=validation, in_folds=in_folds)
    return folder
