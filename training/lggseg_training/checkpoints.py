"""Checkpoints: the last one to go on from, the best one to look at; each whole or not there."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback

from lggseg.files import replacing
from lggseg_training.config import Checkpoints
from lggseg_training.run_files import BEST_CHECKPOINT, LAST_CHECKPOINT


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
