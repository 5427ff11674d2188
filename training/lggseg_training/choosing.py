"""Threshold, pieces and the least probability of presence, chosen by nested cross-validation.

The figure that is stated for a rule must not be the one that the rule was chosen on: for each run the rule is chosen
on the cases of the other runs, and the figure is taken on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from tqdm import tqdm

from lggseg.cohort.prepared import Case
from lggseg.errors import InputError
from lggseg.model.postprocessing import COMPONENTS, MaskRule, peak_of
from lggseg.segmentation.overlap import dice
from lggseg.volumes import geometry, io
from lggseg_training.maps import read_map

THRESHOLDS = (0.25, 0.35, 0.45, 0.55, 0.65)
PEAKS = (0.0, 0.6, 0.8, 0.9, 0.95, 0.98)
LITTLE_ML = 1.0

_BELOW_ALL = 0.2  # what is fainter belongs to no mask


@dataclass(frozen=True)
class Choice:
    """A rule, and how sure the surest half millilitre has to be for anything to count."""

    threshold: float
    components: str
    least_peak: float


@dataclass(frozen=True)
class Trial:
    """What one choice makes of one case: its Dice, or without tumor 1 where less than 1 ml is outlined, else 0."""

    case: str
    run: str
    tumor: bool
    scores: dict[Choice, float]


def choices() -> Iterator[Choice]:
    """Return all choices."""
    return (Choice(*values) for values in product(THRESHOLDS, COMPONENTS, PEAKS))


def try_all(folder: Path, rows: Sequence[dict[str, str]], cases: dict[str, Case]) -> list[Trial]:
    """Try every choice on every map."""
    return [
        _try_case(row, read_map(folder, row["case"]), cases[row["case"]])
        for row in tqdm(rows, desc="trying", unit="case", disable=None)
    ]


def choose(trials: Sequence[Trial]) -> Choice:
    """Return the choice with the best mean over cases with tumor plus a quarter of that over cases without."""
    if not trials:
        raise InputError("expected cases to choose a rule on, got none")  # noqa: EM101
    return max(trials[0].scores, key=lambda choice: _value(trials, choice))


def nested(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return the choice of each run, made on the others, and the figures on its own cases, pooled."""
    runs = sorted({trial.run for trial in trials})
    chosen = {run: choose([trial for trial in trials if trial.run != run]) for run in runs}
    scores = [(trial, trial.scores[chosen[trial.run]]) for trial in trials]
    dices = [score for trial, score in scores if trial.tumor]
    quiet = [score for trial, score in scores if not trial.tumor]
    return {
        "chosen_on_all": asdict(choose(trials)),
        "chosen_by_run": {run: asdict(choice) for run, choice in chosen.items()},
        "nested_mean_dice": round(float(np.mean(dices)), 4) if dices else None,
        "nested_median_dice": round(float(np.median(dices)), 4) if dices else None,
        "nested_below_1_ml": round(float(np.mean(quiet)), 4) if quiet else None,
    }


def _value(trials: Sequence[Trial], choice: Choice) -> float:
    with_tumor = [trial.scores[choice] for trial in trials if trial.tumor]
    without = [trial.scores[choice] for trial in trials if not trial.tumor]
    return float((np.mean(with_tumor) if with_tumor else 0) + 0.25 * (np.mean(without) if without else 0))


def _try_case(row: dict[str, str], probability: npt.NDArray[np.float32], case: Case) -> Trial:
    label = io.read_volume(case.file("label"))
    reference = sitk.GetArrayFromImage(label) > 0
    box = _box_of((probability >= _BELOW_ALL) | reference)
    inside, truth, voxel = probability[box], reference[box], geometry.voxel_volume_ml(label)
    tumor, peak = bool(reference.any()), peak_of(probability, voxel)
    masks = {(t, c): MaskRule(t, c).mask(inside) > 0 for t, c in product(THRESHOLDS, COMPONENTS)}
    empty = np.zeros(inside.shape, bool)
    scores = {}
    for choice in choices():
        mask = masks[choice.threshold, choice.components] if peak >= choice.least_peak else empty
        scores[choice] = dice(mask, truth) if tumor else float(mask.sum() * voxel < LITTLE_ML)
    return Trial(row["case"], row["run"], tumor, scores)


def _box_of(where: npt.NDArray[np.bool_]) -> tuple[slice, ...]:
    if not where.any():
        return (slice(0, 1),) * 3
    ends = [np.flatnonzero(where.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    return tuple(slice(int(end[0]), int(end[-1]) + 1) for end in ends)
