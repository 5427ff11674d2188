"""Tumor or none: curves and figures of scores against the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Detection:
    """How well scores tell positives from negatives.

    Attributes:
        false_positive_rate: ROC, from (0, 0) to (1, 1).
        true_positive_rate: Likewise; it is the recall.
        precision: At the same thresholds.
        auc: Area under the ROC curve (trapezoids: ties count half).
        average_precision: Sum of precision times the gain in recall.
    """

    false_positive_rate: FloatArray
    true_positive_rate: FloatArray
    precision: FloatArray
    auc: float
    average_precision: float


def detection(truth: BoolArray, score: FloatArray) -> Detection | None:
    """Return the curves; None where all are positive or all negative, of which no curve can be drawn."""
    if truth.all() or not truth.any():
        return None
    order = np.argsort(-score, kind="stable")
    ranked, positive = score[order], truth[order]
    last = np.flatnonzero(np.append(np.diff(ranked) != 0, True))  # equal scores are passed together
    hits, called = np.cumsum(positive)[last], last + 1
    recall = np.concatenate([[0.0], hits / positive.sum()])
    wrong = np.concatenate([[0.0], (called - hits) / (~positive).sum()])
    precision = np.concatenate([[1.0], hits / called])
    area = float(np.trapezoid(recall, wrong))
    return Detection(wrong, recall, precision, area, float((np.diff(recall) * precision[1:]).sum()))


def confusion(truth: BoolArray, called: BoolArray) -> list[list[int]]:
    """Return ``[[none and none, none but called], [tumor but not called, tumor and called]]``."""
    return [[int(np.count_nonzero((truth == t) & (called == c))) for c in (False, True)] for t in (False, True)]


def classification_report(
    matrix: list[list[int]], names: tuple[str, str]
) -> list[tuple[str, float, float, float, int]]:
    """Return precision, recall, F1 and support of both classes of a confusion matrix, none first."""
    rows = []
    for index, name in enumerate(names):
        hit, support = matrix[index][index], sum(matrix[index])
        called = matrix[0][index] + matrix[1][index]
        precision = hit / called if called else float("nan")
        recall = hit / support if support else float("nan")
        f1 = 2 * hit / (called + support) if called + support else float("nan")
        rows.append((name, precision, recall, f1, support))
    return rows
