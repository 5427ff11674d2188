"""The sections of the report on prediction, which begin with what cannot be concluded, and its rows of tests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from lggseg.pages import html as pages
from lggseg.pages.curves import calibration_plot, roc_plot
from lggseg.radiogenomics.association_page import effect_text
from lggseg.radiogenomics.chance import ENOUGH, Chance
from lggseg.radiogenomics.effects import Effect
from lggseg.radiogenomics.parts import TestRow
from lggseg.radiogenomics.prediction_results import BASELINE, Target
from lggseg.radiogenomics.roc import Auc, roc_curve

_DASH = "\N{EN DASH}"
_FEW = 20  # features that are named one by one
_SCHEMES = {"patients": "folds of patients", "institutions": "institution left out"}

CANNOT = (
    "What cannot be concluded: that shape on MRI tells the molecular status of a patient. These figures come from one "
    "cohort without an outside test; wide intervals, chance and differences between institutions are part of them, and "
    "none replaces testing tissue."
)
"""First line of the part."""


def prediction_sections(
    targets: Sequence[Target], columns: Mapping[str, Mapping[str, object]], unstable: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return the sections as HTML, and the figures by name as SVG."""
    figures: dict[str, str] = {}
    sections = [pages.section("Prediction of molecular status", _lead(), _sets(columns, unstable))]
    for target in targets:
        if target.reason:
            sections.append(pages.section(target.title, pages.paragraph(f"Not predicted: {target.reason}.")))
            continue
        slug = re.sub(r"[^a-z0-9]+", "-", f"{target.column}-{target.value}".lower())
        tested = {one.scheme for one in target.outcomes}
        plots = {f"roc-{slug}-{scheme}": _roc(target, scheme) for scheme in _SCHEMES if scheme in tested}
        plots |= {f"calibration-{slug}": _calibration(target)}
        figures |= plots
        body = [pages.paragraph(_size(target)), _table(target), pages.panels(plots.values()), _sites(target)]
        sections.append(pages.section(target.title, *body))
    tried = any(one.chance for target in targets for one in target.outcomes)
    note = _AREA_NOTE + (_CHANCE_NOTE if tried else _NO_CHANCE_NOTE) + _MORE_NOTE
    sections.append(pages.section("How to read the predictions", pages.paragraph(note, "note")))
    return sections, figures


def _lead() -> str:
    return f'<p class="banner">{escape(CANNOT)}</p>'


def _sets(columns: Mapping[str, Mapping[str, object]], unstable: Mapping[str, str]) -> str:
    left_out = [f"{name} ({why})" for name, why in unstable.items()]
    short = {name: list(members) for name, members in columns.items()}
    lines = [
        f"{name}: {', '.join(members)}" if len(members) <= _FEW else f"{name}: {len(members)} features"
        for name, members in short.items()
    ]
    if len(left_out) <= _FEW:
        return pages.items([*lines, *(f"left out as unstable: {line}" for line in left_out)])
    lid = f"<details><summary>{len(left_out)} features left out as unstable</summary>{pages.items(left_out)}</details>"
    return pages.items(lines) + lid


def _size(target: Target) -> str:
    sites = ", ".join(f"{site} {count}" for site, count in target.sites.items())
    return f"{target.positive} of {len(target.patients)} patients. Institutions: {sites}."


def _table(target: Target) -> str:
    columns = ("Features", "Model", "Tested by", "AUC (95 %)", "p against chance", "More than volume and age (95 %)",
               "Brier, to beat", "Calibration slope")  # fmt: skip
    rows = [
        [
            escape(one.features),
            one.model,
            _SCHEMES[one.scheme],
            auc_text(one.area),
            pages.p_value(one.chance.p, 1 / (one.chance.most + 1)) if one.chance else _DASH,
            effect_text(Effect(*one.gain[:3])) if one.gain else _DASH,
            f"{one.calibration.brier:.3f},\N{NO-BREAK SPACE}{one.calibration.brier_of_share:.3f}",
            _DASH if one.calibration.slope is None else f"{one.calibration.slope:.2f}",
        ]
        for one in target.outcomes
    ]
    return pages.table(columns, rows, words=(0, 1, 2))


def auc_text(area: Auc) -> str:
    """Return an area with its interval as HTML."""
    return effect_text(Effect(area.value, area.low, area.high))


def _roc(target: Target, scheme: str) -> str:
    shown = [one for one in target.outcomes if one.scheme == scheme and one.model == "logistic"]
    curves = [(f"{one.features}: {one.area.value:.2f}", *roc_curve(one.outcome, one.chances)) for one in shown]
    return roc_plot(target.title, f"logistic, {_SCHEMES[scheme]}", curves)


def _calibration(target: Target) -> str:
    one = next(o for o in target.outcomes if o.model == "logistic" and o.features != BASELINE)
    known = one.calibration
    return calibration_plot(
        f"{target.title}: calibration", f"logistic, {one.features}, fifths of the patients",
        known.predicted, known.seen, known.counts,
    )  # fmt: skip


def _sites(target: Target) -> str:
    shown = [one for one in target.outcomes if one.scheme == "institutions"]
    names = sorted({site for one in shown for site in one.sites})
    if not names:
        return pages.paragraph("No institution has five patients of both kinds: no area for one alone.", "note")
    rows = [
        [escape(one.features), one.model, *(auc_text(one.sites[n]) if n in one.sites else _DASH for n in names)]
        for one in shown
    ]
    return pages.table(("Left out, its own AUC", "Model", *names), rows)


_AREA_NOTE = (
    "AUC: chance that a patient with the status gets the larger prediction than one without, pooled over patients who "
    "were each predicted by models made without them; DeLong's interval, which does not hold the spread between other "
    "samples to train on. "
)
_CHANCE_NOTE = (
    "p against chance: the whole procedure with the status dealt out anew, compared with the mean "
    "area over repeats, which errs to the safe side; only with the logistic model, which was decided on beforehand, "
    "and only on features without volume and age. It ends early once ten repetitions did as well; tests.csv has their "
    "number. "
)
_NO_CHANCE_NOTE = (
    "p against chance was not asked for: --permutations 99 repeats the whole procedure so often at most with the "
    "status dealt out anew, some ten minutes of a processor for 90 patients. "
)
_MORE_NOTE = (
    "More than volume and age: difference of AUC to the same model on those two alone, with DeLong's interval; below "
    "0, shape made it worse. Brier: mean squared error, and what giving everybody the share of the whole has; smaller "
    "is better. Calibration slope: 1 is right, below it chances are too extreme. Many statuses, sets and models stand "
    "side by side: the best of them is too good."
)


def prediction_tests(targets: Sequence[Target]) -> list[TestRow]:
    """Return the results as rows of the file of all tests."""
    rows: list[TestRow] = []
    for target in targets:
        for one in target.outcomes:
            common: dict[str, object] = {
                "analysis": f"prediction, {one.model}, {_SCHEMES[one.scheme]}", "family": "prediction",
                "feature": one.features, "against": target.column, "level": target.value, "n": len(one.outcome),
            }  # fmt: skip
            rows.append({**common, **_area_row(one.area), "statistic": "AUC", **_chance_row(one.chance)})
            rows += [
                {**common, **_area_row(area), "statistic": "AUC", "note": f"institution {site} alone"}
                for site, area in one.sites.items()
            ]
            if one.gain:
                value, low, high, p = one.gain
                rows.append({**common, "statistic": "AUC less that of volume and age", "value": value, "low": low,
                             "high": high, "p": p})  # fmt: skip
            rows.append({**common, "statistic": "Brier score", "value": one.calibration.brier})
    return rows


def _chance_row(chance: Chance | None) -> dict[str, object]:
    if chance is None:
        return {}
    early = "" if chance.tries == chance.most else f" of at most {chance.most}; {ENOUGH} did as well, which ended it"
    return {"p": chance.p, "note": f"p against chance, {chance.tries} permutations{early}"}


def _area_row(area: Auc) -> dict[str, object]:
    return {"value": area.value, "low": area.low, "high": area.high}
