"""Corrections of p values for the number of tests."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import false_discovery_control


def bonferroni(values: Sequence[float], family: int) -> list[float]:
    """Multiply by the number of hypotheses in the family, at most 1."""
    return [min(1.0, value * family) for value in values]


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """Return adjusted p values that bound the false discovery rate.

    Y. Benjamini, Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300:
    ``q_(i) = min over j >= i of n * p_(j) / j``.
    """
    return [float(value) for value in false_discovery_control(values)] if values else []
