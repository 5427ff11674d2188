"""The part of a study that adjusts every tested association for volume, age and institution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from lggseg.cohort.tables import numbers
from lggseg.pages import html as pages
from lggseg.radiogenomics.adjustment import PERMUTATIONS, GroupTest, groups_given
from lggseg.radiogenomics.analysis import joined
from lggseg.radiogenomics.association_page import effect_text
from lggseg.radiogenomics.correction import benjamini_hochberg
from lggseg.radiogenomics.covariates import Covariates, find_covariates, merged_institutions
from lggseg.radiogenomics.hypotheses import PAPER_HYPOTHESES, STATUS_HYPOTHESES, Hypothesis
from lggseg.radiogenomics.parts import Part, TestRow, UnsuitedError
from lggseg.radiogenomics.study import Material

FEWEST_AN_INSTITUTION = 5
_INSTITUTION = "institution"
_DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Adjusted:
    """One association under growing adjustment, all over the patients who have everything.

    Attributes:
        hypothesis: What was tested.
        n: Number of patients.
        alone: Without covariates.
        single: Covariate to the test given that one alone.
        whole: Given all; a text says why not.
    """

    hypothesis: Hypothesis
    n: int
    alone: GroupTest | str
    single: dict[str, GroupTest | str]
    whole: GroupTest | str


def adjustment_part(material: Material, hypotheses: Sequence[Hypothesis] = ()) -> Part:
    """Make the part on adjustment.

    Args:
        material: Features and clinical table.
        hypotheses: Those of the user; empty for the paper's and those on IDH and 1p/19q.

    Raises:
        UnsuitedError: If nothing is at hand to adjust for, or no hypothesis can be tested.
    """
    patients = joined(material.features, material.clinical)
    covariates = find_covariates(material.features, material.clinical)
    wanted = hypotheses or (*PAPER_HYPOTHESES, *STATUS_HYPOTHESES)
    columns = {*material.clinical.columns}, {*material.features.columns}
    testable = [one for one in wanted if one.column in columns[0] and one.feature in columns[1]]
    if not testable:
        msg = "no table has a column of the hypotheses"
        raise UnsuitedError(msg)
    results = [_adjusted(material, one, patients, covariates) for one in testable]
    names = list(dict.fromkeys(name for one in results for name in one.single))
    if not names:
        msg = "neither volume nor age nor institution is at hand"
        raise UnsuitedError(msg)
    tested = [one.whole.p for one in results if isinstance(one.whole, GroupTest)]
    corrected = iter(benjamini_hochberg(tested))
    discoveries = [next(corrected) if isinstance(one.whole, GroupTest) else None for one in results]
    return Part(
        sections=(_section(results, discoveries, names, covariates),),
        tests=tuple(row for one, q in zip(results, discoveries, strict=True) for row in _rows(one, q)),
        methods=(
            "Associations were adjusted for volume, age and institution by analysis of covariance on ranks, with "
            f"partial eta squared and its interval, and checked by {PERMUTATIONS} permutations of residuals."
        ),
    )


def _adjusted(material: Material, one: Hypothesis, patients: list[str], covariates: Covariates) -> Adjusted:
    values = numbers(material.features, one.feature, patients)
    group = {p: material.clinical.rows[p][one.column] for p in values if material.clinical.rows[p][one.column]}
    names = [name for name in ("log volume", "age") if name in covariates.values]
    if one.feature == "volume_ml":
        names.remove("log volume")
    whole = covariates.complete(names, list(group))
    sites = merged_institutions({p: covariates.institutions[p] for p in whole}, FEWEST_AN_INSTITUTION)
    known: dict[str, Sequence[float] | Sequence[str]] = {n: [covariates.values[n][p] for p in whole] for n in names}
    if len(set(sites.values())) > 1:
        known[_INSTITUTION] = [sites[p] for p in whole]
    groups = [group[p] for p in whole]
    if len(set(groups)) < 2:
        reason = "fewer than two groups"
        return Adjusted(one, len(whole), reason, dict.fromkeys(known, reason), reason)
    outcome = np.array([values[p] for p in whole])
    return Adjusted(
        one,
        len(whole),
        groups_given(outcome, groups, {}),
        {name: groups_given(outcome, groups, {name: column}) for name, column in known.items()},
        groups_given(outcome, groups, known, permutations=PERMUTATIONS),
    )


def _section(
    results: Sequence[Adjusted], discoveries: Sequence[float | None], names: Sequence[str], covariates: Covariates
) -> str:
    columns = ("Feature ~ groups", "Patients", "p alone", *(f"given {name}" for name in names), "given all",
               "by permutation", "Benjamini-Hochberg of given all", "Partial eta squared (95 %)")  # fmt: skip
    rows = []
    for one, q in zip(results, discoveries, strict=True):
        whole = one.whole if isinstance(one.whole, GroupTest) else None
        rows.append(
            [
                escape(one.hypothesis.title),
                str(one.n),
                _p(one.alone),
                *(_p(one.single[name]) if name in one.single else _DASH for name in names),
                _p(one.whole),
                pages.p_value(whole.permutation_p if whole else None, 1 / (PERMUTATIONS + 1)),
                pages.p_value(q),
                effect_text(whole.effect if whole else None),
            ]
        )
    return pages.section(
        "Adjusted for volume, age and institution",
        pages.table(columns, rows),
        pages.paragraph(_note(covariates), "note"),
    )


def _note(covariates: Covariates) -> str:
    sources = covariates.sources
    told = ", ".join(f"{name} from {sources[name]}" for name in ("age", _INSTITUTION) if name in sources)
    return (
        "F test of the groups on the ranks of the feature, given the covariates, over the patients who have all of "
        f"them; {told}. Institutions with fewer than {FEWEST_AN_INSTITUTION} patients are put together. Partial eta "
        "squared: share of what the covariates leave open that the groups explain. A covariate that lies between the "
        "subtype and the shape, as volume may, takes away part of a true effect: a p value that grows is no proof "
        f"against it. Exploratory. By permutation: that given all again, from {PERMUTATIONS} permutations of residuals."
    )


def _p(test: GroupTest | str) -> str:
    return escape(test) if isinstance(test, str) else pages.p_value(test.p)


def _rows(one: Adjusted, q: float | None) -> list[TestRow]:
    """Return the tests as rows of the file of all tests."""
    common: dict[str, object] = {"family": "adjusted", "feature": one.hypothesis.feature,
                                 "against": one.hypothesis.column, "n": one.n}  # fmt: skip
    tests = {"no covariate": one.alone, **one.single, "all covariates": one.whole}
    rows: list[TestRow] = []
    for name, test in tests.items():
        if isinstance(test, str):
            rows.append({**common, "analysis": f"rank ANCOVA, {name}", "note": test})
            continue
        permuted = "" if test.permutation_p is None else f"permutation p {test.permutation_p:.4g}"
        rows.append(
            {
                **common, "analysis": f"rank ANCOVA, {name}", "statistic": "partial eta squared",
                "value": test.effect.value, "low": test.effect.low, "high": test.effect.high, "p": test.p,
                "q_benjamini_hochberg": q if test is one.whole else None, "note": permuted,
            }
        )  # fmt: skip
    return rows
