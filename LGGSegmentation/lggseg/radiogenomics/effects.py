"""How large a difference between groups is, with an interval; a p value alone does not tell.

* Epsilon squared of the Kruskal-Wallis test, ``H / (n - 1)``: M. Tomczak, E. Tomczak, Trends in Sport Sciences 21
  (2014) 19-25. 0 is no difference, 1 is groups that do not overlap. It cannot be negative, so that chance alone
  gives ``(k - 1) / (n - 1)`` on average.
* Cliff's delta: N. Cliff, Psychological Bulletin 114 (1993) 494-509. ``2 AUC - 1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from lggseg.radiogenomics.roc import Auc

FloatArray = npt.NDArray[np.float64]

RESAMPLES = 2000
SEED = 20190610


@dataclass(frozen=True)
class Effect:
    """The size of an effect with its 95 % interval; None where there is none."""

    value: float
    low: float | None
    high: float | None


def epsilon_squared(groups: Sequence[FloatArray], *, resamples: int = RESAMPLES, seed: int = SEED) -> Effect | None:
    """Return epsilon squared of the Kruskal-Wallis test with a bootstrap interval.

    Args:
        groups: ``(n_g,)`` values of each group; at least two groups, not all values equal.
        resamples: Number of times patients are drawn with replacement inside their groups; the interval holds
            the middle 95 % of what comes.
        seed: Seed of the draw.

    Returns:
        The effect, or None where it is not defined.
    """
    sizes = np.array([len(group) for group in groups])
    values = np.concatenate(groups)
    if len(groups) < 2 or sizes.min() < 1 or np.ptp(values) == 0:
        return None
    value = float(_share(values[None], sizes)[0])
    if sizes.min() < 2:
        return Effect(value, None, None)
    generator = np.random.default_rng(seed)
    drawn = np.concatenate([generator.choice(group, (resamples, len(group))) for group in groups], axis=1)
    low, high = np.percentile(_share(drawn, sizes), [2.5, 97.5]).tolist()
    return Effect(value, low, high)


def _share(values: FloatArray, sizes: npt.NDArray[np.int_]) -> FloatArray:
    """Return ``H / (n - 1)`` of every row: the share of the spread of ranks that lies between the groups."""
    ranks = rankdata(values, axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    means = np.add.reduceat(ranks, starts, axis=1) / sizes
    grand = (ranks.shape[1] + 1) / 2
    between = (sizes * (means - grand) ** 2).sum(axis=1)
    whole = ((ranks - grand) ** 2).sum(axis=1)
    # With ties in it, H is this very ratio times n - 1.
    return np.asarray(np.divide(between, whole, out=np.zeros_like(between), where=whole > 0))


def cliffs_delta(area: Auc) -> Effect:
    """Return Cliff's delta from the area under the curve: 1 where all of a group are above the rest, -1 below."""
    low = None if area.low is None else 2 * area.low - 1
    high = None if area.high is None else 2 * area.high - 1
    return Effect(2 * area.value - 1, low, high)


def inverted(effect: Effect) -> Effect:
    """Return the effect seen from the other side: the sign of every number is turned."""
    low = None if effect.high is None else -effect.high
    high = None if effect.low is None else -effect.low
    return Effect(-effect.value, low, high)
