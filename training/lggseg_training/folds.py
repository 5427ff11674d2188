"""Patient-level folds, stored as a file.

Everything that is decided on data (early stopping, threshold, post-processing, reported figures) uses
these folds. Patients that the file does not name are never trained on.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from lggseg.cohort.prepared import Case, read_manifest
from lggseg.errors import FormatError, InputError, OutputError
from lggseg.files import write_text
from lggseg_training.places import SPLITS_FILE

FOLDS = 5

_MOST_KEPT_BACK = 0.5


def stratified_folds(cases: Sequence[Case], folds: int = FOLDS) -> list[list[str]]:
    """Deal patients into folds so that each has its share of every institution and tumor size.

    Within an institution the patients are ordered by tumor size and dealt out in turn; the turn goes
    on from one institution to the next, so that small ones do not all land in the first fold.

    Raises:
        InputError: If there are fewer patients than folds.
    """
    size: dict[str, int] = defaultdict(int)
    institution: dict[str, str] = {}
    for case in cases:
        size[case.patient] += case.tumor_slices
        institution[case.patient] = case.institution
    if len(size) < folds:
        msg = f"expected at least {folds} patients for {folds} folds, got {len(size)}"
        raise InputError(msg)
    ordered = sorted(size, key=lambda patient: (institution[patient], -size[patient], patient))
    return [sorted(ordered[fold::folds]) for fold in range(folds)]


def extended_folds(folds: Sequence[Sequence[str]], cases: Sequence[Case]) -> list[list[str]]:
    """Deal the patients that no fold names yet into the folds: those with tumor first, then those without.

    Patients that stand in a fold stay there, whatever further cases they have: another image of a patient
    belongs to the fold of the first.
    """
    known = {patient for fold in folds for patient in fold}
    tumor: dict[str, bool] = {}
    for case in cases:
        tumor[case.patient] = tumor.get(case.patient, False) or case.tumor_slices > 0
    new = sorted(set(tumor) - known, key=lambda patient: (not tumor[patient], patient))
    return [sorted([*fold, *new[index :: len(folds)]]) for index, fold in enumerate(folds)]


def read_folds(file: Path = SPLITS_FILE) -> list[list[str]]:
    """Read the folds: a list of patients each.

    Raises:
        FormatError: If the file is missing or damaged, or a patient stands in two folds.
    """
    try:
        folds: list[list[str]] = json.loads(file.read_text(encoding="utf-8"))["folds"]
        patients = [patient for fold in folds for patient in fold]
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{file}: expected folds of patients ({error}); make them with training/splits.py"
        raise FormatError(msg) from error
    if len(patients) != len(set(patients)):
        twice = sorted({patient for patient in patients if patients.count(patient) > 1})
        msg = (
            f"{file}: expected every patient in one fold, got {twice} in several; make it again with training/splits.py"
        )
        raise FormatError(msg)
    return folds


def fold_of(number: int, file: Path = SPLITS_FILE) -> list[str]:
    """Return the patients of a fold.

    Raises:
        InputError: If there is no such fold.
    """
    folds = read_folds(file)
    if not 0 <= number < len(folds):
        msg = f"--fold: expected a fold from 0 to {len(folds) - 1}, got {number}"
        raise InputError(msg)
    return folds[number]


def kept_back(cases: Sequence[Case], share: float) -> set[str]:
    """Choose patients for a test: the first of so many folds that one holds about this share of them.

    Raises:
        InputError: If the share is not above 0 and at most a half.
    """
    if not 0 < share <= _MOST_KEPT_BACK:
        msg = f"--test-share: expected a share above 0 and up to {_MOST_KEPT_BACK:g}, got {share:g}"
        raise InputError(msg)
    return set(stratified_folds(cases, round(1 / share))[0])


def write_folds(data: Path, file: Path, extend: Path | None = None, test_share: float = 0.0) -> list[list[str]]:
    """Deal the patients of a prepared data set into folds and write them down.

    Args:
        data: Prepared data set.
        file: To write; a new one.
        extend: Folds to keep: only patients that they do not name are dealt out.
        test_share: Of the patients, whom no fold names: nothing is ever decided on them.

    Raises:
        OutputError: If the file exists: runs rest on the folds in it.
        InputError: If there are too few patients, or the share makes no sense.
    """
    if file.exists():
        msg = f"{file}: expected a new file: runs rest on the folds in an old one; choose another name"
        raise OutputError(msg)
    cases = read_manifest(data)
    if test_share:
        test = kept_back(cases, test_share)
        cases = [case for case in cases if case.patient not in test]
    if extend:
        folds = extended_folds(read_folds(extend), cases)
        how = f"the folds of {extend.name}; new patients, those with tumor first, dealt out in turn"
    else:
        folds = stratified_folds(cases)
        how = "patients ordered by institution and tumor slices, dealt into the folds in turn"
    write_text(file, json.dumps({"how": how, "folds": folds}, indent=1) + "\n")
    return folds
