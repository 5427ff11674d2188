"""Whom a run trains on and who validates it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lggseg.cohort.prepared import Case, read_manifest, select
from lggseg.errors import FormatError, InputError
from lggseg.files import write_text
from lggseg.model.bundle import METADATA_FILE
from lggseg_training.folds import read_folds
from lggseg_training.places import SPLITS_FILE
from lggseg_training.run_files import PLAN_FILE


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


def seen_by(start: Path) -> frozenset[str]:
    """Return the patients whom a run was trained on.

    A model folder that is no run names nobody; it counts as having seen everybody of training/splits.json.

    Raises:
        FormatError: If it is neither.
    """
    if not (start / PLAN_FILE).is_file() and (start / METADATA_FILE).is_file():
        return frozenset(patient for fold in read_folds(SPLITS_FILE) for patient in fold)
    return frozenset(read_plan(start)["training"])


def make_plan(options: argparse.Namespace) -> Plan:
    """Choose the patients of a run from the folds.

    Raises:
        InputError: If the fold does not exist, no patient of the folds is in the data, or the initial
            weights have seen patients that are to validate.
    """
    cases = read_manifest(options.data)
    folds = read_folds(options.splits or SPLITS_FILE)
    seen = seen_by(options.init) if options.init else frozenset()
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


def same_plan(plan: Plan, folder: Path) -> Plan:
    """Return the plan with all whom the run in a folder has seen so far.

    Raises:
        InputError: If the run in the folder has other patients.
    """
    before = read_plan(folder)
    seen = frozenset(before["training"])
    patients = {case.patient for case in plan.training}
    validation = {case.patient for case in plan.validation} | plan.held_out
    if not patients <= seen or validation != set(before["validation"]):
        msg = (
            f"{folder}: expected the run that is to go on, got one on other patients ({before['name']}); "
            "choose another --output, or --restart"
        )
        raise InputError(msg)
    return replace(plan, seen_before=plan.seen_before | seen)
