"""The mean of the weights of runs that go on from each other.

A run, and one that starts from its weights (``train.py --init``), end up in the same valley of the loss; the
middle lies flatter than either end (Izmailov et al. 2018, stochastic weight averaging).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel

from lggseg.errors import InputError
from lggseg.files import new_folder
from lggseg.model.bundle import RUN_MODEL_FOLDER
from lggseg_training import config as configuration
from lggseg_training.exporting import export
from lggseg_training.plan import read_plan, write_plan
from lggseg_training.run import load_weights
from lggseg_training.run_files import CONFIG_FILE, PLAN_FILE, WEIGHTS_FILE


def average(runs: Sequence[Path], folder: Path) -> None:
    """Write a run folder with the mean of the weights of several.

    Args:
        runs: Run folders of training/train.py.
        folder: A new folder.

    Raises:
        InputError: If one run was trained on whom another validates on, or their networks differ.
        OutputError: If the folder is not new.
    """
    with new_folder(folder) as stage:
        plan = _common_plan(runs)
        settings = configuration.load(runs[-1] / CONFIG_FILE)
        network = settings.network.spec.build()
        mean = AveragedModel(network, use_buffers=True)
        for run in runs:
            load_weights(network, run)
            mean.update_parameters(network)
        configuration.save(settings, stage / CONFIG_FILE)
        write_plan(stage / PLAN_FILE, folder.name, **plan)
        torch.save(mean.module.state_dict(), stage / WEIGHTS_FILE)
        export(stage, stage / RUN_MODEL_FOLDER)


def _common_plan(runs: Sequence[Path]) -> dict[str, set[str]]:
    """Return all who were trained on, who validates, and who is in the folds."""
    plans = [read_plan(run) for run in runs]
    training = {patient for plan in plans for patient in plan["training"]}
    validation = {patient for plan in plans for patient in plan["validation"]}
    leaked = sorted(training & validation)
    if leaked:
        msg = (
            f"expected runs that leave out the same patients, got some of which {leaked[0]} is trained on in one and "
            "validates another; give runs of one fold"
        )
        raise InputError(msg)
    in_folds = {patient for plan in plans for patient in plan["in_folds"]}
    return {"training": training, "validation": validation, "in_folds": in_folds}
