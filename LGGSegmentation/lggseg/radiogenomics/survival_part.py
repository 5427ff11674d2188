"""The part of a study on survival: which end points, which groups, which models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lggseg.cohort.tables import numbers
from lggseg.radiogenomics.analysis import joined
from lggseg.radiogenomics.correction import benjamini_hochberg
from lggseg.radiogenomics.covariates import Covariates, find_covariates
from lggseg.radiogenomics.cox import CoxModel, fit_cox, most_coefficients
from lggseg.radiogenomics.endpoints import Endpoint, find_endpoints, own_endpoint
from lggseg.radiogenomics.parts import Part, UnsuitedError
from lggseg.radiogenomics.power import smallest_hazard_ratio
from lggseg.radiogenomics.status import GROUP
from lggseg.radiogenomics.study import Material
from lggseg.radiogenomics.survival import Comparison, compare_groups
from lggseg.radiogenomics.survival_page import shown, survival_sections, survival_tests

FEATURES = ("bevr", "asd", "mf", "volume_ml")
"""Features whose quartiles and hazard ratios are shown."""
_SUBTYPES = ((GROUP, "IDH / 1p19q", ""), ("RNASeqCluster", "RNASeq cluster", "R"))
_QUARTILES = ("Q1 (lowest)", "Q2", "Q3", "Q4 (highest)")
_MOST_ADJUSTED = 3


@dataclass(frozen=True)
class OwnColumns:
    """The end point that the user named."""

    time: str
    event: str
    unit: str | None = None


@dataclass(frozen=True)
class FeatureModels:
    """The three models of one feature.

    Attributes:
        feature: Column of the feature file.
        alone: The feature alone.
        adjusted: With as many covariates as the events allow.
        penalised: With all covariates.
        q: ``alone``'s p value after Benjamini-Hochberg over the features of the end point.
    """

    feature: str
    alone: CoxModel
    adjusted: CoxModel
    penalised: CoxModel
    q: float | None = None


@dataclass(frozen=True)
class Survival:
    """All on one end point."""

    endpoint: Endpoint
    comparisons: tuple[Comparison, ...]
    models: tuple[FeatureModels, ...]
    smallest_ratio: float | None


def survival_part(material: Material, own: OwnColumns | None = None) -> Part:
    """Make the part on survival.

    Args:
        material: Features and clinical table.
        own: Columns to use instead of those found by their usual names.

    Raises:
        UnsuitedError: If no columns were named and none are found.
        InputError: If the columns named cannot be used.
        DependencyError: If lifelines is not installed.
    """
    patients = joined(material.features, material.clinical)
    reasons: list[str] = []
    if own is not None:
        endpoints = [own_endpoint(material.clinical, own.time, own.event, own.unit)]
    else:
        endpoints, reasons = find_endpoints(material.clinical)
    if not endpoints:
        msg = "; ".join(reasons) or "no table has a time and an event under a usual name: give --time and --event"
        raise UnsuitedError(msg)
    covariates = find_covariates(material.features, material.clinical)
    results = [_survival(material, _of(endpoint, patients), patients, covariates) for endpoint in endpoints]
    sections, figures = survival_sections(results, reasons)
    return Part(
        sections=tuple(sections),
        tests=tuple(row for result in results for row in survival_tests(result)),
        figures=figures,
        methods=_METHODS,
        packages=("lifelines",),
    )


_METHODS = (
    "Survival was estimated by Kaplan and Meier's method by quartile of each shape feature and by subtype, and "
    "compared with the log-rank test. Hazard ratios per standard deviation come from Cox regression (ties by Efron's "
    "method): of each feature alone, adjusted for as many covariates as there are eight events for each coefficient, "
    "three at most, and with a ridge penalty for all covariates. Proportional hazards were checked with scaled "
    "Schoenfeld residuals over ranks of time; Harrell's C has a bootstrap interval."
)


def _of(endpoint: Endpoint, patients: list[str]) -> Endpoint:
    """Return the end point of the patients with features alone."""
    times = {p: endpoint.times[p] for p in patients if p in endpoint.times}
    return replace(endpoint, times=times, events={p: endpoint.events[p] for p in times})


def _survival(material: Material, endpoint: Endpoint, patients: list[str], covariates: Covariates) -> Survival:
    values = {key: numbers(material.features, key, patients) for key in FEATURES if key in material.features.columns}
    groups = {f"quartiles of {shown(key)}": _quartiles(known) for key, known in values.items() if known}
    for column, title, prefix in _SUBTYPES:
        if column in material.clinical.columns:
            groups[title] = _by_entry(material, column, patients, prefix)
    comparisons = [compare_groups(title, endpoint, members) for title, members in groups.items()]
    corrected = iter(benjamini_hochberg([one.logrank_p for one in comparisons if one.logrank_p is not None]))
    comparisons = [replace(one, q=None if one.logrank_p is None else next(corrected)) for one in comparisons]
    models = [_models(key, known, endpoint, covariates) for key, known in values.items() if known]
    tested = [p for model in models if (p := _p(model)) is not None]
    adjusted = iter(benjamini_hochberg(tested))
    models = [replace(model, q=None if _p(model) is None else next(adjusted)) for model in models]
    return Survival(endpoint, tuple(comparisons), tuple(models), smallest_hazard_ratio(endpoint.count))


def _p(model: FeatureModels) -> float | None:
    return model.alone.coefficients[0].p if model.alone.coefficients else None


def _quartiles(values: Mapping[str, float]) -> dict[str, list[str]]:
    edges = np.percentile(list(values.values()), [25, 50, 75])
    groups: dict[str, list[str]] = {name: [] for name in _QUARTILES}
    for patient, value in values.items():
        groups[_QUARTILES[int(np.searchsorted(edges, value, side="left"))]].append(patient)
    return groups


def _by_entry(material: Material, column: str, patients: list[str], prefix: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for patient in patients:
        entry = material.clinical.rows[patient][column]
        if entry:
            groups.setdefault(f"{prefix}{entry}", []).append(patient)
    return dict(sorted(groups.items()))


def _models(key: str, values: Mapping[str, float], endpoint: Endpoint, covariates: Covariates) -> FeatureModels:
    name = key
    if key == "volume_ml":
        name, values = "log volume", covariates.values["log volume"]
    others = {other: known for other, known in covariates.values.items() if other != name}
    room = min(_MOST_ADJUSTED, most_coefficients(endpoint.count) - 1)
    few = dict(list(others.items())[:room])
    adjusted = fit_cox("adjusted", endpoint, {name: values, **few})
    if not few:
        adjusted = replace(adjusted, coefficients=(), c_index=None, remark="no covariate, or too few events for one")
    return FeatureModels(
        key,
        fit_cox("alone", endpoint, {name: values}),
        adjusted,
        fit_cox("penalised", endpoint, {name: values, **others}),
    )
