"""The part of the report on the data: which table gave what, who matched, and what was taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lggseg import __version__
from lggseg.cohort.tables import Table
from lggseg.pages import html as pages
from lggseg.radiogenomics.analysis import measured
from lggseg.radiogenomics.joining import Clinical, Match
from lggseg.radiogenomics.status import Status


def data_section(features: Table, clinical: Clinical, status: Status) -> str:
    """Return the section on the data as HTML."""
    usable = measured(features)
    unmeasured = sorted(set(features.rows) - set(usable))
    nowhere = [patient for patient in usable if patient not in clinical.table.rows]
    strangers = sorted(set(clinical.table.rows) - set(features.rows))
    found = [(name, f"from {source}") for name, source in status.sources.items()]
    return pages.section(
        "Data",
        _matches(clinical.matches),
        pages.items([line for match in clinical.matches for line in _remarks(match)] + list(status.notes)),
        pages.facts(
            [
                ("Feature file", f"{features.path.name}, {len(features.rows)} patients"),
                *found,
                ("Features, but in no table", _names(nowhere)),
                ("In a table, but no features", _names(strangers)),
                ("Mask could not be measured", _names(unmeasured)),
                ("Written by", f"lggseg {__version__}"),
            ]
        ),
    )


def _matches(matches: Sequence[Match]) -> str:
    columns = ("Table", "Patient from", "Patients", "With features", "Without", "Features, but not here", "Columns")
    rows = [
        [
            escape(match.name),
            escape(match.key),
            str(match.patients),
            str(len(match.matched)),
            str(len(match.without_features)),
            _names(match.without_row),
            str(len(match.new) + len(match.filled) + len(match.differing)),
        ]
        for match in matches
    ]
    return pages.table(columns, rows, words=(5,))


def _remarks(match: Match) -> list[str]:
    """Return what a reader should know of how a table joined those before it."""
    lines = [
        f"{match.name}: column {column} is in an earlier table, too, and agrees with it; it filled {count} blanks"
        for column, count in match.filled.items()
    ]
    lines += [
        f"{match.name}: column {column} differs from an earlier table in {_names(who)}; the earlier one counts, this "
        f"one stands beside it as {column} ({match.name})"
        for column, who in match.differing.items()
    ]
    lines += [
        f"{match.name}: the rows of a patient differ in column {column}, taken for no entry: {_names(who)}"
        for column, who in match.contradicted.items()
    ]
    return lines


def _names(patients: Sequence[str]) -> str:
    return f"{len(patients)}: {', '.join(patients)}" if patients else "none"
