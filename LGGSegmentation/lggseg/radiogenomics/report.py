"""The report of an association run: a page for people, CSV and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from lggseg import __version__
from lggseg.cohort.tables import Table, csv_text
from lggseg.files import write_text
from lggseg.notice import RESEARCH_USE
from lggseg.pages import html as pages
from lggseg.pages.plots import Box, box_plot
from lggseg.radiogenomics.analysis import Group, Result, Settings, measured
from lggseg.shape.registry import feature

PAPER = (
    "M. Buda, A. Saha, M. A. Mazurowski: Association of genomic subtypes of lower-grade gliomas with shape features "
    "automatically extracted by a deep learning algorithm. Computers in Biology and Medicine 109 (2019) 218-225, "
    "arXiv:1906.03720"
)
_DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Run:
    """An association run.

    Attributes:
        features: Feature file.
        clinical: Clinical table.
        families: Title of a family of hypotheses to its results, in the order of the report.
        settings: How the tests were made.
    """

    features: Table
    clinical: Table
    families: dict[str, list[Result]]
    settings: Settings


def write_report(run: Run, folder: Path) -> list[Path]:
    """Write ``report.html``, ``associations.csv``, ``groups.csv`` and ``radiogenomics.json``.

    Raises:
        OutputError: If a file cannot be written.
    """
    results = [(family, result) for family, members in run.families.items() for result in members]
    files = {
        "report.html": report_page(run),
        "associations.csv": csv_text(_ASSOCIATION, [association(family, result) for family, result in results]),
        "groups.csv": csv_text(_GROUP, [line for _, result in results for line in group_lines(result)]),
        "radiogenomics.json": json.dumps(as_json(run), indent=2) + "\n",
    }
    for name, text in files.items():
        write_text(folder / name, text)
    return [folder / name for name in files]


_ASSOCIATION = (
    "family", "feature", "column", "n", "groups", "fisher_p", "fisher_method", "fisher_samples", "fisher_error",
    "bonferroni_p", "benjamini_hochberg_q", "kruskal_wallis_p", "published_bound", "untestable", "notes",
)  # fmt: skip
_GROUP = (
    "feature", "column", "group", "n", "first_quartile", "median", "third_quartile", "count_q1", "count_q2", "count_q3",
    "count_q4", "auc", "auc_low", "auc_high", "auc_of", "published_first_quartile", "published_median",
    "published_third_quartile", "published_auc",
)  # fmt: skip


def association(family: str, result: Result) -> dict[str, object]:
    """Return one hypothesis as a row."""
    one, fisher = result.hypothesis, result.fisher
    values = (
        family, one.feature, one.column, result.count, len(result.groups), fisher.p, fisher.method, fisher.samples,
        fisher.error, result.bonferroni, result.benjamini_hochberg, result.kruskal_p, one.bound, result.untestable,
        "; ".join(result.notes),
    )  # fmt: skip
    return dict(zip(_ASSOCIATION, values, strict=True))


def group_lines(result: Result) -> list[dict[str, object]]:
    """Return the groups of one hypothesis as rows."""
    one = result.hypothesis
    auc_of = f"1/{one.feature}" if one.inverse else one.feature
    lines = []
    for group in result.groups:
        published = one.published.get(group.code, (None, None, None))
        auc = group.auc
        values = (
            one.feature, one.column, group.label, len(group.values), *group.quartiles, *group.counts,
            auc and auc.value, auc and auc.low, auc and auc.high, auc_of, *published, one.published_auc.get(group.code),
        )  # fmt: skip
        lines.append(dict(zip(_GROUP, values, strict=True)))
    return lines


def as_json(run: Run) -> dict[str, object]:
    """Return the whole run as plain values."""
    return {
        "lggseg": __version__,
        "research_use_only": RESEARCH_USE,
        "features": run.features.path.name,
        "table": run.clinical.path.name,
        "samples": run.settings.samples,
        "seed": run.settings.seed,
        "quartile_scope": run.settings.quartile_scope,
        "paper": PAPER,
        "not_joined": _not_joined(run),
        "associations": [
            {**association(family, result), "quartile_edges": list(result.edges), "clusters": group_lines(result)}
            for family, members in run.families.items()
            for result in members
        ],
    }


def _not_joined(run: Run) -> dict[str, list[str]]:
    usable = set(measured(run.features))
    return {
        "features_without_row_in_table": sorted(usable - set(run.clinical.rows)),
        "table_without_features": sorted(set(run.clinical.rows) - set(run.features.rows)),
        "not_measured": sorted(set(run.features.rows) - usable),
    }


def report_page(run: Run) -> str:
    """Return the report as a page."""
    joined = len(set(measured(run.features)) & set(run.clinical.rows))
    lead = f"{joined} patients with shape features and an entry in the table. Each feature is cut into quartiles and "
    lead += "tested against the groups with Fisher's exact test, as in Buda et al. 2019."
    body = []
    for family, results in run.families.items():
        body.append(pages.section(family, _association_table(results), _method_note(results, run.settings)))
        tested = [result for result in results if result.groups]
        if tested:
            body.append(pages.section(f"{family}: distributions", _legend(tested), pages.panels(map(_plot, tested))))
            body.append(
                pages.section(
                    f"{family}: one group against the rest", _auc_note(), pages.panels(map(_aucs, tested), wide=True)
                )
            )
            body.append(
                pages.section(f"{family}: counts behind the tests", _count_note(), pages.panels(map(_counts, tested)))
            )
    body += [_data_section(run), _definition_section(run)]
    return pages.page("Shape of the FLAIR abnormality and molecular subtype", lead, body)


def _association_table(results: Sequence[Result]) -> str:
    published = any(result.hypothesis.bound for result in results)
    columns = [
        "Feature ~ groups",
        "Patients",
        "Fisher p",
        "Method",
        "Bonferroni",
        "Benjamini-Hochberg",
        "Kruskal-Wallis",
    ]
    columns += ["Published"] if published else []
    rows = []
    for result in results:
        fisher = result.fisher
        method = {"exact": "exact", "monte-carlo": f"± {1.96 * fisher.error:.1g}", "none": _DASH}[fisher.method]
        row = [
            escape(result.hypothesis.title),
            str(result.count) if result.groups else _DASH,
            pages.p_value(fisher.p, fisher.resolution),
            method,
            pages.p_value(result.bonferroni),
            pages.p_value(result.benjamini_hochberg),
            pages.p_value(result.kruskal_p),
        ]
        if published:
            bound = result.hypothesis.bound
            row.append(f"p &lt; {bound:g}" if bound else "not stated")
        rows.append([*row, escape("; ".join(filter(None, [result.untestable, *result.notes])))])
    return pages.table([*columns, "Remarks"], rows, words=[len(columns)])


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


def _auc_note() -> str:
    return pages.paragraph(
        "Area under the ROC curve: the chance that a patient of the group has the larger value (for BEVR: of 1 / BEVR) "
        "than one of the rest; 0.5 is no difference. In brackets DeLong's 95 % interval.",
        "note",
    )


def _aucs(result: Result) -> str:
    one = result.hypothesis
    columns = ["", "AUC (95 %)", "published", "Median", "published"]
    rows = []
    for group in result.groups:
        quartiles, auc = one.published.get(group.code), one.published_auc.get(group.code)
        rows.append(
            [
                escape(group.label),
                _auc_text(group),
                _DASH if auc is None else f"{auc:.2f}",
                f"{group.quartiles[1]:.3f}",
                f"{quartiles[1]:.3f}" if quartiles else _DASH,
            ]
        )
    kept = [0, 1, *([2] if one.published_auc else []), 3, *([4] if one.published else [])]
    body = pages.table([columns[n] for n in kept], [[row[n] for n in kept] for row in rows])
    return f"<h3>{escape(one.title)}</h3>{body}"


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
    return f"<h3>{escape(result.hypothesis.title)}</h3>{pages.table(names, rows)}"


def _data_section(run: Run) -> str:
    missing = _not_joined(run)
    return pages.section(
        "Data",
        pages.facts(
            [
                ("Feature file", f"{run.features.path.name}, {len(run.features.rows)} patients"),
                ("Table", f"{run.clinical.path.name}, {len(run.clinical.rows)} patients"),
                ("Features, but no row in the table", _names(missing["features_without_row_in_table"])),
                ("In the table, but no features", _names(missing["table_without_features"])),
                ("Mask could not be measured", _names(missing["not_measured"])),
                ("Written by", f"lggseg {__version__}"),
            ]
        ),
    )


def _names(patients: Sequence[str]) -> str:
    return f"{len(patients)}: {', '.join(patients)}" if patients else "none"


def _definition_section(run: Run) -> str:
    keys = dict.fromkeys(result.hypothesis.feature for results in run.families.values() for result in results)
    pairs = [(feature(key).label, f"{feature(key).definition} ({feature(key).source})") for key in keys]
    remarks = [
        "Group numbers are those of the table; the data set has no code book.",
        "The published p values are bounds; its features come from masks drawn by its network.",
        "Death is tested as yes or no: the table has no times, so there is no survival curve and no hazard ratio.",
        "A p value says nothing of how well a feature tells groups apart in a new patient.",
        f"Published figures: {PAPER}.",
    ]
    return pages.section("Definitions and limits", pages.facts(pairs), pages.items(remarks))
