"""The tables of a comparison as plain words: the page shows them, and the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from lggseg.radiogenomics.correction import benjamini_hochberg
from lggseg_training.comparison_rows import Comparison, Row
from lggseg_training.counting import WAY_NAMES
from lggseg_training.experiments import BASELINE, experiments
from lggseg_training.scoring import summarize
from lggseg_training.validation import neutral_rule

GROUPS = {
    "network": "Networks (2.5D, three sequences)",
    "view": "What the network sees: 2D and 2.5D, three sequences and FLAIR alone",
    "warmup": "Networks again, with a learning rate that is full after 10 steps in place of 100",
    "loss": "Losses, on the shipped network",
    "augmentation": "Augmentation, one group at a time, on the shipped network",
}
COLUMNS = ("", "parameters (million)", "file (MB)", "steps", "CPU minutes", "CPU ms a slice", "memory (MB)",
           "mean Dice", "95 % interval", "median", "pooled Dice", "difference", "p", "q")  # fmt: skip
WAY_COLUMNS = ("", "Dice", "IoU", "precision", "recall", "pixel accuracy")

_WANTED_MINUTES = 20.0
_PROVISIONAL_BELOW_MINUTES = 120.0


@dataclass(frozen=True)
class Table:
    """One group of rows.

    Attributes:
        title: Of the group.
        cells: Of each row, in the order of ``COLUMNS``.
    """

    title: str
    cells: list[tuple[str, ...]]


def tables(comparison: Comparison) -> list[Table]:
    """Return a table for each group that has a row."""
    compared = compared_with_baseline(comparison.rows)
    found = []
    for group, title in GROUPS.items():
        cells = [_cells(row, compared) for row in comparison.rows if row["group"] == group]
        if cells:
            found.append(Table(title, cells))
    return found


def budget_text(comparison: Comparison) -> str:
    """Say what each run was given, how it was measured, and what that is worth."""
    budget, rows = comparison.budget, comparison.rows
    if not rows:
        return "No row is finished yet."
    rule = neutral_rule()
    minutes = float(budget.get("cpu_minutes", 0.0))
    text = (
        f"Budget of each run: {minutes:g} minutes of one core for its steps, whose number was fixed beforehand; "
        f"measured on the {len(rows[0]['dice'])} patients of fold {budget.get('fold', 0)}, whom no run has "
        f"seen, as the shipped model predicts: mirrored too, {rule.components} pieces; but at a threshold of "
        f"{rule.threshold:g}, that of the shipped weights having been chosen for them. "
        "What counts are the last weights of a run, not their moving average, which short runs are too short for. "
        f"Settings of all runs: {', '.join(budget.get('overrides', ())) or 'the defaults'}. "
        "Memory and time: ONNX Runtime, slices of 256 x 256; time is the sum over the cores. "
        f"p: Wilcoxon's signed rank test against {BASELINE}, patient by patient; q: after Benjamini and Hochberg, over "
        "all rows."
    )
    parts = [text, _machines_text(rows), _provisional_text(minutes), budget.get("note", "")]
    return " ".join(part for part in parts if part)


def _machines_text(rows: Sequence[Row]) -> str:
    machines = sorted({row["machine"] for row in rows if "machine" in row})
    if len(machines) < 2:
        return ""
    return f"The rows are from several machines ({', '.join(machines)}): the same minutes are not the same work."


def _provisional_text(minutes: float) -> str:
    if minutes >= _PROVISIONAL_BELOW_MINUTES:
        return ""
    text = (
        "PROVISIONAL: with so small a budget no network has learnt what it can. The ranks say which learns fastest "
        "from its start, not which is best; only one has ImageNet weights."
    )
    if minutes < _WANTED_MINUTES:
        count = len(experiments())
        text += (
            f" {_WANTED_MINUTES:g} to 30 minutes were planned: for {count} runs {count * _WANTED_MINUTES / 60:.0f} "
            f"hours of a core and more, for which there was no time; these are {count * minutes / 60:.0f}."
        )
    return text


def missing(comparison: Comparison) -> list[str]:
    """Return the experiments that have no row yet."""
    done = {row["name"] for row in comparison.rows}
    return [one.name for one in experiments() if one.name not in done]


def compared_with_baseline(rows: Sequence[Row]) -> dict[str, tuple[float, float, float]]:
    """Return by row the mean difference to the baseline, p and q; nothing where there is no baseline."""
    baseline = next((row for row in rows if row["name"] == BASELINE), None)
    if baseline is None:
        return {}
    found = {}
    for row in rows:
        if row is not baseline:
            pairs = np.array([(row["dice"][case], baseline["dice"][case]) for case in baseline["dice"]])
            difference = pairs[:, 0] - pairs[:, 1]
            p = float(stats.wilcoxon(difference).pvalue) if np.any(difference) else 1.0
            found[row["name"]] = (float(difference.mean()), p)
    corrected = benjamini_hochberg([p for _, p in found.values()])
    return {name: (*pair, q) for (name, pair), q in zip(found.items(), corrected, strict=True)}


def _cells(row: Row, compared: Mapping[str, tuple[float, float, float]]) -> tuple[str, ...]:
    dice = summarize(list(row["dice"].values()))
    difference, p, q = compared.get(row["name"], (None, None, None))
    return (
        row["name"],
        f"{row['parameters'] / 1e6:.2f}",
        f"{row['onnx_mb']:.1f}",
        str(row["steps"]),
        f"{row['cpu_seconds'] / 60:.1f}",
        f"{row['cpu_ms_per_slice']:.0f}",
        str(row["peak_memory_mb"]),
        f"{dice['mean']:.3f}",
        f"{dice['low95']:.3f} to {dice['high95']:.3f}" if "low95" in dice else "-",
        f"{dice['median']:.3f}",
        shown(row["figures"]["pooled"]["dice"]),
        "" if difference is None else f"{difference:+.3f}",
        "" if p is None else _p(p),
        "" if q is None else _p(q),
    )


def way_cells(found: Mapping[str, Mapping[str, float | None]]) -> list[tuple[str, ...]]:
    """Return the figures of ``counting.figures`` by way of counting, in the order of ``WAY_COLUMNS``."""
    names = ("dice", "iou", "precision", "recall")
    return [
        (WAY_NAMES[way], *(shown(metrics[name]) for name in names), _percent(metrics["accuracy"]))
        for way, metrics in found.items()
    ]


def predictor_note(found: Row) -> str:
    """Say of an evaluation what predicted, and whether it had seen the patients."""
    return f"Predictor: {', '.join(found['predictor'])}. Patients seen in training: {found['seen_in_training']}."


def evaluation_note(split: str, found: Mapping[str, Any]) -> str:
    """Say of how many patients and slices the figures of an evaluation are, and give its matrices."""
    named = "" if split == "all" else f" ({split})"
    slices = found.get("slice_matrix")
    return (
        f"{found['patients']} patients, {found['slices']} slices{named}. Confusion matrix of pixels, rows the truth, "
        f"none first: {found['pixel_matrix']}" + (f"; of slices: {slices}." if slices else ".")
    )


def shown(value: Any) -> str:
    """Return three digits of a figure, or a dash where there is none."""
    return "-" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f} %"


def _p(p: float) -> str:
    return f"{p:.2f}" if p >= 0.0995 else f"{p:.2g}"
