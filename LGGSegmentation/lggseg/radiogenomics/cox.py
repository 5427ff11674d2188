"""Cox regression of survival on shape: alone, adjusted as far as the events allow, and penalised.

* D. R. Cox, Journal of the Royal Statistical Society B 34 (1972) 187-220; ties by Efron's method (``lifelines``).
* Proportional hazards: P. M. Grambsch, T. M. Therneau, Biometrika 81 (1994) 515-526, over the ranks of the times.
* C-index: F. E. Harrell et al., JAMA 247 (1982) 2543-2546; interval by bootstrap over patients.
* Events for each coefficient: E. Vittinghoff, C. E. McCulloch, American Journal of Epidemiology 165 (2007) 710-718.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lggseg.radiogenomics.effects import Effect
from lggseg.radiogenomics.endpoints import Endpoint
from lggseg.radiogenomics.optional import needed
from lggseg.radiogenomics.survival import EXTRA

FloatArray = npt.NDArray[np.float64]

EVENTS_A_COEFFICIENT = 8
"""Without a penalty a model has at most one coefficient for so many events."""
PENALTY = 0.1
"""Weight of the ridge penalty on standardised covariates, in lifelines' scale (of the mean log likelihood)."""
RESAMPLES = 500
SEED = 20190610
_TIME, _EVENT = "time", "event"


@dataclass(frozen=True)
class Coefficient:
    """One covariate of a model.

    Attributes:
        name: Covariate.
        ratio: Hazard ratio, of one standard deviation or of 1 against 0, with its 95 % interval.
        p: p value of Wald's test; None in a penalised model, where it would mean nothing.
        proportional_p: p value against proportional hazards; small is a warning.
    """

    name: str
    ratio: Effect
    p: float | None
    proportional_p: float | None


@dataclass(frozen=True)
class CoxModel:
    """A fitted model.

    Attributes:
        kind: ``alone``, ``adjusted`` or ``penalised``.
        n: Number of patients.
        events: Number of events.
        coefficients: The feature first.
        c_index: Harrell's C on the patients it was fitted on, with its 95 % interval; too good for more than one
            covariate.
        remark: Why there is no model; else empty.
    """

    kind: str
    n: int
    events: int
    coefficients: tuple[Coefficient, ...] = ()
    c_index: Effect | None = None
    remark: str = ""


def most_coefficients(events: int) -> int:
    """Return how many coefficients a model without penalty may have."""
    return max(1, events // EVENTS_A_COEFFICIENT)


def fit_cox(kind: str, endpoint: Endpoint, covariates: Mapping[str, Mapping[str, float]]) -> CoxModel:
    """Fit a Cox model over the patients who have everything.

    Args:
        kind: ``alone`` and ``adjusted`` are fitted without, ``penalised`` with a ridge penalty.
        endpoint: Times and events.
        covariates: Name to patient to value. What has more than two values is divided by its standard deviation.

    Raises:
        DependencyError: If lifelines is not installed.
    """
    lifelines = needed("lifelines", "lifelines", EXTRA)
    exceptions = needed("lifelines.exceptions", "lifelines", EXTRA)
    patients = [p for p in endpoint.times if all(p in values for values in covariates.values())]
    times, events = endpoint.arrays(patients)
    count = int(events.sum()) if patients else 0
    columns = {name: np.array([values[p] for p in patients]) for name, values in covariates.items()}
    remark = _why_not(columns, count)
    if remark:
        return CoxModel(kind, len(patients), count, remark=remark)
    frame = _frame(columns, times, events)
    model = lifelines.CoxPHFitter(penalizer=PENALTY if kind == "penalised" else 0.0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", exceptions.ConvergenceWarning)
            model.fit(frame, _TIME, _EVENT)
    except (exceptions.ConvergenceError, exceptions.ConvergenceWarning) as error:
        return CoxModel(kind, len(patients), count, remark=f"no estimate: {str(error).splitlines()[0]}")
    risk = frame[list(columns)].to_numpy() @ model.params_.to_numpy()
    return CoxModel(
        kind,
        len(patients),
        count,
        _coefficients(model, frame, list(columns), penalised=kind == "penalised"),
        c_index_of(risk, times, events),
    )


def _why_not(columns: Mapping[str, FloatArray], events: int) -> str:
    if events < 2:
        return f"expected at least two events, got {events}"
    flat = [name for name, values in columns.items() if np.ptp(values) == 0]
    return f"{', '.join(flat)} is the same for all patients" if flat else ""


def _frame(columns: Mapping[str, FloatArray], times: FloatArray, events: npt.NDArray[np.bool_]) -> Any:
    pandas = needed("pandas", "lifelines", EXTRA)
    scaled = {name: (v - v.mean()) / v.std() if len(np.unique(v)) > 2 else v for name, v in columns.items()}
    return pandas.DataFrame({**scaled, _TIME: times, _EVENT: events.astype(int)})


def _coefficients(model: Any, frame: Any, names: list[str], *, penalised: bool) -> tuple[Coefficient, ...]:
    statistics = needed("lifelines.statistics", "lifelines", EXTRA)
    summary = model.summary
    proportional = statistics.proportional_hazard_test(model, frame, time_transform="rank").summary["p"]
    return tuple(
        Coefficient(
            name,
            Effect(
                float(summary.loc[name, "exp(coef)"]),
                None if penalised else float(summary.loc[name, "exp(coef) lower 95%"]),
                None if penalised else float(summary.loc[name, "exp(coef) upper 95%"]),
            ),
            None if penalised else float(summary.loc[name, "p"]),
            float(proportional[name]),
        )
        for name in names
    )


def c_index_of(risk: FloatArray, times: FloatArray, events: npt.NDArray[np.bool_]) -> Effect | None:
    """Return Harrell's C of a risk, with a bootstrap interval.

    Args:
        risk: ``(n,)``, larger where the event is expected sooner.
        times: ``(n,)`` times.
        events: ``(n,)`` whether the event came.

    Returns:
        The index, or None where no two patients can be ordered.
    """
    value = concordance(risk, times, events)
    if value is None:
        return None
    generator = np.random.default_rng(SEED)
    drawn = [generator.integers(len(times), size=len(times)) for _ in range(RESAMPLES)]
    found = [c for part in drawn if (c := concordance(risk[part], times[part], events[part])) is not None]
    low, high = np.percentile(found, [2.5, 97.5]).tolist()
    return Effect(value, low, high)


def concordance(risk: FloatArray, times: FloatArray, events: npt.NDArray[np.bool_]) -> float | None:
    """Return the share of the pairs that can be ordered in which the higher risk came first; ties count half."""
    earlier = events[:, None] & ((times[:, None] < times) | ((times[:, None] == times) & ~events))
    pairs = int(np.count_nonzero(earlier))
    if not pairs:
        return None
    won = np.count_nonzero(earlier & (risk[:, None] > risk))
    tied = np.count_nonzero(earlier & (risk[:, None] == risk))
    return float((won + 0.5 * tied) / pairs)
