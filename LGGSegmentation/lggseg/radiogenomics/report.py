"""The report of a radiogenomics run: a page for people, CSV and JSON for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from lggseg import __version__
from lggseg.cohort.tables import Table, csv_text
from lggseg.files import staged, write_text
from lggseg.notice import RESEARCH_USE
from lggseg.pages import html as pages
from lggseg.pages.figures import write_figures
from lggseg.radiogenomics.analysis import Result, Settings, measured
from lggseg.radiogenomics.association_page import association_sections, figures_of
from lggseg.radiogenomics.association_rows import (
    ASSOCIATION_COLUMNS,
    GROUP_COLUMNS,
    association,
    group_lines,
    tests,
)
from lggseg.radiogenomics.data_page import data_section
from lggseg.radiogenomics.handover import R_SCRIPT, merged_text, methods_text
from lggseg.radiogenomics.joining import Clinical
from lggseg.radiogenomics.parts import TEST_COLUMNS, Part, TestRow
from lggseg.radiogenomics.status import Status
from lggseg.shape.registry import feature

PAPER = (
    "M. Buda, A. Saha, M. A. Mazurowski: Association of genomic subtypes of lower-grade gliomas with shape features "
    "automatically extracted by a deep learning algorithm. Computers in Biology and Medicine 109 (2019) 218-225, "
    "arXiv:1906.03720"
)


@dataclass(frozen=True)
class Run:
    """A radiogenomics run.

    Attributes:
        features: Feature file.
        clinical: Clinical tables, joined.
        status: Where IDH and 1p/19q were found.
        families: Title of a family of hypotheses to its results, in the order of the report.
        settings: How the tests were made.
        parts: What follows the tests between groups.
        left_out: Parts that could not be made, and why.
    """

    features: Table
    clinical: Clinical
    status: Status
    families: dict[str, list[Result]]
    settings: Settings
    parts: tuple[Part, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def patients(self) -> int:
        """Number of patients with features and an entry in a table."""
        return len(set(measured(self.features)) & set(self.clinical.table.rows))

    @property
    def results(self) -> list[tuple[str, Result]]:
        """Every result with the title of its family."""
        return [(family, result) for family, members in self.families.items() for result in members]

    @property
    def tests(self) -> list[TestRow]:
        """Every test of every part, as rows of ``tests.csv``."""
        between = [row for family, result in self.results for row in tests(family, result)]
        return [*between, *(row for part in self.parts for row in part.tests)]


def write_report(run: Run, folder: Path) -> list[Path]:
    """Write the page, the tables, a script for R, a methods paragraph, and the figures as SVG and PNG.

    Returns:
        The files, the page first; without the figures, which are in ``figures``.

    Raises:
        OutputError: If a file cannot be written.
    """
    figures = {name: plot for _, result in run.results for name, plot in figures_of(result).items()}
    for part in run.parts:
        figures |= part.figures
    with staged(folder, overwrite=True) as stage:
        missing = write_figures(figures, stage / "figures")
        files = _texts(run, missing)
        for name, text in files.items():
            write_text(stage / name, text)
    return [folder / name for name in files]


def _texts(run: Run, missing: str) -> dict[str, str]:
    """Return the files other than figures by name; ``missing`` says why there is no PNG."""
    run = replace(run, left_out=(*run.left_out, *([f"figures as PNG: {missing}"] if missing else [])))
    names = [match.name for match in run.clinical.matches]
    return {
        "report.html": report_page(run),
        "associations.csv": csv_text(ASSOCIATION_COLUMNS, [association(*pair) for pair in run.results]),
        "groups.csv": csv_text(GROUP_COLUMNS, [line for _, result in run.results for line in group_lines(result)]),
        "merged.csv": merged_text(run.features, run.clinical.table),
        "tests.csv": csv_text(TEST_COLUMNS, run.tests),
        "analysis.R": R_SCRIPT,
        "methods.txt": methods_text(run.parts, run.patients, names, run.settings.samples),
        "radiogenomics.json": json.dumps(as_json(run), indent=2) + "\n",
    }


def as_json(run: Run) -> dict[str, object]:
    """Return the whole run as plain values."""
    usable = set(measured(run.features))
    known = set(run.clinical.table.rows)
    return {
        "lggseg": __version__,
        "research_use_only": RESEARCH_USE,
        "features": run.features.path.name,
        "tables": [match.name for match in run.clinical.matches],
        "samples": run.settings.samples,
        "seed": run.settings.seed,
        "quartile_scope": run.settings.quartile_scope,
        "paper": PAPER,
        "status_from": dict(run.status.sources),
        "not_joined": {
            "features_without_row_in_table": sorted(usable - known),
            "table_without_features": sorted(known - set(run.features.rows)),
            "not_measured": sorted(set(run.features.rows) - usable),
        },
        "associations": [
            {**association(family, result), "quartile_edges": list(result.edges), "clusters": group_lines(result)}
            for family, result in run.results
        ],
        "tests": [dict(row) for row in run.tests],
        "left_out": list(run.left_out),
    }


def report_page(run: Run) -> str:
    """Return the report as a page."""
    lead = (
        f"Associations in {run.patients} patients with shape features and an entry in the tables: they do not tell the "
        "status or the future of one patient. Each feature is cut into quartiles and tested against the groups with "
        "Fisher's exact test, as in Buda et al. 2019."
    )
    body = []
    for family, results in run.families.items():
        body += association_sections(family, results, run.settings)
    body += [section for part in run.parts for section in part.sections]
    if run.left_out:
        body.append(pages.section("Parts that were not made", pages.items(run.left_out)))
    body += [data_section(run.features, run.clinical, run.status), _definition_section(run)]
    return pages.page("Shape of the FLAIR abnormality and molecular subtype", lead, body)


def _definition_section(run: Run) -> str:
    keys = dict.fromkeys(result.hypothesis.feature for _, result in run.results)
    pairs = [(feature(key).label, f"{feature(key).definition} ({feature(key).source})") for key in keys]
    remarks = [
        "Group numbers are those of the table; the data set of the paper has no code book.",
        "The published p values are bounds; its features come from masks drawn by its network.",
        "Volumes and lengths are as right as the voxel sizes in the mask files.",
        "A p value says nothing of how well a feature tells groups apart in a new patient.",
        f"Published figures: {PAPER}.",
    ]
    return pages.section("Definitions and limits", pages.facts(pairs), pages.items(remarks))
