"""One training run, from its options to its run folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from monai.data import get_track_meta, set_track_meta
from torch import nn

from lggseg.cohort.prepared import Case
from lggseg.errors import FormatError, InputError
from lggseg.files import write_text
from lggseg.model.bundle import METADATA_FILE, RUN_MODEL_FOLDER, TORCH_FILE, load_bundle
from lggseg.model.weights import read_weights
from lggseg_training import config as configuration
from lggseg_training.checkpoints import check_checkpoint, checks_without_gain, read_checkpoint
from lggseg_training.config import Config
from lggseg_training.counting import count
from lggseg_training.exporting import export
from lggseg_training.module import NetworkTraining
from lggseg_training.places import CONFIG_DEFAULTS
from lggseg_training.plan import Patients, Plan, make_plan, same_plan
from lggseg_training.reports.gallery import draw_gallery
from lggseg_training.reports.history import draw_history
from lggseg_training.run_files import (
    BEST_CHECKPOINT,
    CONFIG_FILE,
    LAST_CHECKPOINT,
    METRICS_FILE,
    PIXELS_FILE,
    PLAN_FILE,
    TENSORBOARD_FOLDER,
    VALIDATION_FILE,
    WEIGHTS_FILE,
)
from lggseg_training.script import say
from lggseg_training.slices import load_volumes
from lggseg_training.stopwatch import DataShare
from lggseg_training.trainer import Machines, RunData, is_first_process, make_trainer
from lggseg_training.validation import case_figures, predict


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        step: How many steps it has.
        checkpoint: To go on from.
        checks_without_gain: The last ones in a row, where it was to stop after some.
    """

    step: int = 0
    checkpoint: Path | None = None
    checks_without_gain: int = 0

    def finished(self, settings: Config) -> bool:
        """Tell whether it has all its steps, or has stopped before because validation gained nothing."""
        patience = settings.validation.early_stopping_checks
        stopped = bool(patience) and self.checks_without_gain >= patience
        return self.checkpoint is not None and (stopped or self.step >= settings.optimization.steps)


@dataclass(frozen=True)
class TrainRequest:
    """A run as a person asks for it.

    Attributes:
        patients: Whom it trains on and who validates it.
        output: Run folder; runs/NAME where None.
        config: Configuration file; training/config.yaml where None.
        overrides: ``section.key=value``.
        restart: Start anew where the folder holds an earlier run.
        machines: What computes.
    """

    patients: Patients
    output: Path | None = None
    config: Path | None = None
    overrides: tuple[str, ...] = ()
    restart: bool = False
    machines: Machines = field(default_factory=Machines)


@dataclass(frozen=True)
class Run:
    """A run with all that was chosen for it.

    Attributes:
        settings: Its configuration.
        plan: Its patients.
        folder: The run folder.
        machines: What computes.
        init: Run whose weights are the first.
        restart: Start anew where the folder holds an earlier run.
    """

    settings: Config
    plan: Plan
    folder: Path
    machines: Machines = field(default_factory=Machines)
    init: Path | None = None
    restart: bool = False


Load = Callable[[Sequence[Case], bool], Sequence[Any]]
"""Loads cases as packed volumes, to be trained on or not."""


def train(request: TrainRequest) -> Path:
    """Do the run that is asked for; return its folder.

    Raises:
        InputError: If data, folds and options do not fit together.
        DependencyError: If ImageNet weights are wanted and not installed.
    """
    settings = configuration.load(request.config or CONFIG_DEFAULTS, request.overrides)
    plan = make_plan(request.patients)
    if plan.unnamed and is_first_process():
        say(f"--extra: {plan.unnamed} cases of patients whom no fold names are not trained on")
    folder = request.output or Path("runs") / plan.name
    run = Run(settings, plan, folder, request.machines, request.patients.init, request.restart)
    workers = settings.sampling.workers
    carry_out(run, lambda cases, learn: load_volumes(cases, learn=learn, workers=workers))
    return folder


def carry_out(run: Run, load: Load) -> NetworkTraining:
    """Do a run, or what is left of it, and return what it has learnt.

    Args:
        run: What is to be done.
        load: Loads its patients.
    """
    settings, plan, folder = run.settings, run.plan, run.folder
    progress = Progress() if run.restart else progress_of(folder)
    if progress.checkpoint:
        plan = same_plan(plan, folder)
    pl.seed_everything(settings.seed, workers=True, verbose=False)
    model = NetworkTraining(settings)
    if progress.checkpoint:
        check_checkpoint(progress.checkpoint, model)
        configuration.refuse_other(settings, folder, folder / CONFIG_FILE)
    stopwatch = DataShare()
    first = min(progress.step, settings.optimization.steps)
    trainer = make_trainer(run.machines, settings, folder, stopwatch, validate=bool(plan.validation), first=first)
    if run.init and progress.checkpoint is None:
        load_weights(model.network, run.init)
    if is_first_process():
        _prepare_folder(folder, settings, plan, trainer, anew=progress.checkpoint is None)
    validation = load(plan.validation, False)
    if progress.checkpoint and progress.finished(settings):
        _load_finished(model, stopwatch, progress.checkpoint)
    else:
        volumes = load(plan.training, True)
        with _without_metadata(), _interruptible(trainer):
            data = RunData(volumes, validation, settings, progress.step, plan.extra)
            trainer.fit(model, datamodule=data, ckpt_path=progress.checkpoint, weights_only=True)
    if trainer.is_global_zero:
        _finish(folder, model, validation, stopwatch)
    return model


def _prepare_folder(folder: Path, settings: Config, plan: Plan, trainer: pl.Trainer, *, anew: bool) -> None:
    if anew:
        _forget(folder)
    folder.mkdir(parents=True, exist_ok=True)
    trainer.loggers[0].start()
    configuration.save(settings, folder / CONFIG_FILE)
    plan.save(folder / PLAN_FILE)


@contextmanager
def _without_metadata() -> Iterator[None]:
    """Spare MONAI the affines: nothing needs one any more, and they cost a third of the time of a transform."""
    before = get_track_meta()
    set_track_meta(False)
    try:
        yield
    finally:
        set_track_meta(before)


def progress_of(folder: Path) -> Progress:
    """Return where the run in a folder stands.

    Raises:
        FormatError: If its checkpoint is damaged.
    """
    checkpoint = folder / LAST_CHECKPOINT
    if not checkpoint.is_file():
        return Progress()
    content = read_checkpoint(checkpoint)
    return Progress(content["global_step"], checkpoint, checks_without_gain(content))


def _forget(folder: Path) -> None:
    """Remove what an earlier run left behind: its weights beside a new plan would tell a wrong story."""
    kept = (LAST_CHECKPOINT, BEST_CHECKPOINT, WEIGHTS_FILE, VALIDATION_FILE, PIXELS_FILE, PLAN_FILE, METRICS_FILE)
    for file in [*(folder / name for name in kept), *folder.glob("metrics-part*.csv")]:
        file.unlink(missing_ok=True)
    for name in (RUN_MODEL_FOLDER, TENSORBOARD_FOLDER):
        shutil.rmtree(folder / name, ignore_errors=True)


def _load_finished(model: NetworkTraining, stopwatch: DataShare, checkpoint: Path) -> None:
    """Load the averaged weights of a run that has all its steps, and how it spent its time."""
    content = read_checkpoint(checkpoint)
    model.load_state_dict(content["state_dict"])
    stopwatch.load_state_dict(content["callbacks"].get(stopwatch.state_key, {}))


@contextmanager
def _interruptible(trainer: pl.Trainer) -> Iterator[None]:
    """Turn Lightning's exit after Ctrl-C back into what it was."""
    try:
        yield
    except SystemExit as error:
        if trainer.interrupted:
            raise KeyboardInterrupt from error
        raise


def load_weights(network: nn.Module, run: Path) -> None:
    """Load the weights of a run, or of a model folder.

    Raises:
        InputError: If they are missing, damaged or of another network.
        ModelError: If those of a model folder are not the ones that its metadata describe.
    """
    own = run / WEIGHTS_FILE
    file = load_bundle(run).verified(TORCH_FILE) if not own.is_file() and (run / METADATA_FILE).is_file() else own
    try:
        network.load_state_dict(read_weights(file))
    except (FormatError, RuntimeError) as error:
        msg = f"{run}: expected the weights {WEIGHTS_FILE} of a run with the same network ({error})"
        raise InputError(msg) from error


def _finish(folder: Path, model: NetworkTraining, validation: Sequence[Any], stopwatch: DataShare) -> None:
    """Keep the weights and what they are worth, in numbers and pictures."""
    if model.config.validation.keep == "best" and (folder / BEST_CHECKPOINT).is_file():
        model.load_state_dict(read_checkpoint(folder / BEST_CHECKPOINT)["state_dict"])
    torch.save(model.network.state_dict(), folder / WEIGHTS_FILE)
    model.eval()
    found = [predict(model, volume) for volume in validation]
    figures = {volume["case"]: case_figures(model, volume, one) for volume, one in zip(validation, found, strict=True)}
    result = {
        **stopwatch.to_json(),
        "dice": {case: round(of["val_dice"], 4) for case, of in figures.items()},
        "iou": {case: round(of["val_iou"], 4) for case, of in figures.items()},
    }
    pixels = {v["case"]: count(one.mask, v["label"] > 0).rows() for v, one in zip(validation, found, strict=True)}
    write_text(folder / VALIDATION_FILE, json.dumps(result, indent=1) + "\n")
    write_text(folder / PIXELS_FILE, json.dumps(pixels) + "\n")
    draw_history(folder, folder / "curves.png", _loss_name(model.config))
    if validation and not model.classifies:
        draw_gallery(list(validation), [one.mask for one in found], folder / "gallery.png")
    export(folder, folder / RUN_MODEL_FOLDER)
    say(f"model: {folder / RUN_MODEL_FOLDER}; waiting for data took {stopwatch.in_words()} of the time")


def _loss_name(settings: Config) -> str:
    return settings.loss.name.replace("_", " ")
