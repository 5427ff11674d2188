"""The comparison of all networks and choices on one page, beside what others have published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from lggseg.files import write_text
from lggseg.pages import html as pages
from lggseg.radiogenomics.correction import benjamini_hochberg
from lggseg_training.comparison import BUDGET_FILE, read_rows
from lggseg_training.counting import Counts, figures
from lggseg_training.experiments import BASELINE, experiments
from lggseg_training.reports.evaluation_figures import COUNTS_FILE, WAY_NAMES
from lggseg_training.reports.published import MATRIX, PUBLISHED, matrix_figures
from lggseg_training.scoring import summarize

PAGE = "comparison.html"

Row = dict[str, Any]

GROUPS = {
    "network": "Networks (2.5D, three sequences)",
    "view": "What the network sees: 2D and 2.5D, three sequences and FLAIR alone",
    "loss": "Losses, on the shipped network",
    "augmentation": "Augmentation, one group at a time, on the shipped network",
}
_COLUMNS = ("", "parameters (million)", "file (MB)", "steps", "CPU minutes", "CPU ms a slice", "memory (MB)",
            "mean Dice", "95 % interval", "median", "pooled Dice", "difference", "p", "q")  # fmt: skip
_PROVISIONAL_BELOW_MINUTES = 120.0


def write_comparison(folder: Path, evaluations: Sequence[Path]) -> Path:
    """Write comparison.html of the rows there are.

    Args:
        folder: Of training/compare.py.
        evaluations: Folders of training/evaluate.py, whose counts stand beside the published figures.
    """
    rows = read_rows(folder)
    budget = _budget(folder)
    compared = _compared(rows)
    body = [pages.paragraph(_budget_text(budget, rows))]
    for group, title in GROUPS.items():
        mine = [row for row in rows if row["group"] == group]
        if mine:
            body.append(pages.section(title, pages.table(_COLUMNS, [_cells(row, compared) for row in mine])))
    body += [_published_section(), _matrix_section(), *map(_evaluation_section, evaluations)]
    missing = [one.name for one in experiments() if one.name not in {row["name"] for row in rows}]
    if missing:
        body.append(pages.section("Not done yet", pages.paragraph(", ".join(missing))))
    lead = f"{len(rows)} of {len(experiments())} runs, each with the same budget, on the same patients."
    write_text(folder / PAGE, pages.page("Networks compared", lead, body))
    return folder / PAGE


def _budget(folder: Path) -> Row:
    file = folder / BUDGET_FILE
    content: Row = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return content


def _budget_text(budget: Row, rows: Sequence[Row]) -> str:
    patients = len(rows[0]["dice"]) if rows else 0
    minutes = budget.get("cpu_minutes", 0.0)
    text = (
        f"Budget of each run: {minutes:g} minutes of one core for its steps, whose number was fixed beforehand; "
        f"measured on the {patients} patients of fold {budget.get('fold', 0)}, at a threshold of .5, every piece kept. "
        f"Settings of all runs: {', '.join(budget.get('overrides', [])) or 'the defaults'}. "
        "Memory and time: ONNX Runtime, slices of 256 x 256; time is the sum over the cores. "
        f"p: Wilcoxon's signed rank test against {BASELINE}, patient by patient; q: after Benjamini and Hochberg, over "
        "all rows of the page."
    )
    if minutes < _PROVISIONAL_BELOW_MINUTES:
        text += (
            " PROVISIONAL: with so small a budget no network has learnt what it can. The ranks say which learns "
            "fastest from its start, not which is best; only one has ImageNet weights."
        )
    return text


def _compared(rows: Sequence[Row]) -> dict[str, tuple[float, float, float]]:
    """Return by row the mean difference to the baseline, p and q."""
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


def _cells(row: Row, compared: dict[str, tuple[float, float, float]]) -> tuple[str, ...]:
    dice = summarize(list(row["dice"].values()))
    interval = f"{dice['low95']:.3f} to {dice['high95']:.3f}" if "low95" in dice else "-"
    pooled = figures([counts_of(case) for case in row["slices"].values()])["pooled"]["dice"]
    difference, p, q = compared.get(row["name"], (None, None, None))
    return (
        escape(row["name"]),
        f"{row['parameters'] / 1e6:.2f}",
        f"{row['onnx_mb']:.1f}",
        str(row["steps"]),
        f"{row['cpu_seconds'] / 60:.1f}",
        f"{row['cpu_ms_per_slice']:.0f}",
        str(row["peak_memory_mb"]),
        f"{dice['mean']:.3f}",
        interval,
        f"{dice['median']:.3f}",
        f"{pooled:.3f}",
        "" if difference is None else f"{difference:+.3f}",
        "" if p is None else pages.p_value(p, stressed=False),
        "" if q is None else pages.p_value(q),
    )


def counts_of(parts: Sequence[Sequence[int]]) -> Counts:
    """Return the counts of a patient as a row keeps them: hit, extra, missed and clear pixels of each slice."""
    return Counts(*(np.asarray(part, dtype=np.int64) for part in parts))


def _published_section() -> str:
    rows = [tuple(map(escape, (one.what, one.figure, one.counted, one.split))) for one in PUBLISHED]
    note = (
        "With slices dealt at random, neighbours of every test slice are in the training set: such figures say how "
        "well a network fills gaps in patients it knows, and cannot be set against those of patients it does not know."
    )
    columns = ("what", "figure", "counted", "apart by")
    return pages.section("Published", pages.paragraph(note), pages.table(columns, rows, words=(0, 1, 2, 3)))


def _matrix_section() -> str:
    found = matrix_figures(MATRIX)
    text = (
        f"The confusion matrix {MATRIX} that was printed beside a Dice of .905, an IoU of .828 and an accuracy of "
        f"99.79 % gives, pooled, a Dice of {found['dice']:.3f}, an IoU of {found['iou']:.3f} and an accuracy of "
        f"{100 * found['accuracy']:.2f} %: it belongs to another count than the figures beside it."
    )
    return pages.section("A published matrix, counted again", pages.paragraph(text))


def _evaluation_section(folder: Path) -> str:
    """Show one of our evaluations in every way of counting."""
    content = json.loads((folder / COUNTS_FILE).read_text(encoding="utf-8"))
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    parts = []
    for split, found in content.items():
        rows = [
            (WAY_NAMES[way], *(_shown(metrics[name]) for name in ("dice", "iou", "precision", "recall")),
             f"{100 * metrics['accuracy']:.2f} %")
            for way, metrics in found["figures"].items()
        ]  # fmt: skip
        note = f"{found['patients']} patients, {found['slices']} slices ({split}). Pixels: {found['pixel_matrix']}."
        parts.append(pages.paragraph(note))
        parts.append(pages.table(("", "Dice", "IoU", "precision", "recall", "pixel accuracy"), rows))
    seen = f"Patients seen in training: {summary['seen_in_training']}."
    return pages.section(f"Ours, counted that way: {', '.join(summary['predictor'])}", pages.paragraph(seen), *parts)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
