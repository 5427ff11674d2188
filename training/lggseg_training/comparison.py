"""Trains every experiment with the same budget on the same patients; each finished row is kept and never done twice."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lggseg.cohort.prepared import Case
from lggseg.errors import FormatError, InputError, ModelError
from lggseg.files import write_text
from lggseg.model.bundle import RUN_MODEL_FOLDER
from lggseg.model.threads import processor_name
from lggseg_training import config as configuration
from lggseg_training.comparison_rows import (
    BUDGET_FILE,
    in_words,
    of_others,
    read_budget,
    read_rows,
    row_file,
    same_budget,
    why_not,
)
from lggseg_training.config import Config
from lggseg_training.experiments import Experiment, experiments
from lggseg_training.module import NetworkTraining
from lggseg_training.network_cost import cost_of
from lggseg_training.places import CONFIG_DEFAULTS
from lggseg_training.plan import Patients, Plan, make_plan
from lggseg_training.run import Run, carry_out
from lggseg_training.run_files import PIXELS_FILE, VALIDATION_FILE
from lggseg_training.script import say
from lggseg_training.slices import load_volumes, training_slices
from lggseg_training.step_batches import StepBatches, StepLoader, one_thread
from lggseg_training.trainer import Machines
from lggseg_training.validation import NEUTRAL_THRESHOLD

RUNS_FOLDER = "runs"

_NEVER = 10**9


@dataclass(frozen=True)
class CompareRequest:
    """What is compared, on whom, and what each run may spend.

    Attributes:
        patients: Of every run; the fold is what is measured on.
        output: Folder of the rows and runs.
        kept: Folder of rows that others have finished, which are not trained again; None for none.
        minutes: Of one core, for the steps of a run.
        calibration_steps: That are thrown away, to find how many steps fit.
        only: Names of experiments; all where there are none.
        overrides: Of the configuration of every run.
        machines: What computes.
    """

    patients: Patients
    output: Path
    kept: Path | None = None
    minutes: float = 25.0
    calibration_steps: int = 30
    only: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    machines: Machines = field(default_factory=lambda: Machines(accelerator="cpu"))


def compare(request: CompareRequest) -> list[str]:
    """Do what is not done yet; what fails is left out, and the rest goes on.

    Returns:
        Names of the experiments that failed.

    Raises:
        InputError: If an experiment does not exist, or the rows in the folder were made with another budget.
    """
    chosen = _chosen(request.only)
    _keep_budget(request)
    plan = make_plan(request.patients)
    done = _done(request, plan)
    volumes = _Volumes()
    failed = []
    for experiment in [one for one in chosen if one.name not in done]:
        try:
            with one_thread():  # the budget is that of one core
                row = _row(experiment, request, plan, volumes)
        except (FormatError, ModelError) as error:
            say(f"{experiment.name}: left out: {error}")
            failed.append(experiment.name)
            continue
        write_text(row_file(request.output, experiment.name), json.dumps(row, indent=1) + "\n")
        say(f"{experiment.name}: {row['steps']} steps, mean Dice {row['mean_dice']:.3f}")
    return failed


def _done(request: CompareRequest, plan: Plan) -> set[str]:
    """Return the names of the rows that there are: in the output folder, and kept ones of the same budget.

    Raises:
        InputError: If those in the output folder were measured on other patients.
    """
    rows, cases = read_rows(request.output), [case.case for case in plan.validation]
    if of_others(rows, cases):
        msg = (
            f"{request.output}: expected rows of the patients of --data, --splits and --fold, got {len(rows)} that "
            "were measured on others; choose another --output"
        )
        raise InputError(msg)
    done = {row["name"] for row in rows}
    if request.kept:
        reason = why_not(request.kept, _budget(request), cases)
        if reason:
            say(f"trained anew, because {reason}")
        else:
            done |= {row["name"] for row in read_rows(request.kept)}
    return done


def _chosen(names: Sequence[str]) -> list[Experiment]:
    known = {experiment.name: experiment for experiment in experiments()}
    unknown = [name for name in names if name not in known]
    if unknown:
        msg = f"--only: expected experiments among {', '.join(known)}; got {', '.join(unknown)}"
        raise InputError(msg)
    return [known[name] for name in names] or list(known.values())


def _budget(request: CompareRequest) -> dict[str, Any]:
    return {
        "cpu_minutes": request.minutes,
        "calibration_steps": request.calibration_steps,
        "fold": request.patients.fold,
        "overrides": list(request.overrides),
        "threshold": NEUTRAL_THRESHOLD,
    }


def _keep_budget(request: CompareRequest) -> None:
    """Keep the budget with the rows, and refuse another one: its rows could not stand beside them."""
    wanted, before = _budget(request), read_budget(request.output)
    if before and not same_budget(before, wanted):
        msg = (
            f"{request.output}: expected the budget of the rows that are there ({in_words(before)}), got "
            f"{in_words(wanted)}, {request.calibration_steps} calibration steps; choose another --output"
        )
        raise InputError(msg)
    write_text(request.output / BUDGET_FILE, json.dumps(before or wanted, indent=1) + "\n")


class _Volumes:
    """Loads each set of cases once for all experiments."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[bool, int], Sequence[Any]] = {}

    def __call__(self, cases: Sequence[Case], learn: bool) -> Sequence[Any]:
        """Return packed volumes."""
        key = (learn, len(cases))
        if key not in self._loaded:
            self._loaded[key] = load_volumes(cases, learn=learn, workers=1)
        return self._loaded[key]


def _row(experiment: Experiment, request: CompareRequest, plan: Plan, volumes: _Volumes) -> dict[str, Any]:
    """Train and measure one experiment."""
    # The last weights count: of runs as short as these, with a rate that has come down, an average gains nothing.
    fixed = ("sampling.workers=0", f"validation.every_steps={_NEVER}", "optimization.ema_decay=0")
    overrides = [*request.overrides, *experiment.overrides, *fixed]
    folder = request.output / RUNS_FOLDER / experiment.name
    steps_file = folder / "steps.json"
    if steps_file.is_file():  # an earlier session was stopped in this run
        steps = int(json.loads(steps_file.read_text(encoding="utf-8")))
    else:
        settings = configuration.load(CONFIG_DEFAULTS, overrides)
        each = seconds_per_step(settings, volumes(plan.training, True), request.calibration_steps)
        steps = max(1, round(60 * request.minutes / each))
        write_text(steps_file, json.dumps(steps) + "\n")
    settings = configuration.load(CONFIG_DEFAULTS, [*overrides, f"optimization.steps={steps}"])
    model = carry_out(Run(settings, plan, folder, request.machines), volumes)
    validation = json.loads((folder / VALIDATION_FILE).read_text(encoding="utf-8"))
    dice = validation["dice"]
    return {
        "name": experiment.name,
        "group": experiment.group,
        "overrides": list(experiment.overrides),
        "network": settings.network.spec.to_json(),
        "steps": steps,
        "parameters": _parameters(model.network),
        # Of all the steps, those before a stop included.
        "cpu_seconds": validation["cpu_seconds"],
        "wall_seconds": round(validation["seconds_per_step"] * steps, 1),
        **cost_of(folder / RUN_MODEL_FOLDER),
        "machine": processor_name(),
        "mean_dice": sum(dice.values()) / len(dice),
        "dice": dice,
        "slices": json.loads((folder / PIXELS_FILE).read_text(encoding="utf-8")),
    }


def seconds_per_step(settings: Config, volumes: Sequence[Any], steps: int) -> float:
    """Return the processor time of a training step, data included, from so many that are thrown away."""
    model = NetworkTraining(settings).train()
    slices = training_slices(volumes, settings)
    optimizer = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=1e-5)
    batches = iter(StepLoader(slices, StepBatches(slices.batch_size, 0), 0))
    mixed = torch.cpu._is_avx512_bf16_supported()
    started = 0.0
    for number, batch in enumerate(islice(batches, steps + 1)):
        if number == 1:  # the first one warms up
            started = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            logits = model(batch["image"])
        loss = model.loss(logits.float(), batch["label"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (time.process_time() - started) / steps


def _parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())
