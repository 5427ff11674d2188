"""The figures that a model is judged by, from the cases that out-of-fold networks predicted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from lggseg_training.scoring import BOOTSTRAP_RESAMPLES, summarize

Row = Mapping[str, str]

POOR_DICE = 0.6
LITTLE_ML = 1.0
_SEED = 2019


def dice_figures(rows: Sequence[Row]) -> dict[str, Any]:
    """Return mean, median, interval and the patients below .6."""
    poor = {row["case"]: float(row["dice"]) for row in rows if float(row["dice"]) < POOR_DICE}
    return {**summarize([float(row["dice"]) for row in rows]), "below_0.6": poor}


def paired_difference(rows: Sequence[Row], others: Sequence[Row]) -> dict[str, Any]:
    """Return mean Dice less that of another predictor on the same cases, with the 95 % interval over patients (BCa)."""
    theirs = {row["case"]: float(row["dice"]) for row in others}
    differences = [float(row["dice"]) - theirs[row["case"]] for row in rows if row["case"] in theirs]
    if len(differences) < 3:
        return {"cases": len(differences)}
    interval = stats.bootstrap(
        (np.asarray(differences),), np.mean, n_resamples=BOOTSTRAP_RESAMPLES, rng=_SEED
    ).confidence_interval
    found = {"mean": np.mean(differences), "low95": interval.low, "high95": interval.high}
    return {"cases": len(differences), **{name: round(float(value), 4) for name, value in found.items()}}


def false_alarms(rows: Sequence[Row]) -> dict[str, Any]:
    """Return in how many volumes without tumor little or nothing was outlined, with Wilson's 95 % intervals."""
    volumes = np.array([float(row["mask_ml"]) for row in rows])
    return {
        "volumes": len(volumes),
        "below_1_ml": share(int((volumes < LITTLE_ML).sum()), len(volumes)),
        "nothing": share(int((volumes == 0).sum()), len(volumes)),
        "median_ml": round(float(np.median(volumes)), 3) if len(volumes) else None,
        "most_ml": round(float(volumes.max()), 2) if len(volumes) else None,
        "alarms": {row["case"]: float(row["mask_ml"]) for row in rows if float(row["mask_ml"]) >= LITTLE_ML},
    }


def second_lesions(rows: Sequence[Row]) -> dict[str, Any]:
    """Return how many lesions of 1 ml or more, but for the largest of each patient, were found."""
    there = sum(int(row["second_lesions"]) for row in rows)
    return {"lesions": there, "recall": share(sum(int(row["second_found"]) for row in rows), there)}


def share(count: int, of: int) -> dict[str, float | None]:
    """Return a share with its interval (Wilson 1927)."""
    if not of:
        return {"share": None}
    interval = stats.binomtest(count, of).proportion_ci(method="wilson")
    found = {"share": count / of, "low95": interval.low, "high95": interval.high}
    return {name: None if math.isnan(value) else round(float(value), 4) for name, value in found.items()}


def held_back(rows: Sequence[Row], least_peak: float) -> list[Row]:
    """Return the rows as they are when nothing counts that is less sure than ``MaskRule.least_peak``."""
    empty = {"dice": "0", "mask_ml": "0", "second_found": "0"}
    return [row if float(row["peak"]) >= least_peak else {**row, **empty} for row in rows]


def headline(figures: Mapping[str, Any], sequences: str) -> dict[str, float]:
    """Return what goes into the metadata of a model, named by what the predictor saw, and of whom."""
    seen = {"all": "all_sequences", "flair": "flair_only"}[sequences]
    groups = {"home": f"out_of_fold_{seen}", "elsewhere": "external"}
    return {
        f"{name}_{kind}_dice": figures[group][kind]
        for group, name in groups.items()
        if group in figures
        for kind in ("mean", "median")
    }


def all_figures(rows: Sequence[Row], known: set[str], others: Sequence[Row] = ()) -> dict[str, Any]:
    """Return all figures that the cases allow.

    Args:
        rows: Of ``maps.CASES_FILE``: prepared data set, volumes of elsewhere and volumes without tumor, in any number.
        known: Patients of the folds of the data set: volumes of elsewhere are told apart by them.
        others: Of another predictor, for paired differences on the same cases.
    """
    tumor = [row for row in rows if float(row["reference_ml"]) > 0]
    home = [row for row in tumor if row["case"].startswith(row["patient"]) and row["patient"] in known]
    abroad = [row for row in tumor if row not in home]
    groups = {
        "home": home,
        "elsewhere": abroad,
        "elsewhere, patients of the data set": [row for row in abroad if row["patient"] in known],
        "elsewhere, others": [row for row in abroad if row["patient"] not in known],
    }
    result: dict[str, Any] = {name: dice_figures(group) for name, group in groups.items() if group}
    if others:
        result |= {
            f"{name}, less the other": paired_difference(group, others) for name, group in groups.items() if group
        }
    result |= {f"without tumor, {kind}": false_alarms(group) for kind, group in _negatives(rows).items()}
    return {**result, "second lesions": second_lesions(tumor)}


def _negatives(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Sort the volumes without tumor by how they were made; what was not made stands by itself."""
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        if float(row["reference_ml"]) == 0:
            _, _, kind = row["case"].rpartition("-")
            where = "synthetic " if row["institution"] == "synthetic" else ""
            made = f"{where}{kind}" if row["case"] != kind else "real"
            kinds.setdefault(made, []).append(row)
    return kinds
