"""Survival by group: Kaplan-Meier curves with numbers at risk, medians, and the log-rank test.

* E. L. Kaplan, P. Meier, Journal of the American Statistical Association 53 (1958) 457-481; intervals by the
  exponential Greenwood formula, as ``lifelines`` has them.
* R. Peto, J. Peto, Journal of the Royal Statistical Society A 135 (1972) 185-206 (log-rank).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lggseg.pages.curves import Steps
from lggseg.radiogenomics.endpoints import Endpoint
from lggseg.radiogenomics.optional import needed

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

EXTRA = "survival"
FEW_EVENTS = 5
"""A group with fewer events than this has an unreliable median and is marked."""


@dataclass(frozen=True)
class Curve:
    """Kaplan-Meier estimate of one group.

    Attributes:
        label: Name of the group.
        n: Number of patients.
        events: Number of events.
        median: Time at which half have had the event; None where the curve does not come that far.
        median_low: Lower bound of its 95 % interval; None where there is none.
        median_high: Upper bound.
        steps: The curve, for the plot.
    """

    label: str
    n: int
    events: int
    median: float | None
    median_low: float | None
    median_high: float | None
    steps: Steps


@dataclass(frozen=True)
class Comparison:
    """Survival of groups side by side.

    Attributes:
        title: What makes the groups.
        curves: One a group.
        logrank_p: p value of the log-rank test between all groups; None with fewer than two.
        statistic: Its chi-squared statistic.
        q: ``logrank_p`` after Benjamini-Hochberg over the comparisons of the end point.
    """

    title: str
    curves: tuple[Curve, ...]
    logrank_p: float | None
    statistic: float | None
    q: float | None = None


def compare_groups(title: str, endpoint: Endpoint, groups: Mapping[str, list[str]]) -> Comparison:
    """Compare the survival of groups of patients.

    Args:
        title: What makes the groups.
        endpoint: Times and events; patients without are left out.
        groups: Label to patients, in the order wanted; empty groups are left out.

    Raises:
        DependencyError: If lifelines is not installed.
    """
    followed = {label: [p for p in members if p in endpoint.times] for label, members in groups.items()}
    followed = {label: members for label, members in followed.items() if members}
    curves = tuple(kaplan_meier(label, *endpoint.arrays(members)) for label, members in followed.items())
    if len(followed) < 2:
        return Comparison(title, curves, None, None)
    statistics = needed("lifelines.statistics", "lifelines", EXTRA)
    times, events = endpoint.arrays([p for members in followed.values() for p in members])
    labels = [label for label, members in followed.items() for _ in members]
    test = statistics.multivariate_logrank_test(times, labels, events)
    return Comparison(title, curves, float(test.p_value), float(test.test_statistic))


def kaplan_meier(label: str, times: FloatArray, events: BoolArray) -> Curve:
    """Estimate the survival of one group.

    Args:
        label: Name of the group.
        times: ``(n,)`` times, at least one.
        events: ``(n,)`` whether the event came.

    Raises:
        DependencyError: If lifelines is not installed.
    """
    lifelines = needed("lifelines", "lifelines", EXTRA)
    utils = needed("lifelines.utils", "lifelines", EXTRA)
    fit = lifelines.KaplanMeierFitter().fit(times, events)
    bounds = fit.confidence_interval_
    low, high = bounds.iloc[:, 0], bounds.iloc[:, 1]
    interval = utils.median_survival_times(bounds).to_numpy().ravel()
    steps = Steps(
        label=label,
        times=fit.survival_function_.index.to_numpy(dtype=np.float64),
        survival=fit.survival_function_.to_numpy(dtype=np.float64).ravel(),
        low=low.fillna(1.0).to_numpy(dtype=np.float64),
        high=high.fillna(1.0).to_numpy(dtype=np.float64),
        censored=np.sort(times[~events]),
        at_risk=lambda time: int(np.count_nonzero(times >= time)),
    )
    return Curve(
        label,
        len(times),
        int(events.sum()),
        _finite(fit.median_survival_time_),
        _finite(interval[0]),
        _finite(interval[1]),
        steps,
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
