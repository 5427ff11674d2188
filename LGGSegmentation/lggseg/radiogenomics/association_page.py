"""The part of the report on groups: which feature differs between which groups, by how much, on how many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from lggseg.pages import html as pages
from lggseg.pages.plots import Box, box_plot
from lggseg.radiogenomics.analysis import Group, Result, Settings
from lggseg.radiogenomics.effects import Effect
from lggseg.radiogenomics.power import smallest_epsilon_squared
from lggseg.shape.registry import feature

_DASH = "\N{EN DASH}"


def association_sections(family: str, results: Sequence[Result], settings: Settings) -> list[str]:
    """Return the sections on one family of hypotheses as HTML."""
    tested = [result for result in results if result.groups]
    body = [pages.section(family, _association_table(results), _method_note(results, settings))]
    if tested:
        body += [
            pages.section(f"{family}: size of the differences", _size_table(tested), _size_note()),
            pages.section(f"{family}: distributions", _legend(tested), pages.panels(map(_plot, tested))),
            pages.section(
                f"{family}: one group against the rest", _auc_note(), pages.panels(map(_aucs, tested), wide=True)
            ),
            pages.section(f"{family}: counts behind the tests", _count_note(), pages.panels(map(_counts, tested))),
        ]
    return body


def _association_table(results: Sequence[Result]) -> str:
    published = any(result.hypothesis.bound for result in results)
    columns = ["Feature ~ groups", "Patients", "Fisher p", "Method", "Bonferroni", "Benjamini-Hochberg"]
    columns += ["Published", "Bound met?"] if published else []
    rows = []
    for result in results:
        fisher = result.fisher
        method = {"exact": "exact", "monte-carlo": f"±\N{NO-BREAK SPACE}{1.96 * fisher.error:.1g}", "none": _DASH}[
            fisher.method
        ]
        row = [
            escape(result.hypothesis.title),
            str(result.count) if result.groups else _DASH,
            pages.p_value(fisher.p, fisher.resolution, stressed=result.bound_met is not False),
            method,
            pages.p_value(result.bonferroni, stressed=result.bound_met is not False),
            pages.p_value(result.benjamini_hochberg, stressed=result.bound_met is not False),
        ]
        if published:
            bound = result.hypothesis.bound
            row += [
                f"p\N{NO-BREAK SPACE}&lt;\N{NO-BREAK SPACE}{bound:g}" if bound else "not stated",
                _BOUND[result.bound_met],
            ]
        rows.append([*row, escape("; ".join(filter(None, [result.untestable, *result.notes])))])
    return pages.table([*columns, "Remarks"], rows, words=[len(columns)])


_BOUND = {True: '<span class="met">met</span>', False: '<span class="missed">missed</span>', None: _DASH}


def _size_table(results: Sequence[Result]) -> str:
    columns = (
        "Feature ~ groups",
        "Kruskal-Wallis p",
        "Bonferroni",
        "Benjamini-Hochberg",
        "Epsilon squared (95 %)",
        "Smallest that could be seen",
        "With Bonferroni",
    )
    rows = [
        [
            escape(result.hypothesis.title),
            pages.p_value(result.kruskal_p),
            pages.p_value(result.kruskal_bonferroni),
            pages.p_value(result.kruskal_benjamini_hochberg),
            effect_text(result.epsilon),
            _number(smallest_epsilon_squared(result.count, len(result.groups))),
            _number(smallest_epsilon_squared(result.count, len(result.groups), alpha=0.05 / len(results))),
        ]
        for result in results
    ]
    return pages.table(columns, rows)


def _number(value: float | None) -> str:
    return _DASH if value is None else f"{value:.2f}"


def _size_note() -> str:
    return pages.paragraph(
        "Epsilon squared: share of the spread of the ranks that lies between the groups, 0 to 1, with a bootstrap "
        "interval; chance alone gives (groups - 1) / (patients - 1) on average. Smallest that could be seen: with this "
        "number of patients and groups, a true effect of that size is found in four of five studies at p < 0.05; a "
        "smaller one may well exist and be missed.",
        "note",
    )


def effect_text(effect: Effect | None, digits: int = 2) -> str:
    """Return an effect with its interval as HTML."""
    if effect is None:
        return _DASH
    if effect.low is None or effect.high is None:
        return _signed(effect.value, digits)
    low, high = _signed(effect.low, digits), _signed(effect.high, digits)
    return f"{_signed(effect.value, digits)} ({low}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{high})"


def _signed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _method_note(results: Sequence[Result], settings: Settings) -> str:
    text = (
        "Method: exact, all tables with these margins gone through; or ± half the 95 % interval of a Monte-Carlo "
        f"estimate from {settings.samples:,} tables (seed {settings.seed}, smallest possible p "
        f"{1 / (settings.samples + 1):.1e}). Bonferroni for {len(results)} hypotheses; Benjamini-Hochberg over "
        f"those tested. Quartiles are cut over {_SCOPE[settings.quartile_scope]}."
    )
    return pages.paragraph(text, "note")


_SCOPE = {"all": "all patients with the feature", "complete": "the patients with a group"}


def _legend(results: Sequence[Result]) -> str:
    measured_key = '<span class="key measured"></span>this run, one dot a patient'
    paper_key = '<span class="key paper"></span>quartiles read off the published Figure 3 (masks drawn by its network)'
    with_paper = any(result.hypothesis.published for result in results)
    return f'<p class="note">{measured_key}{paper_key if with_paper else ""}</p>'


def _plot(result: Result) -> str:
    one = result.hypothesis
    boxes = [Box(group.label, group.values, one.published.get(group.code)) for group in result.groups]
    return box_plot(one.title, feature(one.feature).label, boxes)


def figures_of(result: Result) -> dict[str, str]:
    """Return the plot of a tested hypothesis by the name of its file; nothing where it could not be tested."""
    one = result.hypothesis
    return {f"{one.feature}-{re.sub(r'[^A-Za-z0-9]+', '-', one.column)}": _plot(result)} if result.groups else {}


def _auc_note() -> str:
    return pages.paragraph(
        "Area under the ROC curve: the chance that a patient of the group has the larger value (for BEVR: of 1 / BEVR) "
        "than one of the rest; 0.5 is no difference. In brackets DeLong's 95 % interval. Cliff's delta is the same of "
        "the feature itself, from -1 (all below the rest) to 1 (all above). Paper: as published, on masks drawn by its "
        "network.",
        "note",
    )


def _aucs(result: Result) -> str:
    one = result.hypothesis
    columns = ["", "AUC (95 %)", "paper", "Cliff's delta (95 %)", "Median", "paper"]
    rows = []
    for group in result.groups:
        quartiles, auc = one.published.get(group.code), one.published_auc.get(group.code)
        rows.append(
            [
                escape(group.label),
                _auc_text(group),
                _DASH if auc is None else f"{auc:.2f}",
                effect_text(group.delta),
                f"{group.quartiles[1]:.3f}",
                f"{quartiles[1]:.3f}" if quartiles else _DASH,
            ]
        )
    kept = [0, 1, *([2] if one.published_auc else []), 3, 4, *([5] if one.published else [])]
    body = pages.table([columns[n] for n in kept], [[row[n] for n in kept] for row in rows])
    return f'<h3>{escape(one.title)}</h3><div class="numbers">{body}</div>'


def _auc_text(group: Group) -> str:
    if group.auc is None:
        return _DASH
    if group.auc.low is None or group.auc.high is None:
        return f"{group.auc.value:.2f}"
    return f"{group.auc.value:.2f} ({group.auc.low:.2f}{_DASH}{group.auc.high:.2f})"


def _count_note() -> str:
    return pages.paragraph(
        "Patients by quartile of the feature (Q1 holds the smallest values) and group: the tables that were tested.",
        "note",
    )


def _counts(result: Result) -> str:
    edges = ["", *(f"{edge:.3g}" for edge in result.edges), ""]
    rows = []
    for n in range(4):
        span = f"{edges[n]}{_DASH}{edges[n + 1]}" if 0 < n < 3 else (f"≤ {edges[1]}" if n == 0 else f"&gt; {edges[3]}")
        rows.append([f"Q{n + 1} ({span})", *(str(group.counts[n]) for group in result.groups)])
    rows.append(["All", *(str(len(group.values)) for group in result.groups)])
    names = ["Quartile", *(group.label for group in result.groups)]
    return f'<h3>{escape(result.hypothesis.title)}</h3><div class="numbers">{pages.table(names, rows)}</div>'
