"""One training run, from its options to its run folder."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from monai.data import DataLoader, get_track_meta, set_track_meta

from lggseg.cohort.prepared import Case, read_manifest, select
from lggseg.errors import FormatError, InputError
from lggseg.files import write_text
from lggseg.model.bundle import RUN_MODEL_FOLDER
from lggseg.model.networks.flair_unet import FlairUNet
from lggseg.segmentation.overlap import dice
from lggseg_training import config as configuration
from lggseg_training.config import Config
from lggseg_training.exporting import export
from lggseg_training.folds import read_folds
from lggseg_training.gallery import draw_curves, draw_gallery
from lggseg_training.module import FlairSegmentation, predict_volume
from lggseg_training.places import CONFIG_DEFAULTS, SPLITS_FILE
from lggseg_training.run_files import (
    CONFIG_FILE,
    LAST_CHECKPOINT,
    METRICS_FILE,
    PLAN_FILE,
    VALIDATION_FILE,
    WEIGHTS_FILE,
)
from lggseg_training.slices import load_volumes, training_slices
from lggseg_training.stopwatch import DataShare

_LOG_EVERY_STEPS = 10


@dataclass(frozen=True)
class Plan:
    """Who is trained on and who validates."""

    training: list[Case]
    validation: list[Case]
    name: str
    seen_before: frozenset[str] = frozenset()
    """Patients whom the initial weights were trained on."""
    extra: int = 0
    """How many of the cases trained on, the last ones, came with --extra."""
    held_out: frozenset[str] = frozenset()
    """Patients of the fold whose cases came with --extra: no part of the curve, but never trained on."""

    def save(self, file: Path) -> None:
        """Write the patients down, so that nobody measures a network on what it was trained on."""
        training = {case.patient for case in self.training} | self.seen_before
        validation = {case.patient for case in self.validation} | self.held_out
        write_plan(file, self.name, training=training, validation=validation)


def write_plan(file: Path, name: str, *, training: Iterable[str], validation: Iterable[str]) -> None:
    """Write what ``read_plan`` reads: the patients of a run."""
    patients = {"training": sorted(training), "validation": sorted(validation)}
    write_text(file, json.dumps({"name": name, **patients}, indent=1) + "\n")


def read_plan(run: Path) -> dict[str, Any]:
    """Read whom a run was trained on and who validated it: ``training`` and ``validation``.

    Raises:
        FormatError: If the file is missing or damaged.
    """
    try:
        plan: dict[str, Any] = json.loads((run / PLAN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{run}: expected {PLAN_FILE} of training/train.py ({error}), which says who was trained on"
        raise FormatError(msg) from error
    return plan


def train(options: argparse.Namespace) -> Path:
    """Train as the command line says; return the run folder.

    Raises:
        InputError: If data, folds and options do not fit together.
        DependencyError: If ImageNet weights are wanted and not installed.
    """
    settings = configuration.load(options.config or CONFIG_DEFAULTS, options.overrides)
    plan = make_plan(options)
    folder: Path = options.output or Path("runs") / plan.name
    if options.restart:
        _forget(folder)
    checkpoint = _resume_from(folder)
    if checkpoint:
        plan = _same_plan(plan, folder)
    pl.seed_everything(settings.seed, workers=True, verbose=False)
    model = FlairSegmentation(settings)
    folder.mkdir(parents=True, exist_ok=True)
    _set_metrics_aside(folder, resumed=checkpoint is not None)
    configuration.save(settings, folder / CONFIG_FILE)
    plan.save(folder / PLAN_FILE)
    volumes = load_volumes(plan.training, learn=True, workers=settings.sampling.workers)
    # MONAI's cache cannot be empty.
    validation: Sequence[Any] = []
    if plan.validation:
        validation = load_volumes(plan.validation, learn=False, workers=settings.sampling.workers)
    stopwatch = DataShare()
    trainer = _trainer(options, settings, folder, [stopwatch], validate=bool(plan.validation))
    if options.init and checkpoint is None:
        load_weights(model.network, options.init)
    if checkpoint is None or not _load_finished(model, checkpoint, settings.optimization.steps):
        with _without_metadata(), _interruptible(trainer):
            loaders = _training_loader(volumes, settings, plan.extra), _validation_loader(validation)
            trainer.fit(model, *loaders, ckpt_path=checkpoint)
    if trainer.is_global_zero:
        _finish(folder, model, validation, stopwatch)
    return folder


@contextmanager
def _without_metadata() -> Iterator[None]:
    """Spare MONAI the affines: nothing needs one any more, and they cost a third of the time of a transform."""
    before = get_track_meta()
    set_track_meta(False)
    try:
        yield
    finally:
        set_track_meta(before)


def make_plan(options: argparse.Namespace) -> Plan:
    """Choose the patients of a run from the folds.

    Raises:
        InputError: If the fold does not exist, no patient of the folds is in the data, or the initial
            weights have seen patients that are to validate.
    """
    cases = read_manifest(options.data)
    folds = read_folds(options.splits or SPLITS_FILE)
    seen = frozenset(read_plan(options.init)["training"]) if options.init else frozenset()
    extra = [case for folder in options.extra for case in read_manifest(folder)]
    if options.all:
        more = select(extra, [patient for fold in folds for patient in fold])
        return Plan([*_required(cases, folds, "any fold"), *more], [], "all", seen, len(more))
    if not 0 <= options.fold < len(folds):
        msg = f"expected a fold from 0 to {len(folds) - 1}, got {options.fold}"
        raise InputError(msg)
    others = [fold for index, fold in enumerate(folds) if index != options.fold]
    training = _required(cases, others, f"the folds other than {options.fold}")
    validation = _required(cases, [folds[options.fold]], f"fold {options.fold}")
    leaked = sorted(seen & set(folds[options.fold]))
    if leaked:
        msg = (
            f"{options.init}: expected a run that has not seen fold {options.fold}, but it was trained on "
            f"{len(leaked)} of its patients ({leaked[0]}, ...); figures on them would be worth nothing"
        )
        raise InputError(msg)
    more = select(extra, [patient for fold in others for patient in fold])
    held_out = frozenset(case.patient for case in select(extra, folds[options.fold]))
    return Plan([*training, *more], validation, f"fold{options.fold}", seen, len(more), held_out)


def _required(cases: list[Case], folds: list[list[str]], name: str) -> list[Case]:
    chosen = select(cases, [patient for fold in folds for patient in fold])
    if not chosen:
        msg = f"no patient of {name} is in the data ({len(cases)} cases); make folds for it with training/splits.py"
        raise InputError(msg)
    return chosen


def _resume_from(folder: Path) -> Path | None:
    checkpoint = folder / LAST_CHECKPOINT
    return checkpoint if checkpoint.is_file() else None


def _forget(folder: Path) -> None:
    """Remove what an earlier run left behind: its weights beside a new plan would tell a wrong story."""
    for name in (LAST_CHECKPOINT, WEIGHTS_FILE, VALIDATION_FILE, PLAN_FILE):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / RUN_MODEL_FOLDER, ignore_errors=True)


def _same_plan(plan: Plan, folder: Path) -> Plan:
    """Return the plan with all whom the run has seen so far.

    Raises:
        InputError: If the run in the folder has other patients.
    """
    before = read_plan(folder)
    seen = frozenset(before["training"])
    patients = {case.patient for case in plan.training}
    if not patients <= seen or {case.patient for case in plan.validation} | plan.held_out != set(before["validation"]):
        msg = (
            f"{folder}: expected the run that is to go on, got one on other patients ({before['name']}); "
            "choose another --output, or --restart"
        )
        raise InputError(msg)
    return replace(plan, seen_before=plan.seen_before | seen)


def _load_finished(model: FlairSegmentation, checkpoint: Path, steps: int) -> bool:
    """Load the averaged weights of a run that has all its steps; tell whether it has."""
    content = torch.load(checkpoint, map_location="cpu", weights_only=False)
    if content["global_step"] < steps:
        return False
    model.load_state_dict(content["state_dict"])
    return True


@contextmanager
def _interruptible(trainer: pl.Trainer) -> Iterator[None]:
    """Turn Lightning's exit after Ctrl-C back into what it was."""
    try:
        yield
    except SystemExit as error:
        if trainer.interrupted:
            raise KeyboardInterrupt from error
        raise


def load_weights(network: FlairUNet, run: Path) -> None:
    """Load the weights of a run.

    Raises:
        InputError: If they are missing, damaged or of another network.
    """
    try:
        network.load_state_dict(torch.load(run / WEIGHTS_FILE, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError) as error:
        msg = f"{run}: expected the weights {WEIGHTS_FILE} of a run with the same network ({error})"
        raise InputError(msg) from error


def _set_metrics_aside(folder: Path, *, resumed: bool) -> None:
    """Keep the numbers of an earlier part of the run from Lightning's logger, which would delete them."""
    earlier = sorted(folder.glob("metrics*.csv"))
    if not resumed:
        for file in earlier:
            file.unlink()
    elif (folder / METRICS_FILE).is_file():
        (folder / METRICS_FILE).rename(folder / f"metrics-part{len(earlier)}.csv")


def _training_loader(volumes: Sequence[Any], settings: Config, extra: int) -> DataLoader:
    sampling = settings.sampling
    return DataLoader(
        training_slices(volumes, sampling, extra),
        batch_size=settings.optimization.batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=sampling.workers,
        persistent_workers=sampling.workers > 0,
        pin_memory=torch.cuda.is_available(),
    )


def _validation_loader(volumes: Sequence[Any]) -> DataLoader:
    return DataLoader(volumes, batch_size=1, collate_fn=lambda items: items[0], num_workers=0)


def _trainer(
    options: argparse.Namespace, settings: Config, folder: Path, callbacks: list[Callback], *, validate: bool
) -> pl.Trainer:
    optimization, validation = settings.optimization, settings.validation
    callbacks = [
        *callbacks,
        EMAWeightAveraging(
            decay=optimization.ema_decay, use_buffers=True, update_starting_at_step=optimization.warmup_steps
        ),
        ModelCheckpoint(
            folder, filename="last", every_n_train_steps=validation.every_steps, enable_version_counter=False
        ),
    ]
    if validate and validation.early_stopping_checks:
        callbacks.append(EarlyStopping("val_dice", mode="max", patience=validation.early_stopping_checks))
    return pl.Trainer(
        accelerator=options.accelerator,
        devices=options.devices,
        num_nodes=options.nodes,
        precision=_precision(optimization.precision),
        max_steps=optimization.steps,
        max_epochs=-1,
        val_check_interval=validation.every_steps if validate else None,
        check_val_every_n_epoch=None if validate else 1,
        limit_val_batches=1.0 if validate else 0,
        num_sanity_val_steps=0,
        gradient_clip_val=optimization.gradient_clip,
        log_every_n_steps=max(1, min(_LOG_EVERY_STEPS, optimization.steps // 50)),
        callbacks=callbacks,
        logger=[CSVLogger(folder, name="", version=""), TensorBoardLogger(folder, name="tensorboard", version="")],
        default_root_dir=folder,
        enable_model_summary=False,
    )


def _precision(wanted: str) -> str:
    """Choose the fastest arithmetic that this machine does in hardware."""
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"
    return "bf16-mixed" if torch.cpu._is_avx512_bf16_supported() else "32-true"


def _finish(folder: Path, model: FlairSegmentation, validation: Sequence[Any], stopwatch: DataShare) -> None:
    """Keep the weights and what they are worth, in numbers and pictures."""
    torch.save(model.network.state_dict(), folder / WEIGHTS_FILE)
    model.eval()
    masks = [predict_volume(model, volume["sequences"].astype(np.float32), volume) > 0.5 for volume in validation]
    result = {
        "data_share": round(stopwatch.share, 4),
        "seconds_per_step": round(stopwatch.seconds_per_step, 3),
        "dice": {
            volume["case"]: round(dice(mask, volume["label"] > 0), 4)
            for volume, mask in zip(validation, masks, strict=True)
        },
    }
    write_text(folder / VALIDATION_FILE, json.dumps(result, indent=1) + "\n")
    draw_curves(sorted(folder.glob("metrics*.csv")), folder / "curves.png")
    if masks:
        draw_gallery(list(validation), masks, folder / "gallery.png")
    export(folder, folder / RUN_MODEL_FOLDER, {}, None, None)
    print(f"model: {folder / RUN_MODEL_FOLDER}; waiting for data took {100 * stopwatch.share:.1f} % of the time")  # noqa: T201
