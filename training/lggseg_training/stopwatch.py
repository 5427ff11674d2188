"""Measures which share of a run the network spends waiting for data."""

from __future__ import annotations

import time
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback


class DataShare(Callback):  # type: ignore[misc]
    """Splits the time from one step to the next into waiting for the batch and all else.

    Attributes:
        waiting_seconds: Time that the loader let the run wait; not for the first batch, for which workers start.
        working_seconds: All other time: the steps, the moving average of the weights, checkpoints, logs.
        cpu_seconds: Processor time of this process for both; that of workers is their own.
    """

    def __init__(self) -> None:
        self.waiting_seconds = 0.0
        self.working_seconds = 0.0
        self.cpu_seconds = 0.0
        self.steps = 0
        self._cpu_before = time.process_time()
        self._ended: float | None = None
        self._started = 0.0
        self._waited_before = 0.0

    @property
    def share(self) -> float:
        """Waiting time as a share of all time."""
        total = self.waiting_seconds + self.working_seconds
        return self.waiting_seconds / total if total else 0.0

    @property
    def seconds_per_step(self) -> float:
        """Mean duration of a step, waiting included."""
        return (self.waiting_seconds + self.working_seconds) / max(self.steps, 1)

    def to_json(self) -> dict[str, float | None]:
        """Return the figures for validation.json; null where no step was timed."""
        timed = self.steps > 0
        return {
            "data_share": round(self.share, 4) if timed else None,
            "seconds_per_step": round(self.seconds_per_step, 3) if timed else None,
            "cpu_seconds": round(self.cpu_seconds, 1) if timed else None,
        }

    def in_words(self) -> str:
        """Return the share for a person."""
        return f"{100 * self.share:.1f} %" if self.steps else "an unknown share"

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps: a run that is resumed tells of all its steps."""
        spent = {"waiting": self.waiting_seconds, "working": self.working_seconds, "cpu": self.cpu_seconds}
        return {**spent, "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint; one of before version 0.5 says nothing."""
        self.waiting_seconds, self.working_seconds = state.get("waiting", 0.0), state.get("working", 0.0)
        self.cpu_seconds, self.steps = state.get("cpu", 0.0), state.get("steps", 0)

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """Tell waiting for the batch from what else was done since the last step."""
        self._started = time.perf_counter()
        waited = float(trainer.train_dataloader.waited_seconds)
        if self._ended is None:
            self._cpu_before = time.process_time()
        else:
            self.waiting_seconds += waited - self._waited_before
            self.working_seconds += self._started - self._ended - (waited - self._waited_before)
        self._waited_before = waited

    def on_train_batch_end(self, *_: Any) -> None:
        """Count the step."""
        self._ended = time.perf_counter()
        self.working_seconds += self._ended - self._started
        now = time.process_time()
        self.cpu_seconds += now - self._cpu_before
        self._cpu_before = now
        self.steps += 1

    def on_validation_start(self, *_: Any) -> None:
        """Validation is neither."""
        self._ended = None

    def on_validation_end(self, *_: Any) -> None:
        """Validation is neither."""
        self._ended = None
