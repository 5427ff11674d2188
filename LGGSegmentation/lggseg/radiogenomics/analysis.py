"""The tests behind each hypothesis, with the counts they rest on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import kruskal

from lggseg.cohort.tables import Table, numbers
from lggseg.errors import InputError
from lggseg.radiogenomics.correction import benjamini_hochberg, bonferroni
from lggseg.radiogenomics.effects import Effect, cliffs_delta, epsilon_squared, inverted
from lggseg.radiogenomics.fisher import NO_TEST, SAMPLES, SEED, FisherResult, fisher_test
from lggseg.radiogenomics.hypotheses import Hypothesis
from lggseg.radiogenomics.roc import Auc, auc_of

FloatArray = npt.NDArray[np.float64]

SMALL_GROUP = 5
"""Groups with fewer patients than this are marked; they stay in the test."""
_MOST_GROUPS = 20


@dataclass(frozen=True)
class Settings:
    """How the tests are made.

    Attributes:
        samples: Tables drawn for a Monte-Carlo p value.
        seed: Seed of the draw.
        quartile_scope: Whose values the quartiles are cut at: ``all`` patients with the feature,
            so that a feature has one set of quartiles (as the paper words it), or the
            ``complete`` cases of the pair, those with a group.
    """

    samples: int = SAMPLES
    seed: int = SEED
    quartile_scope: Literal["all", "complete"] = "all"


@dataclass(frozen=True)
class Group:
    """One group of a hypothesis.

    Attributes:
        code: Entry in the table.
        label: Name for people.
        values: ``(n,)`` feature values, ascending.
        counts: Patients in each quartile of the feature, lowest quartile first.
        auc: Group against the rest, of 1 / feature where the hypothesis is inverse.
        inverse: Whether it is.
    """

    code: str
    label: str
    values: FloatArray
    counts: tuple[int, int, int, int]
    auc: Auc | None
    inverse: bool = False

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """First quartile, median and third quartile, by linear interpolation."""
        low, middle, high = np.percentile(self.values, [25, 50, 75]).tolist()
        return low, middle, high

    @property
    def delta(self) -> Effect | None:
        """Cliff's delta of the feature itself, group against the rest."""
        if self.auc is None:
            return None
        return inverted(cliffs_delta(self.auc)) if self.inverse else cliffs_delta(self.auc)


@dataclass(frozen=True)
class Result:
    """What came of one hypothesis.

    Attributes:
        hypothesis: What was tested.
        groups: The groups, in the order of their codes; empty where it could not be tested.
        edges: The three cuts between the quartiles.
        fisher: Fisher's exact test of quartile against group.
        kruskal_p: Kruskal-Wallis test of the values between the groups.
        untestable: Why there is no test; empty where there is.
        notes: What a reader should know of the data behind it.
        bonferroni: ``min(1, p * size of the family)``.
        benjamini_hochberg: Adjusted over the tested hypotheses of the family.
        epsilon: Epsilon squared, the size of the effect that Kruskal-Wallis tests.
        kruskal_bonferroni: As ``bonferroni``, of the Kruskal-Wallis test.
        kruskal_benjamini_hochberg: As ``benjamini_hochberg``, of the Kruskal-Wallis test.
    """

    hypothesis: Hypothesis
    groups: tuple[Group, ...] = ()
    edges: tuple[float, ...] = ()
    fisher: FisherResult = NO_TEST
    kruskal_p: float | None = None
    untestable: str = ""
    notes: tuple[str, ...] = ()
    bonferroni: float | None = None
    benjamini_hochberg: float | None = None
    epsilon: Effect | None = None
    kruskal_bonferroni: float | None = None
    kruskal_benjamini_hochberg: float | None = None

    @property
    def bound_met(self) -> bool | None:
        """Whether Fisher's p value is below the published bound; None where there is no bound or no test."""
        bound = self.hypothesis.bound
        return None if bound is None or self.fisher.p is None else self.fisher.p < bound

    @property
    def count(self) -> int:
        """Number of patients in the test."""
        return sum(len(group.values) for group in self.groups)


def analyse(
    features: Table,
    clinical: Table,
    hypotheses: Sequence[Hypothesis],
    *,
    family: int | None = None,
    settings: Settings | None = None,
) -> list[Result]:
    """Test a family of hypotheses.

    Args:
        features: Feature file; rows with a reason are left out.
        clinical: Table with the groups.
        hypotheses: What to test.
        family: Number of hypotheses to correct for by Bonferroni; by default as many as are given.
        settings: How the tests are made.

    Raises:
        InputError: If no patient is in both files.
    """
    patients = joined(features, clinical)
    results = [_test(features, clinical, patients, one, settings or Settings()) for one in hypotheses]
    size = family or len(hypotheses)
    fisher = _corrected([result.fisher.p for result in results], size)
    kruskal_wallis = _corrected([result.kruskal_p for result in results], size)
    return [
        replace(
            result,
            bonferroni=strict,
            benjamini_hochberg=discovery,
            kruskal_bonferroni=kruskal_strict,
            kruskal_benjamini_hochberg=kruskal_discovery,
        )
        for result, (strict, discovery), (kruskal_strict, kruskal_discovery) in zip(
            results, fisher, kruskal_wallis, strict=True
        )
    ]


def _corrected(values: Sequence[float | None], family: int) -> list[tuple[float | None, float | None]]:
    """Return each p value by Bonferroni over the family and by Benjamini-Hochberg over the tested."""
    tested = [p for p in values if p is not None]
    pairs = iter(zip(bonferroni(tested, family), benjamini_hochberg(tested), strict=True))
    return [(None, None) if p is None else next(pairs) for p in values]


def joined(features: Table, clinical: Table) -> list[str]:
    """Return the patients with features who are in the clinical table.

    Raises:
        InputError: If there is none.
    """
    patients = [patient for patient in measured(features) if patient in clinical.rows]
    if not patients:
        example, other = next(iter(features.rows), "nobody"), next(iter(clinical.rows), "nobody")
        msg = (
            f"{features.path}, {clinical.path}: expected patients who are in both files, got none "
            f"({example} in one, {other} in the other); choose the key column with --key or the rule for names "
            "with --patient of lggseg features"
        )
        raise InputError(msg)
    return patients


def measured(features: Table) -> list[str]:
    """Return the patients whose mask could be measured."""
    return [patient for patient, row in features.rows.items() if not row.get("reason")]


def _test(features: Table, clinical: Table, patients: list[str], one: Hypothesis, settings: Settings) -> Result:
    if one.column not in clinical.columns:
        reason = f"the table has no column {one.column}" + (f": {one.missing}" if one.missing else "")
        return Result(one, untestable=reason)
    values = numbers(features, one.feature, patients)
    codes = {patient: clinical.rows[patient][one.column] for patient in values}
    known = {patient: value for patient, value in values.items() if codes[patient]}
    blank = len(values) - len(known)
    notes = [f"{blank} without a group, left out"] if blank else []
    without = len(patients) - len(values)
    notes += [f"{without} without the feature, left out"] if without else []
    notes += clinical.notes.get(one.column, ())
    names = sorted({codes[patient] for patient in known}, key=_natural)
    reason = _why_not(np.array(list(known.values())), names, one)
    if reason:
        return Result(one, untestable=reason, notes=tuple(notes))
    scope = values if settings.quartile_scope == "all" else known
    edges = np.percentile(list(scope.values()), [25, 50, 75])
    groups = tuple(_group(name, known, codes, edges, one) for name in names)
    notes += [f"{group.label} has only {len(group.values)}" for group in groups if len(group.values) < SMALL_GROUP]
    if len(np.unique(edges)) < 3:
        notes.append("many equal values: some quartiles fall together")
    return Result(
        one,
        groups=groups,
        edges=tuple(edges.tolist()),
        fisher=fisher_test(
            np.array([group.counts for group in groups]).T, samples=settings.samples, seed=settings.seed
        ),
        kruskal_p=float(kruskal(*(group.values for group in groups)).pvalue),
        epsilon=epsilon_squared([group.values for group in groups]),
        notes=tuple(notes),
    )


def _why_not(values: FloatArray, names: list[str], one: Hypothesis) -> str:
    """Return why a hypothesis cannot be tested, or nothing."""
    if len(names) < 2:
        return f"expected at least two groups in {one.column}, got {len(names)}"
    if len(names) > _MOST_GROUPS:
        return f"expected at most {_MOST_GROUPS} groups in {one.column}, got {len(names)}: is it a number, not a group?"
    if np.ptp(values) == 0:
        return f"{one.feature} is the same, {values[0]:g}, for all {len(values)} patients"
    return ""


def _group(name: str, known: dict[str, float], codes: dict[str, str], edges: FloatArray, one: Hypothesis) -> Group:
    inside = np.sort([value for patient, value in known.items() if codes[patient] == name])
    outside = np.array([value for patient, value in known.items() if codes[patient] != name])
    # Quartile 1 is up to and with the first cut, as R's cut and quantile make it.
    counts = np.bincount(np.searchsorted(edges, inside, side="left"), minlength=4).tolist()
    sign = -1 if one.inverse else 1  # 1 / x orders positive values as -x does.
    return Group(
        code=name,
        label=f"{one.prefix}{name}",
        values=inside,
        counts=(counts[0], counts[1], counts[2], counts[3]),
        auc=auc_of(sign * inside, sign * outside),
        inverse=one.inverse,
    )


def _natural(text: str) -> tuple[tuple[int, float, str], ...]:
    """Order 2 before 10, and numbers before words."""
    parts = re.findall(r"\d+(?:\.\d+)?|\D+", text)
    return tuple((0, float(part), "") if part[0].isdigit() else (1, 0.0, part) for part in parts)
