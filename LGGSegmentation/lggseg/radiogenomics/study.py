"""A radiogenomics study from features and tables to all that its report shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lggseg.cohort.tables import Table, read_table
from lggseg.errors import DependencyError, InputError
from lggseg.radiogenomics.analysis import Result, Settings, analyse
from lggseg.radiogenomics.hypotheses import (
    EXTRA_HYPOTHESES,
    PAPER_FAMILY,
    PAPER_HYPOTHESES,
    STATUS_HYPOTHESES,
    Hypothesis,
)
from lggseg.radiogenomics.joining import Clinical, join_tables
from lggseg.radiogenomics.parts import Part, UnsuitedError
from lggseg.radiogenomics.report import Run
from lggseg.radiogenomics.status import with_status

FEWEST_SAMPLES = 1000


@dataclass(frozen=True)
class StudyRequest:
    """What a study is made of and how.

    Attributes:
        features: Feature file.
        tables: Clinical tables, joined by patient.
        key: Column with the patient, where it should not be found.
        missing: Further words for no entry.
        hypotheses: Tested instead of the paper's and ours; empty for those.
        settings: How the tests between groups are made.
    """

    features: Path
    tables: Sequence[Path]
    key: str | None = None
    missing: Sequence[str] = ()
    hypotheses: Sequence[Hypothesis] = ()
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Material:
    """What the parts of a study work on: features, and all that is known beside them."""

    features: Table
    clinical: Table


PartMaker = Callable[[Material], Part]


def conduct(
    request: StudyRequest,
    parts: Sequence[tuple[str, PartMaker]] = (),
    say: Callable[[str], None] = lambda text: None,
) -> Run:
    """Make a study.

    Args:
        request: What to study.
        parts: What to add to the tests between groups: a name, and the function that makes it.
        say: Called with a line on what is done now.

    Raises:
        FormatError: If a table cannot be read.
        InputError: If tables do not match, or a setting cannot be used.
    """
    if request.settings.samples < FEWEST_SAMPLES:
        got = request.settings.samples
        msg = f"--samples: expected at least {FEWEST_SAMPLES}, got {got}; 400000 gives p values to about 0.000003"
        raise InputError(msg)
    features = read_table(request.features)
    joined = join_tables(request.tables, list(features.rows), key=request.key, missing=request.missing)
    table, status = with_status(joined.table)
    clinical = Clinical(table, joined.matches)
    say("tests between groups")
    families = _families(features, table, request)
    made, left_out = _made(Material(features, table), parts, say)
    return Run(features, clinical, status, families, request.settings, made, left_out)


def _families(features: Table, clinical: Table, request: StudyRequest) -> dict[str, list[Result]]:
    wanted: dict[str, Sequence[Hypothesis]] = {"Own hypotheses": request.hypotheses} if request.hypotheses else {}
    wanted = wanted or {
        "The hypotheses of the paper": PAPER_HYPOTHESES,
        "IDH and 1p/19q (exploratory)": STATUS_HYPOTHESES,
        "Death, histology and grade (exploratory)": EXTRA_HYPOTHESES,
    }
    return {
        title: analyse(
            features,
            clinical,
            members,
            family=PAPER_FAMILY if members[0] in PAPER_HYPOTHESES else None,
            settings=request.settings,
        )
        for title, members in wanted.items()
        if members is not STATUS_HYPOTHESES or members[0].column in clinical.columns
    }


def _made(
    material: Material, parts: Sequence[tuple[str, PartMaker]], say: Callable[[str], None]
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return the parts that could be made, and why the others could not."""
    made, left_out = [], []
    for name, make in parts:
        say(name)
        try:
            made.append(make(material))
        except (DependencyError, UnsuitedError) as error:
            left_out.append(f"{name}: {error}")
    return tuple(made), tuple(left_out)
