"""Logistic regression, small enough to be read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import optimize

FloatArray = npt.NDArray[np.float64]


def sigmoid(logits: npt.ArrayLike) -> FloatArray:
    """Return the probability of logits."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))))


def fit_logistic(x: npt.ArrayLike, y: npt.ArrayLike, ridge: float) -> tuple[float, FloatArray]:
    """Fit by least cross-entropy, with a ridge on the standardised columns.

    Args:
        x: ``(n, m)`` what is known.
        y: ``(n,)`` between 0 and 1: no and yes, or a share such as a Dice.
        ridge: Weight of the squared slopes.

    Returns:
        Intercept and slopes ``(m,)``, for ``x`` as it came.
    """
    known, target = np.asarray(x, np.float64), np.asarray(y, np.float64)
    middle, spread = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-6)
    design = np.column_stack([np.ones(len(known)), (known - middle) / spread])

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        logits = design @ weights
        pull = np.concatenate([[0.0], ridge * weights[1:]])
        cost = float((np.logaddexp(0, logits) - target * logits).mean() + 0.5 * pull @ weights)
        return cost, design.T @ (sigmoid(logits) - target) / len(target) + pull

    weights = optimize.minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B").x
    slopes = weights[1:] / spread
    return float(weights[0] - slopes @ middle), slopes
