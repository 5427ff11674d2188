"""How much Dice is lost to each perturbation, patient by patient, by networks that have not seen them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from tqdm import tqdm

from lggseg.cohort.prepared import Case, read_manifest
from lggseg.errors import InputError
from lggseg.files import replacing
from lggseg.model.bundle import load_bundle
from lggseg.model.postprocessing import MaskRule
from lggseg.model.segmenter import segment
from lggseg.segmentation.overlap import dice_of_images
from lggseg.volumes import geometry, io
from lggseg_training import made_with
from lggseg_training.maps import Network, assigned, load_network, load_shipped, made_with_of
from lggseg_training.perturbations import LABEL, MEDIUM, PERTURBATIONS, Study
from lggseg_training.scoring import summarize

MOST_LOST = 0.03
"""Mean Dice that a perturbation of medium strength may cost."""

TABLE = "robustness.csv"
_COLUMNS = ("case", "perturbation", "strength", "dice", "unchanged")
_STRENGTHS = ("weak", "medium", "strong")

Key = tuple[str, str, str]


def measure_robustness(
    runs: Sequence[Path], data: Path, output: Path, *, cases: int | None = None, model: Path | None = None
) -> dict[str, Any]:
    """Perturb every patient that a run has not seen in every way; write a row each, and return the summary.

    What the table holds already is not measured again.

    Args:
        runs: Run folders of training/train.py.
        data: Prepared data set.
        output: Folder to write.
        cases: How many patients, evenly chosen; all where None.
        model: A model folder instead of runs.

    Raises:
        InputError: If no patient is left to measure, less than one is asked for, or the rows there were made with
            something else.
    """
    if cases is not None and cases < 1:
        msg = f"--cases: expected at least 1 patient, got {cases}"
        raise InputError(msg)
    networks = [load_shipped(model)] if model else [load_network(run) for run in runs]
    jobs = list(assigned(read_manifest(data), networks))
    if cases is not None:
        jobs = [jobs[index] for index in np.unique(np.linspace(0, len(jobs) - 1, cases).round().astype(int))]
    if not jobs:
        msg = f"{data}: no patient that a run has not seen; give the runs of its folds"
        raise InputError(msg)
    made_with.keep(output, made_with_of(networks, "all", of_runs=not model))
    rows = _read(output / TABLE)
    for case, network in tqdm(jobs, desc="perturbing", unit="patient", disable=None):
        for key, row in _measure_case(case, network, load_bundle().rule, rows):
            rows[key] = row
        _write(output / TABLE, list(rows.values()))
    asked = {case.case for case, _ in jobs}
    return summary_of([row for row in rows.values() if row["case"] in asked])


def summary_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean loss by perturbation and strength, with its interval over patients, and whether medium is met."""
    result: dict[str, Any] = {}
    for name, perturbation in PERTURBATIONS.items():
        result[name] = {"unit": perturbation.unit}
        for strength, value in zip(_STRENGTHS, perturbation.strengths, strict=True):
            lost = [
                float(row["unchanged"]) - float(row["dice"])
                for row in rows
                if (row["perturbation"], row["strength"]) == (name, strength)
            ]
            if lost:
                result[name][strength] = {"value": value, **summarize(lost)}
        medium = result[name].get(_STRENGTHS[MEDIUM])
        if medium:
            result[name]["within_limit"] = bool(medium["mean"] <= MOST_LOST)
    return result


def _measure_case(
    case: Case, network: Network, rule: MaskRule, done: dict[Key, dict[str, Any]]
) -> Iterator[tuple[Key, dict[str, Any]]]:
    todo = [
        (name, index)
        for name in PERTURBATIONS
        for index in range(len(_STRENGTHS))
        if (case.case, name, _STRENGTHS[index]) not in done
    ]
    if not todo:
        return
    study = {name: io.read_volume(case.file(name)) for name in (*case.sequences, LABEL)}
    unchanged = _dice(study, network, rule)
    seed = sum(case.case.encode())
    for name, index in todo:
        perturbation = PERTURBATIONS[name]
        changed = perturbation.change(study, perturbation.strengths[index], seed)
        numbers = {"dice": round(_dice(changed, network, rule), 4), "unchanged": round(unchanged, 4)}
        key = (case.case, name, _STRENGTHS[index])
        yield key, {**dict(zip(_COLUMNS, key, strict=False)), **numbers}


def _dice(study: Study, network: Network, rule: MaskRule) -> float:
    label = study[LABEL]
    mask = segment({name: study[name] for name in study if name != LABEL}, network.predictor, rule=rule).mask
    return dice_of_images(mask, geometry.like(sitk.GetArrayFromImage(label), mask))


def _read(file: Path) -> dict[Key, dict[str, Any]]:
    if not file.is_file():
        return {}
    with file.open(newline="", encoding="utf-8") as stream:
        return {(row["case"], row["perturbation"], row["strength"]): dict(row) for row in csv.DictReader(stream)}


def _write(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    with replacing(file) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, _COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
