"""Lightning's trainer for a run, and the processes that share it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader

from lggseg.errors import InputError
from lggseg_training.checkpoints import KeepCheckpoints, StopWithoutGain, WholeCheckpoints
from lggseg_training.config import Config, Optimization
from lggseg_training.console import quiet_libraries
from lggseg_training.history import History
from lggseg_training.run_files import TENSORBOARD_FOLDER
from lggseg_training.slices import training_slices
from lggseg_training.step_batches import StepBatches, StepLoader

_LOG_EVERY_STEPS = 10


@dataclass(frozen=True)
class Machines:
    """What computes, in the words of Lightning.

    Attributes:
        accelerator: ``auto``, ``cpu``, ``gpu`` or ``mps``.
        devices: ``auto`` or how many, in each machine.
        nodes: Machines that train together.
    """

    accelerator: str = "auto"
    devices: str = "auto"
    nodes: int = 1


class RunData(pl.LightningDataModule):  # type: ignore[misc]
    """The batches of a run, for the process that asks.

    Args:
        training: Packed volumes.
        validation: Packed volumes; may be empty.
        settings: Of the run.
        first: The step to begin with.
        extra: How many of the volumes trained on, the last ones, came with --extra.
    """

    def __init__(
        self, training: Sequence[Any], validation: Sequence[Any], settings: Config, first: int, extra: int
    ) -> None:
        super().__init__()
        self.slices = training_slices(training, settings, extra)
        self.validation = validation
        self.settings = settings
        self.first = first

    def train_dataloader(self) -> StepLoader:
        """Return this process's part of each batch."""
        rank, processes = self.trainer.global_rank, self.trainer.world_size
        batches = StepBatches(self.slices.batch_size, self.first, rank=rank, processes=processes)
        return StepLoader(self.slices, batches, self.settings.sampling.workers)

    def val_dataloader(self) -> DataLoader[Any]:
        """Return this process's part of the validation patients, one after the other."""
        rank, count = self.trainer.global_rank, len(self.validation)
        # With more processes than patients some measure one that another measures too: none may have nothing to do.
        mine = list(range(rank, count, self.trainer.world_size)) or [rank % count] * (count > 0)
        volumes: Any = [self.validation[index] for index in mine]
        return DataLoader(volumes, batch_size=1, collate_fn=lambda items: items[0], num_workers=0)


def make_trainer(
    machines: Machines, settings: Config, folder: Path, stopwatch: Callback, *, validate: bool, first: int
) -> pl.Trainer:
    """Make the trainer of a run.

    Args:
        machines: What computes.
        settings: Of the run.
        folder: The run folder.
        stopwatch: Sees each step before the other callbacks.
        validate: Whether there are validation patients.
        first: The step to begin with.

    Raises:
        InputError: If the devices make no sense, or cannot share a batch evenly.
    """
    quiet_libraries()  # again: Lightning turned its logging up when it was imported
    optimization, every = settings.optimization, settings.validation.every_steps
    board = TensorBoardLogger(folder, name=TENSORBOARD_FOLDER, version="", purge_step=first)
    trainer = pl.Trainer(
        accelerator=machines.accelerator,
        **devices(machines, os.environ),
        precision=_precision(optimization.precision, machines.accelerator),
        max_steps=optimization.steps,
        max_epochs=-1,
        val_check_interval=every if validate else None,
        check_val_every_n_epoch=None if validate else 1,
        limit_val_batches=1.0 if validate else 0,
        num_sanity_val_steps=0,
        gradient_clip_val=optimization.gradient_clip,
        log_every_n_steps=max(1, min(_LOG_EVERY_STEPS, optimization.steps // 50)),
        callbacks=[stopwatch, *_callbacks(settings, folder, validate=validate)],
        plugins=[WholeCheckpoints()],
        logger=[History(folder, first), board],
        default_root_dir=folder,
        use_distributed_sampler=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    _check_shares(optimization.batch_size, trainer.world_size)
    return trainer


def _callbacks(settings: Config, folder: Path, *, validate: bool) -> list[Callback]:
    """Return the moving average, early stopping where it is wanted, and last the checkpoints, which keep both."""
    optimization, validation = settings.optimization, settings.validation
    # In a short run the average has to begin before the warm-up ends: the first weights are no result.
    averaged_from = min(optimization.warmup_steps, optimization.steps // 2)
    found: list[Callback] = [
        EMAWeightAveraging(decay=average_decay(optimization), use_buffers=True, update_starting_at_step=averaged_from)
    ]
    if validate and validation.early_stopping_checks:
        found.append(StopWithoutGain(validation.early_stopping_checks))
    found.append(KeepCheckpoints(folder, settings.checkpoints, validation.every_steps if validate else None))
    return found


def average_decay(optimization: Optimization) -> float:
    """Return the decay of the moving average, which reaches back at most a tenth of a short run."""
    return max(0.0, min(optimization.ema_decay, 1 - 10 / optimization.steps))


def _check_shares(batch_size: int, processes: int) -> None:
    """Refuse a batch that the processes cannot share evenly.

    Raises:
        InputError: If they cannot.
    """
    if batch_size % processes:
        msg = (
            f"optimization.batch_size: expected a multiple of the {processes} processes that share it, got {batch_size}"
        )
        raise InputError(msg)


def devices(machines: Machines, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return Lightning's arguments for devices, nodes and strategy.

    Under torchrun each process is one of those that torchrun has started, on a CPU too, where Lightning by itself
    would run one training in each of them.

    Raises:
        InputError: If there is less than one device or node, or torchrun has said already how many.
    """
    wanted, nodes = machines.devices, machines.nodes
    if wanted.lstrip("-").isdigit() and int(wanted) != -1 and int(wanted) < 1:
        msg = f"--devices: expected auto or a number above 0, got {wanted}"
        raise InputError(msg)
    if nodes < 1:
        msg = f"--nodes: expected a number above 0, got {nodes}"
        raise InputError(msg)
    if "LOCAL_WORLD_SIZE" in environment and "WORLD_SIZE" in environment:
        if (wanted, nodes) != ("auto", 1):
            got = f"got both (--devices {wanted} --nodes {nodes})"
            msg = f"expected torchrun, or --devices and --nodes, {got}; leave one out"
            raise InputError(msg)
        here, everywhere = int(environment["LOCAL_WORLD_SIZE"]), int(environment["WORLD_SIZE"])
        return {
            "devices": here,
            "num_nodes": max(1, everywhere // here),
            "strategy": "ddp" if everywhere > 1 else "auto",
        }
    return {"devices": wanted, "num_nodes": nodes, "strategy": "auto"}


def is_first_process() -> bool:
    """Tell whether this process writes the files of the run; before the processes have found each other."""
    return all(int(os.environ.get(name, "0")) == 0 for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))


def _precision(wanted: str, accelerator: str) -> str:
    """Choose the fastest arithmetic that this machine does in hardware."""
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available() and accelerator != "cpu":
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"
    return "bf16-mixed" if torch.cpu._is_avx512_bf16_supported() else "32-true"
