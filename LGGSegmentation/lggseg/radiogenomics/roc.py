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
    ranks = rankdata(np.concatenate([x, y]))
    # Share of the other group that each value beats.
    x_wins = (ranks[:m] - rankdata(x)) / n
    y_wins = 1 - (ranks[m:] - rankdata(y)) / m
    area = float(x_wins.mean())
    if m < 2 or n < 2 or not 0 < area < 1:
        return Auc(area, None, None)
    error = math.sqrt(float(x_wins.var(ddof=1)) / m + float(y_wins.var(ddof=1)) / n)
    if error == 0:
        return Auc(area, None, None)
    half = float(norm.ppf(0.5 + level / 2)) * error / (area * (1 - area))
    logit = math.log(area / (1 - area))
    return Auc(area, 1 / (1 + math.exp(half - logit)), 1 / (1 + math.exp(-half - logit)))
