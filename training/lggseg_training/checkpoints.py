"""Checkpoints: the last one to go on from, the best one to look at; each whole or not there."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import lightning.pytorch as pl
import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback, EarlyStopping

from lggseg.errors import FormatError
from lggseg.files import replacing
from lggseg_training.config import Checkpoints
from lggseg_training.run_files import BEST_CHECKPOINT, LAST_CHECKPOINT

_PARTS = {
    "global_step": int,
    "state_dict": dict,
    "current_model_state": dict,
    "averaging_state": dict,
    "optimizer_states": list,
    "lr_schedulers": list,
    "callbacks": dict,
    "loops": dict,
}
"""What a run needs to go on, and of which kind it is."""


def read_checkpoint(file: Path) -> dict[str, Any]:
    """Read a checkpoint; nothing in it is run, wherever it comes from.

    Raises:
        FormatError: If it is damaged, holds more than weights, numbers and words, or is not that of a run.
    """
    try:
        with ZipFile(file) as archive:  # PyTorch does not look at the checksums
            if archive.testzip() is not None:
                raise FormatError(_unfit(file, "one that is damaged"))
        content: Any = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except FormatError:
        raise
    except Exception as error:  # PyTorch raises whatever its unpickler stumbles over
        reason = "one that is damaged, or holds what could run as a program; nothing of it was run"
        raise FormatError(_unfit(file, reason)) from error
    found: dict[str, Any] = content if isinstance(content, dict) else {}
    for name, kind in _PARTS.items():
        if not isinstance(found.get(name), kind):
            raise FormatError(_unfit(file, f"one without a fit {name}"))
    return found


class StopWithoutGain(EarlyStopping):  # type: ignore[misc]
    """Ends a run after so many checks in a row without gain; a run that goes on does so with the patience of now."""

    def __init__(self, patience: int) -> None:
        super().__init__("val_dice", mode="max", patience=patience)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        super().load_state_dict({**state_dict, "patience": self.patience})


def checks_without_gain(content: Mapping[str, Any]) -> int:
    """Return how many of the last checks gained nothing, as early stopping has counted them; 0 where it did not."""
    states = [state for name, state in content["callbacks"].items() if name.startswith(StopWithoutGain.__name__)]
    return max((int(state["wait_count"]) for state in states), default=0)


def check_checkpoint(file: Path, model: pl.LightningModule) -> None:
    """Load a checkpoint into a model and an optimizer, as Lightning is going to, to see that they fit.

    Raises:
        FormatError: If it is damaged, or of another network.
    """
    content, made = read_checkpoint(file), model.configure_optimizers()
    try:
        model.load_state_dict(content["state_dict"])
        model.load_state_dict(content["current_model_state"])
        int(content["averaging_state"]["n_averaged"])
        made["optimizer"].load_state_dict(content["optimizer_states"][0])
        made["lr_scheduler"]["scheduler"].load_state_dict(content["lr_schedulers"][0])
        fits = all(
            moment.shape in (weight.shape, torch.Size([]))  # the number of steps has no axis
            for weight, moments in made["optimizer"].state.items()
            for moment in moments.values()
        )
    except (LookupError, TypeError, ValueError, RuntimeError, AttributeError):
        fits = False
    if not fits:
        raise FormatError(_unfit(file, "one of another network"))


def _unfit(file: Path, got: str) -> str:
    return f"{file}: expected the checkpoint of a run with this configuration, got {got}; begin anew with --restart"


class WholeCheckpoints(TorchCheckpointIO):  # type: ignore[misc]
    """Writes beside the place and renames, so that a run that is killed while it writes keeps the one before."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """See Lightning."""
        with replacing(Path(path)) as temporary:
            super().save_checkpoint(checkpoint, temporary, storage_options)


class KeepCheckpoints(Callback):  # type: ignore[misc]
    """Saves ``last.ckpt`` every so many steps or minutes and at the end, and ``best.ckpt`` by validation Dice.

    Stands after the moving average of the weights among the callbacks, so that a checkpoint has both up to date.
    A step after which the run validates is saved after that: Lightning would not make up for it.
    """

    def __init__(self, folder: Path, options: Checkpoints, validate_every: int | None) -> None:
        self.folder = folder
        self.options = options
        self.validate_every = validate_every
        self.best = -math.inf
        self._saved_at = time.monotonic()

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Save where it is time."""
        if self._due(trainer) and not self._validates(trainer.global_step):
            self._save(trainer, LAST_CHECKPOINT)

    def on_validation_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Save the best, and the last after each check."""
        dice = float(trainer.callback_metrics["val_dice"])
        if dice > self.best:
            self.best = dice
            self._save(trainer, BEST_CHECKPOINT)
        self._save(trainer, LAST_CHECKPOINT)

    def _due(self, trainer: pl.Trainer) -> bool:
        step = trainer.global_step
        late = time.monotonic() - self._saved_at >= 60 * self.options.every_minutes
        if trainer.world_size > 1:  # a checkpoint is made by all processes together
            late = trainer.strategy.reduce_boolean_decision(late, all=False)
        return late or step % self.options.every_steps == 0 or step == trainer.max_steps

    def _validates(self, step: int) -> bool:
        return self.validate_every is not None and step % self.validate_every == 0

    def _save(self, trainer: pl.Trainer, name: str) -> None:
        trainer.save_checkpoint(self.folder / name)
        self._saved_at = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.best = state["best"]
