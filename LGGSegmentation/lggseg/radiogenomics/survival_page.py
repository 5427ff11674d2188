"""The sections of the report on survival, and its rows for the file of all tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from lggseg.pages import html as pages
from lggseg.pages.curves import ratio_plot, survival_plot
from lggseg.radiogenomics.association_page import effect_text
from lggseg.radiogenomics.cox import EVENTS_A_COEFFICIENT, CoxModel
from lggseg.radiogenomics.parts import TestRow
from lggseg.radiogenomics.survival import FEW_EVENTS, Comparison, Curve

if TYPE_CHECKING:
    from lggseg.radiogenomics.survival_part import FeatureModels, Survival

_DASH = "\N{EN DASH}"
_FEW = 0.05


def survival_sections(results: Sequence[Survival], reasons: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the sections as HTML, and the figures by name as SVG."""
    sections: list[str] = []
    figures: dict[str, str] = {}
    for result in results:
        endpoint = result.endpoint
        plots = {f"survival-{endpoint.key}-{_slug(one.title)}": _plot(one, endpoint.unit) for one in result.comparisons}
        forest = _forest(result)
        figures |= {**plots, **({f"hazard-{endpoint.key}": forest} if forest else {})}
        sections += [
            pages.section(endpoint.label, _data(result), pages.panels(plots.values(), wide=True), _curves(result)),
            pages.section(
                f"{endpoint.label}: hazard ratios",
                _models(result.models),
                _model_note(result),
                pages.panels([forest], wide=True) if forest else "",
                _covariates(result.models),
            ),
        ]
    if reasons:
        sections.append(pages.section("End points that could not be used", pages.items(reasons)))
    return sections, figures


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower())


def _data(result: Survival) -> str:
    endpoint = result.endpoint
    lines = [
        f"{len(endpoint.times)} patients with features, {endpoint.count} events; from {endpoint.source}.",
        "Times run from where the table has them begin, for public tables the diagnosis, not the scan.",
        *endpoint.notes,
    ]
    return pages.items(lines)


def _plot(comparison: Comparison, unit: str) -> str:
    p = comparison.logrank_p
    words = "" if p is None else f"log-rank p = {p:.2g}"
    return survival_plot(f"By {comparison.title}", words, unit, [curve.steps for curve in comparison.curves])


def _curves(result: Survival) -> str:
    columns = ("Groups", "Group", "Patients", "Events", "Median (95 %)", "Log-rank p", "Benjamini-Hochberg", "Remarks")
    rows = [
        [
            escape(comparison.title),
            escape(curve.label),
            str(curve.n),
            str(curve.events),
            _median(curve),
            pages.p_value(comparison.logrank_p),
            pages.p_value(comparison.q),
            f"fewer than {FEW_EVENTS} events: unreliable" if curve.events < FEW_EVENTS else "",
        ]
        for comparison in result.comparisons
        for curve in comparison.curves
    ]
    unit = "months" if result.endpoint.unit == "months" else f"the unit of {result.endpoint.unit}"
    return pages.table(columns, rows, words=(1, 7)) + pages.paragraph(
        f"Medians in {unit}; a dash where the curve, or the bound, does not come down to one half; without an interval "
        f"where there are fewer than {FEW_EVENTS} events.",
        "note",
    )


def _median(curve: Curve) -> str:
    low, high = (f"{bound:.1f}" if bound is not None else _DASH for bound in (curve.median_low, curve.median_high))
    if curve.median is None:
        return _DASH
    # With so few events the interval may shrink to a point, which looks like certainty.
    if curve.events < FEW_EVENTS:
        return f"{curve.median:.1f}"
    return f"{curve.median:.1f} ({low}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{high})"


def _models(models: Sequence[FeatureModels]) -> str:
    columns = ("Feature", "Model", "Patients", "Events", "Hazard ratio (95 %)", "p", "Benjamini-Hochberg",
               "Proportional hazards p", "C (95 %)", "Remarks")  # fmt: skip
    rows = []
    for one in models:
        for model in (one.alone, one.adjusted, one.penalised):
            first = model.coefficients[0] if model.coefficients else None
            rows.append(
                [
                    escape(_name(one.feature)),
                    escape(_kind(model)),
                    str(model.n),
                    str(model.events),
                    effect_text(first.ratio if first else None),
                    pages.p_value(first.p if first else None),
                    pages.p_value(one.q if model is one.alone else None),
                    _warned(first.proportional_p if first else None),
                    effect_text(model.c_index),
                    escape(model.remark),
                ]
            )
    kept = len(columns) if any(row[-1] for row in rows) else len(columns) - 1
    return pages.table(columns[:kept], [row[:kept] for row in rows], words=(1, 9))


def shown(feature: str) -> str:
    """Return the short name of a feature for people."""
    return "volume" if feature == "volume_ml" else feature.upper()


def _name(feature: str) -> str:
    return "log volume" if feature == "volume_ml" else shown(feature)


def _kind(model: CoxModel) -> str:
    others = ", ".join(one.name for one in model.coefficients[1:])
    return f"{model.kind} for {others}" if others and model.kind == "adjusted" else model.kind


def _warned(p: float | None) -> str:
    """Write the p value of a check, of which a small one is bad news."""
    if p is None:
        return _DASH
    text = pages.p_value(p, stressed=False)
    return f'<span class="missed">{text}</span>' if p < _FEW else text


def _model_note(result: Survival) -> str:
    ratio = result.smallest_ratio
    seen = "" if ratio is None else (
        f" With {result.endpoint.count} events a true hazard ratio of {ratio:.2f} (or {1 / ratio:.2f}) per standard "
        "deviation is found in four of five studies at p < 0.05; a weaker one may well exist and be missed."
    )  # fmt: skip
    return pages.paragraph(
        "Hazard ratio per standard deviation of the feature, higher value against lower. Adjusted: one coefficient for "
        f"every {EVENTS_A_COEFFICIENT} events, three covariates at most. Penalised: all covariates with a ridge "
        "penalty; its ratios are drawn towards 1 on purpose and have no honest interval or p value. A small p against "
        "proportional hazards says that the ratio changes over time. C is measured on the patients that the model was "
        f"fitted on and is too good for models of several covariates.{seen}",
        "note",
    )


def _forest(result: Survival) -> str:
    rows = []
    for one in result.models:
        for model in (one.alone, one.adjusted):
            first = model.coefficients[0] if model.coefficients else None
            if first and first.ratio.low is not None and first.ratio.high is not None:
                label = f"{_name(one.feature)}, {model.kind}"
                rows.append((label, first.ratio.value, first.ratio.low, first.ratio.high))
    title = f"{result.endpoint.label}: hazard ratio per standard deviation"
    return ratio_plot(title, "left of 1: longer with a higher value", rows) if rows else ""


def _covariates(models: Sequence[FeatureModels]) -> str:
    """Return every coefficient of the models with several, behind a lid."""
    columns = ("Feature", "Model", "Covariate", "Hazard ratio (95 %)", "p", "Proportional hazards p")
    rows = [
        [
            escape(_name(one.feature)), model.kind, escape(_name(one.feature) if not n else coefficient.name),
            effect_text(coefficient.ratio),
            pages.p_value(coefficient.p), _warned(coefficient.proportional_p),
        ]
        for one in models
        for model in (one.adjusted, one.penalised)
        for n, coefficient in enumerate(model.coefficients)
    ]  # fmt: skip
    return f"<details><summary>All coefficients</summary>{pages.table(columns, rows, words=(1, 2))}</details>"


def survival_tests(result: Survival) -> list[TestRow]:
    """Return the tests as rows of the file of all tests."""
    family = result.endpoint.label
    rows: list[TestRow] = [
        {
            "analysis": "log-rank", "family": family, "against": one.title, "n": sum(c.n for c in one.curves),
            "events": sum(c.events for c in one.curves), "statistic": "chi squared", "value": one.statistic,
            "p": one.logrank_p, "q_benjamini_hochberg": one.q,
        }
        for one in result.comparisons
    ]  # fmt: skip
    for one in result.models:
        for model in (one.alone, one.adjusted, one.penalised):
            common: dict[str, object] = {"family": family, "feature": one.feature, "n": model.n, "events": model.events}
            rows += [
                {
                    **common, "analysis": f"Cox, {model.kind}", "against": coefficient.name,
                    "statistic": "hazard ratio", "value": coefficient.ratio.value,
                    "low": coefficient.ratio.low, "high": coefficient.ratio.high,
                    "p": coefficient.p,
                    "q_benjamini_hochberg": one.q if model is one.alone else None,
                    "note": f"proportional hazards p {coefficient.proportional_p:.3g}",
                }
                for coefficient in model.coefficients
            ]  # fmt: skip
            if model.c_index:
                c = model.c_index
                rows.append({**common, "analysis": f"Cox, {model.kind}", "statistic": "C index", "value": c.value,
                             "low": c.low, "high": c.high})  # fmt: skip
    return rows
