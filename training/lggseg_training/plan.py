"""Whom a run trains on and who validates it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
class Patients:
    """Whom a run is to train on and who is to validate it, as a person asks for it.

    Attributes:
        data: Prepared data set.
        fold: Left out and validated on; None trains on all folds.
        extra: Further prepared sets, to train on as well.
        splits: File of the folds; training/splits.json where None.
        init: Run whose weights are the first: whom it was trained on counts as trained on.
    """

    data: Path
    fold: int | None = 0
    extra: tuple[Path, ...] = ()
    splits: Path | None = None
    init: Path | None = None


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
    in_folds: frozenset[str] = frozenset()
    """All patients of the folds: any other is kept back for the test."""
    unnamed: int = 0
    """How many cases that came with --extra no fold names, and so nobody trains on."""
    init: str = ""
    """Name of the run or model whose weights are the first."""

    def save(self, file: Path) -> None:
        """Write the patients down, so that nobody measures a network on what it was trained on."""
        training = {case.patient for case in self.training} | self.seen_before
        validation = {case.patient for case in self.validation} | self.held_out
        everybody = {"training": training, "validation": validation, "in_folds": self.in_folds}
        _write(file, self.name, everybody, {"init": self.init})


def write_plan(
    file: Path,
    name: str,
    *,
    training: Iterable[str],
    validation: Iterable[str],
    in_folds: Iterable[str] | None = None,
) -> None:
    """Write what ``read_plan`` reads: the patients of a run.

    Args:
        file: To write.
        name: Of the run.
        training: Whom it is trained on.
        validation: Who validates it.
        in_folds: All patients of its folds; where None, those of training/splits.json.
    """
    everybody = {"training": training, "validation": validation}
    _write(file, name, everybody if in_folds is None else {**everybody, "in_folds": in_folds}, {})


def _write(file: Path, name: str, patients: Mapping[str, Iterable[str]], more: Mapping[str, str]) -> None:
    content = {"name": name, **{part: sorted(names) for part, names in patients.items()}, **more}
    write_text(file, json.dumps(content, indent=1) + "\n")


def read_plan(run: Path) -> dict[str, Any]:
    """Read whom a run was trained on and who validated it: ``training``, ``validation`` and ``in_folds``.

    ``in_folds`` are all patients of its folds; of runs of before version 1.0, those of training/splits.json.

    Raises:
        FormatError: If the file is missing or damaged.
    """
    try:
        plan: dict[str, Any] = json.loads((run / PLAN_FILE).read_text(encoding="utf-8"))
        plan.setdefault("in_folds", [patient for fold in read_folds() for patient in fold])
        names = [*plan["training"], *plan["validation"], *plan["in_folds"]]
        if not all(isinstance(name, str) for name in names):
            raise TypeError("a patient's name is no word")  # noqa: EM101
    except (OSError, ValueError, LookupError, TypeError) as error:
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


def make_plan(wanted: Patients) -> Plan:
    """Choose the patients of a run from the folds.

    Raises:
        InputError: If the fold does not exist, no patient of the folds is in the data or in a further set, or the
            initial weights have seen patients that are to validate.
    """
    cases, fold = read_manifest(wanted.data), wanted.fold
    folds = read_folds(wanted.splits or SPLITS_FILE)
    in_folds = frozenset(patient for one in folds for patient in one)
    seen = seen_by(wanted.init) if wanted.init else frozenset()
    extra = [case for folder in wanted.extra for case in _in_folds(folder, in_folds)]
    unnamed = sum(case.patient not in in_folds for case in extra)
    init = wanted.init.resolve().name if wanted.init else ""
    if fold is None:
        more = select(extra, list(in_folds))
        return Plan(
            [*_required(cases, folds, "any fold"), *more],
            [],
            "all",
            seen,
            len(more),
            in_folds=in_folds,
            unnamed=unnamed,
            init=init,
        )
    if not 0 <= fold < len(folds):
        msg = f"expected a fold from 0 to {len(folds) - 1}, got {fold}"
        raise InputError(msg)
    others = [one for index, one in enumerate(folds) if index != fold]
    training = _required(cases, others, f"the folds other than {fold}")
    validation = _required(cases, [folds[fold]], f"fold {fold}")
    leaked = sorted(seen & set(folds[fold]))
    if leaked:
        msg = (
            f"{wanted.init}: expected a run that has not seen fold {fold}, but it was trained on "
            f"{len(leaked)} of its patients ({leaked[0]}, ...); figures on them would be worth nothing"
        )
        raise InputError(msg)
    more = select(extra, [patient for one in others for patient in one])
    held_out = frozenset(case.patient for case in select(extra, folds[fold]))
    return Plan([*training, *more], validation, f"fold{fold}", seen, len(more), held_out, in_folds, unnamed, init)


def _in_folds(folder: Path, in_folds: frozenset[str]) -> list[Case]:
    """Return the cases of a further set; one of which the folds know nobody would be left out without a word."""
    cases = read_manifest(folder)
    if not any(case.patient in in_folds for case in cases):
        msg = (
            f"--extra {folder}: expected patients of the folds, got none of its {len(cases)} cases: patients that no "
            "fold names are never trained on; name them with training/splits.py --extend"
        )
        raise InputError(msg)
    return cases


def _required(cases: list[Case], folds: list[list[str]], name: str) -> list[Case]:
    chosen = select(cases, [patient for fold in folds for patient in fold])
    if not chosen:
        msg = f"no patient of {name} is in the data ({len(cases)} cases); make folds for it with training/splits.py"
        raise InputError(msg)
    return chosen


def same_plan(plan: Plan, folder: Path) -> Plan:
    """Return the plan with all whom the run in a folder has seen so far, and all of whom its folds have known.

    Raises:
        InputError: If the run in the folder has other patients, or began with other weights.
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
    if before.get("init", plan.init) != plan.init:
        msg = (
            f"{folder}: expected the run that is to go on, got one that began with {before['init'] or 'no other'}; "
            "leave --init as it was, or choose another --output, or --restart"
        )
        raise InputError(msg)
    in_folds = plan.in_folds | frozenset(before["in_folds"])
    return replace(plan, seen_before=plan.seen_before | seen, in_folds=in_folds)
