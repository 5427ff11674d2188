"""Area under the ROC curve with its interval by DeLong's method.

* E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988) 837-845.
* X. Sun, W. Xu, IEEE Signal Processing Letters 21 (2014) 1389-1393 (the same from ranks).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata


@dataclass(frozen=True)
class Auc:
    """Area under the curve; low and high bound its 95 % interval, None where there is no spread to judge by."""

    value: float
    low: float | None
    high: float | None


def auc_of(inside: npt.ArrayLike, outside: npt.ArrayLike, level: float = 0.95) -> Auc | None:
    """Return the chance that a value from one group is above one from the rest, ties counted half.

    The interval is DeLong's variance on the logit scale, which keeps it between 0 and 1.

    Args:
        inside: ``(m,)`` values of the group.
        outside: ``(n,)`` values of the rest.
        level: Coverage of the interval.

    Returns:
        The area, or None where a group is empty.
    """
    x, y = np.asarray(inside, dtype=np.float64), np.asarray(outside, dtype=np.float64)
    m, n = len(x), len(y)
    if m == 0 or n == 0:
        return None
    # Share of the other group that each value beats.
    x_wins, y_wins = _wins(np.concatenate([x, y]), np.arange(m + n) < m)
    area = float(x_wins.mean())
    if m < 2 or n < 2 or not 0 < area < 1:
        return Auc(area, None, None)
    error = math.sqrt(float(x_wins.var(ddof=1)) / m + float(y_wins.var(ddof=1)) / n)
    if error == 0:
        return Auc(area, None, None)
    half = float(norm.ppf(0.5 + level / 2)) * error / (area * (1 - area))
    logit = math.log(area / (1 - area))
    return Auc(area, 1 / (1 + math.exp(half - logit)), 1 / (1 + math.exp(-half - logit)))


def auc_difference(
    outcome: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike
) -> tuple[float, float, float, float]:
    """Compare the areas of two scores of the same patients, by DeLong's method for correlated curves.

    Args:
        outcome: ``(n,)`` whether a patient is of the group; both kinds at least twice.
        first: ``(n,)`` score, larger for the group.
        second: ``(n,)`` another.

    Returns:
        First less second, the bounds of its 95 % interval, and the two-sided p value; 1 where nothing differs.
    """
    inside = np.asarray(outcome, dtype=bool)
    wins = [_wins(np.asarray(score, dtype=np.float64), inside) for score in (first, second)]
    of_group, of_rest = wins[0][0] - wins[1][0], wins[0][1] - wins[1][1]
    difference = float(of_group.mean())
    error = math.sqrt(float(of_group.var(ddof=1)) / len(of_group) + float(of_rest.var(ddof=1)) / len(of_rest))
    if error == 0:
        return difference, difference, difference, 1.0 if difference == 0 else 0.0
    half = float(norm.ppf(0.975)) * error
    return difference, difference - half, difference + half, float(2 * norm.sf(abs(difference) / error))


def _wins(score: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float64], ...]:
    """Return for each patient of the group, and for each of the rest, the share of the others that is ordered right."""
    x, y = score[inside], score[~inside]
    ranks = rankdata(np.concatenate([x, y]))
    return (ranks[: len(x)] - rankdata(x)) / len(y), 1 - (ranks[len(x) :] - rankdata(y)) / len(x)


def roc_curve(outcome: npt.ArrayLike, score: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return false and true positive rates as the limit falls, from (0, 0) to (1, 1); equal scores are one step."""
    inside, values = np.asarray(outcome, dtype=bool), np.asarray(score, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    last = np.append(np.flatnonzero(np.diff(values[order])), len(order) - 1)
    true, false = np.cumsum(inside[order])[last], np.cumsum(~inside[order])[last]
    return np.concatenate([[0.0], false / (~inside).sum()]), np.concatenate([[0.0], true / inside.sum()])
