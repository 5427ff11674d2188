"""Does a difference between groups remain when volume, age and institution are held fixed?

Analysis of covariance on the ranks of the feature (W. J. Conover, R. L. Iman, Biometrics 38 (1982) 715-724): the
F test of the groups given the covariates. Its p value is checked by permutation of the residuals of the model without
groups (D. Freedman, D. Lane, Journal of Business and Economic Statistics 1 (1983) 292-298). The interval of partial
eta squared inverts the noncentral F distribution (M. Smithson, Confidence Intervals, Sage 2003).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import f as f_distribution
from scipy.stats import ncf, rankdata

from lggseg.radiogenomics.effects import Effect

FloatArray = npt.NDArray[np.float64]

PERMUTATIONS = 9999
SEED = 20190610


@dataclass(frozen=True)
class GroupTest:
    """F test of the groups given covariates.

    Attributes:
        p: p value of the F test.
        effect: Partial eta squared, 0 to 1, with its 95 % interval.
        permutation_p: p value by permutation; None where it was not asked for.
    """

    p: float
    effect: Effect
    permutation_p: float | None = None


def groups_given(
    values: FloatArray,
    groups: Sequence[str],
    covariates: Mapping[str, Sequence[float] | Sequence[str]],
    *,
    permutations: int = 0,
) -> GroupTest | str:
    """Test whether groups differ in a feature, given covariates.

    Args:
        values: ``(n,)`` feature values; their ranks are analysed.
        groups: Group of each patient.
        covariates: Name to a number or a word for each patient; words are groups themselves.
        permutations: Number of permutations for the second p value; 0 for none.

    Returns:
        The test, or in words why there is none: too few patients, or groups that the covariates tell completely.
    """
    outcome = rankdata(values)
    small = np.column_stack([np.ones(len(outcome)), *(_columns(known) for known in covariates.values())])
    small = _independent(small)
    large = _independent(np.column_stack([small, _columns(groups)]))
    between, within = large.shape[1] - small.shape[1], len(outcome) - large.shape[1]
    if between < 1:
        return "the covariates tell the groups completely"
    if within < 5:
        return f"{len(outcome)} patients are too few for {large.shape[1]} coefficients"
    statistic = _f(outcome[:, None], small, large)[0]
    permuted = _permutation_p(outcome, small, large, permutations) if permutations else None
    return GroupTest(
        float(f_distribution.sf(statistic, between, within)), _partial_eta(statistic, between, within), permuted
    )


def _columns(known: Sequence[float] | Sequence[str]) -> FloatArray:
    """Return ``(n, m)`` columns of a design: a number as it is, words as one indicator each but the first."""
    if all(isinstance(value, str) for value in known):
        names = sorted({str(value) for value in known})
        return np.array([[float(value == name) for name in names[1:]] for value in known]).reshape(len(known), -1)
    numbers = np.asarray(known, dtype=np.float64)
    spread = float(numbers.std()) or 1.0
    return np.asarray((numbers - numbers.mean()) / spread)[:, None]


def _independent(design: FloatArray) -> FloatArray:
    """Leave out columns that those before them already span."""
    kept: list[int] = []
    for n in range(design.shape[1]):
        if np.linalg.matrix_rank(design[:, [*kept, n]]) > len(kept):
            kept.append(n)
    return design[:, kept]


def _f(outcomes: FloatArray, small: FloatArray, large: FloatArray) -> FloatArray:
    """Return the F statistic of each of the ``(n, m)`` outcomes, columns."""
    rest_small, rest_large = (_residual_squares(outcomes, design) for design in (small, large))
    between, within = large.shape[1] - small.shape[1], len(outcomes) - large.shape[1]
    return np.asarray(((rest_small - rest_large) / between) / (rest_large / within))


def _residual_squares(outcomes: FloatArray, design: FloatArray) -> FloatArray:
    basis = np.linalg.qr(design)[0]
    return np.asarray((outcomes**2).sum(axis=0) - ((basis.T @ outcomes) ** 2).sum(axis=0))


def _permutation_p(outcome: FloatArray, small: FloatArray, large: FloatArray, permutations: int) -> float:
    basis = np.linalg.qr(small)[0]
    fitted = basis @ (basis.T @ outcome)
    residuals = outcome - fitted
    generator = np.random.default_rng(SEED)
    shuffled = generator.permuted(np.tile(residuals[:, None], permutations), axis=0)
    observed = _f(outcome[:, None], small, large)[0]
    hits = np.count_nonzero(_f(fitted[:, None] + shuffled, small, large) >= observed * (1 - 1e-9))
    return float((hits + 1) / (permutations + 1))


def _partial_eta(statistic: float, between: int, within: int) -> Effect:
    """Return partial eta squared of an F statistic with its interval."""
    low, high = (_noncentrality(statistic, between, within, level) for level in (0.975, 0.025))
    whole = between + within + 1
    value = between * statistic / (between * statistic + within)
    return Effect(value, low / (low + whole), high / (high + whole))


def _noncentrality(statistic: float, between: int, within: int, level: float) -> float:
    """Return the noncentrality at which the statistic is the given quantile; 0 where none is."""

    def off(noncentrality: float) -> float:
        return float(ncf.cdf(statistic, between, within, noncentrality)) - level

    if float(f_distribution.cdf(statistic, between, within)) <= level:
        return 0.0
    top = 10.0
    while off(top) > 0:
        top *= 2
    return float(brentq(off, 1e-9, top))
