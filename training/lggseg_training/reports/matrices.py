"""Confusion matrices, and ROC and precision-recall curves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lggseg_training.detection import Detection
from lggseg_training.reports.figures import INK, SOFT, plt, save

_CLASSES = ("no tumor", "tumor")


def draw_matrices(matrices: Mapping[str, list[list[int]]], picture: Path) -> None:
    """Draw confusion matrices side by side: counts, and the share of each true class in colour and in words."""
    figure, axes = plt.subplots(1, len(matrices), figsize=(4.2 * len(matrices), 3.8), layout="constrained")
    for axis, (name, matrix) in zip(np.atleast_1d(axes), matrices.items(), strict=True):
        counts = np.array(matrix)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), value in np.ndenumerate(counts):
            color = "white" if shares[row, column] > 0.6 else "black"
            text = f"{value:,}\n{100 * shares[row, column]:.2f} %".replace(",", " ")
            axis.text(column, row, text, ha="center", va="center", color=color, fontsize=9)
        axis.set(xticks=(0, 1), yticks=(0, 1), xticklabels=_CLASSES, yticklabels=_CLASSES)
        axis.set(xlabel="predicted", ylabel="true", title=name)
    save(figure, picture)


def draw_curves(found: Detection, picture: Path) -> None:
    """Draw the ROC and the precision-recall curve."""
    figure, (roc, precision) = plt.subplots(1, 2, figsize=(8.4, 4), layout="constrained")
    roc.plot((0, 1), (0, 1), color=SOFT, linewidth=0.8, linestyle="--")
    roc.plot(found.false_positive_rate, found.true_positive_rate, color=INK)
    roc.set(xlabel="false positive rate", ylabel="true positive rate", title=f"ROC, area {found.auc:.3f}")
    precision.plot(found.true_positive_rate, found.precision, color=INK)
    title = f"precision and recall, average {found.average_precision:.3f}"
    precision.set(xlabel="recall", ylabel="precision", ylim=(0, 1.03), title=title)
    for axis in (roc, precision):
        axis.grid(alpha=0.25)
    save(figure, picture)
