"""What every part of a report hands in: HTML for people, rows of tests for programs, figures, and words on methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TEST_COLUMNS = (
    "analysis", "family", "feature", "against", "level", "n", "events", "statistic", "value", "low", "high", "p",
    "p_bonferroni", "q_benjamini_hochberg", "note",
)  # fmt: skip
"""Columns of ``tests.csv``, the file of all tests: one row a test or an estimate."""

TestRow = Mapping[str, object]


@dataclass(frozen=True)
class Part:
    """One part of a report.

    Attributes:
        sections: HTML of its sections, in order.
        tests: Rows of ``tests.csv``, with any of ``TEST_COLUMNS``.
        figures: File name without type to SVG, each a file of its own in ``figures``.
        methods: What a paper's methods paragraph should say of it; full sentences.
        packages: Names of the optional packages that it used.
    """

    sections: tuple[str, ...] = ()
    tests: tuple[TestRow, ...] = ()
    figures: Mapping[str, str] = field(default_factory=dict)
    methods: str = ""
    packages: tuple[str, ...] = ()


class UnsuitedError(Exception):
    """The data at hand do not carry a part that nobody asked for by name; the study goes on without it."""
