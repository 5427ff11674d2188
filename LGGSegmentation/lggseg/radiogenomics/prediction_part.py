"""The part of a study on prediction: which status, from which features, and how well against chance and the obvious."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from lggseg.cohort.tables import Table, numbers
from lggseg.errors import InputError
from lggseg.radiogenomics.analysis import joined
from lggseg.radiogenomics.chance import Chance, Trial, against_chance
from lggseg.radiogenomics.covariates import Covariates, find_covariates, merged_institutions
from lggseg.radiogenomics.kept import Kept
from lggseg.radiogenomics.parts import Part, UnsuitedError
from lggseg.radiogenomics.prediction import (
    FEWEST_A_CLASS,
    ModelName,
    Problem,
    calibration_of,
    cross_validated,
    key_of,
    out_of_fold,
    splits_by_site,
)
from lggseg.radiogenomics.prediction_page import prediction_sections, prediction_tests
from lggseg.radiogenomics.prediction_results import (
    BASELINE,
    SHAPE_ALONE,
    TEXTURE_ALONE,
    WITH_BASELINE,
    Outcome,
    Target,
)
from lggseg.radiogenomics.roc import Auc, auc_difference, auc_of
from lggseg.radiogenomics.status import CODELETION, IDH
from lggseg.radiogenomics.study import Material

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SHAPE = ("bevr", "asd", "mf", "sphericity", "roundness", "elongation", "flatness", "largest_component_share", "slices")
"""Features of shape that are predicted from."""
FEWEST_AN_INSTITUTION, FEWEST_FOR_SITE_AUC = 10, 5
MODELS: tuple[ModelName, ...] = ("logistic", "forest")
TRIED = (SHAPE_ALONE, TEXTURE_ALONE)
"""Sets of features that are tried against chance; with volume and age among them it would say nothing of the shape."""
_SILENCE_S = 15.0
_USUAL = ((IDH, "wildtype"), (CODELETION, "codeleted"))
_CLUSTER = "RNASeqCluster"


@dataclass(frozen=True)
class Options:
    """How predictions are made.

    Attributes:
        targets: ``COLUMN=VALUE`` or ``COLUMN`` for each of its values; empty for IDH, 1p/19q and RNASeq cluster.
        permutations: How often chance is tried at most, with the logistic model, which is the one decided on
            beforehand, on features without volume and age; 0 for not at all.
        jobs: Processes at once.
        texture: Feature file of :mod:`lggseg.radiogenomics.texture`, if there is one.
        unstable: Features that are left out, to why.
        kept: What earlier runs have worked out.
        say: Called with a line on what is done now.
    """

    targets: Sequence[str] = ()
    permutations: int = 0
    jobs: int = 1
    texture: Table | None = None
    unstable: Mapping[str, str] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    say: Callable[[str], None] = lambda text: None


def prediction_part(material: Material, options: Options) -> Part:
    """Make the part on prediction.

    Raises:
        UnsuitedError: If no target was named and none is found with enough patients of both kinds.
        InputError: If a target that was named cannot be used.
        DependencyError: If scikit-learn is not installed.
    """
    patients = joined(material.features, material.clinical)
    covariates = find_covariates(material.features, material.clinical)
    columns = feature_columns(material, patients, covariates, options)
    wanted = [pair for text in options.targets for pair in _named(material, patients, text)] or _found(material)
    targets = [_target(material, patients, covariates, columns, pair, options) for pair in wanted]
    if not any(target.outcomes for target in targets):
        reasons = "; ".join(f"{target.title}: {target.reason}" for target in targets)
        msg = reasons or "no table has IDH, 1p/19q or an RNASeq cluster; name a column with --predict"
        raise InputError(msg) if options.targets else UnsuitedError(msg)
    sections, figures = prediction_sections(targets, columns, options.unstable)
    methods = _METHODS + (_CHANCE_METHODS if options.permutations else "")
    return Part(tuple(sections), tuple(prediction_tests(targets)), figures, methods, ("scikit-learn",))


_METHODS = (
    "Status was predicted by ridge-penalised logistic regression (strength tuned) and by a random forest of fixed "
    "settings (scikit-learn) in nested five-fold cross-validation by patient, repeated three times, and by leaving out "
    "one institution at a time; filling of gaps, scaling, selection and tuning took place inside the training part of "
    "each split. Areas under the ROC curve of pooled predictions have DeLong's intervals; volume and age alone serve "
    "as the comparison."
)
_CHANCE_METHODS = (
    " Chance was tried, for the logistic model on shape alone and on texture alone, by repeating the whole procedure "
    "with permuted status, which ended early once ten repetitions did as well."
)


def feature_columns(
    material: Material, patients: Sequence[str], covariates: Covariates, options: Options
) -> dict[str, dict[str, Mapping[str, float]]]:
    """Return the sets of features to predict from: name to feature to patient to value; unstable ones left out."""
    baseline = {name: covariates.values[name] for name in ("log volume", "age") if name in covariates.values}
    shape: dict[str, Mapping[str, float]] = {
        key: numbers(material.features, key, patients)
        for key in SHAPE
        if key in material.features.columns and key not in options.unstable
    }
    sets: dict[str, dict[str, Mapping[str, float]]] = {BASELINE: baseline} if baseline else {}
    if shape:
        sets[SHAPE_ALONE] = shape
        if baseline:
            sets[WITH_BASELINE] = {**shape, **baseline}
    if options.texture is not None:
        known = [p for p in patients if p in options.texture.rows and not options.texture.rows[p].get("reason")]
        skipped = {options.texture.key, "reason", "file", *options.unstable}
        texture: dict[str, Mapping[str, float]] = {
            key: numbers(options.texture, key, known) for key in options.texture.columns if key not in skipped
        }
        if texture:
            sets[TEXTURE_ALONE] = texture
            sets["shape, texture, volume and age"] = {**shape, **texture, **baseline}
    return sets


def _named(material: Material, patients: Sequence[str], text: str) -> list[tuple[str, str]]:
    column, _, value = (part.strip() for part in text.partition("="))
    if column not in material.clinical.columns:
        msg = (
            f"--predict: expected a column of the tables, got {column!r}; one of {', '.join(material.clinical.columns)}"
        )
        raise InputError(msg)
    values = sorted({material.clinical.rows[p][column] for p in patients} - {""})
    if value and value not in values:
        msg = f"--predict: expected a value of column {column!r}, got {value!r}; one of {', '.join(values)}"
        raise InputError(msg)
    return [(column, value)] if value else [(column, one) for one in (values[1:] if len(values) == 2 else values)]


def _found(material: Material) -> list[tuple[str, str]]:
    columns = material.clinical.columns
    pairs = [(column, value) for column, value in _USUAL if column in columns]
    if _CLUSTER in columns:
        clusters = sorted({row[_CLUSTER] for row in material.clinical.rows.values()} - {""})
        pairs += [(_CLUSTER, value) for value in clusters]
    return pairs


def _target(
    material: Material,
    patients: Sequence[str],
    covariates: Covariates,
    columns: Mapping[str, Mapping[str, Mapping[str, float]]],
    pair: tuple[str, str],
    options: Options,
) -> Target:
    column, value = pair
    known = [patient for patient in patients if material.clinical.rows[patient][column]]
    outcome = np.array([material.clinical.rows[patient][column] == value for patient in known])
    sites = merged_institutions({p: covariates.institutions[p] for p in known}, FEWEST_AN_INSTITUTION)
    counts = {site: list(sites.values()).count(site) for site in sorted(set(sites.values()))}
    title = f"{column} {value} against the rest"
    target = Target(title, column, value, tuple(known), int(outcome.sum()), counts)
    smaller = min(target.positive, len(known) - target.positive)
    if smaller < FEWEST_A_CLASS:
        reason = f"{smaller} patients of the smaller kind, at least {FEWEST_A_CLASS} are needed"
        return Target(title, column, value, tuple(known), target.positive, counts, reason=reason)
    names = np.array([sites[patient] for patient in known])
    outcomes = []
    for features, members in columns.items():
        values = np.array([[members[key].get(patient, math.nan) for key in members] for patient in known])
        problem = Problem(values, outcome, names)
        options.say(f"prediction: {title}, from {features}")
        outcomes += [outcome for model in MODELS for outcome in _outcomes(model, features, problem, options)]
    compared = tuple(_compared(one, outcomes) for one in outcomes)
    return Target(title, column, value, tuple(known), target.positive, counts, compared)


def _outcomes(model: ModelName, features: str, problem: Problem, options: Options) -> list[Outcome]:
    repeats = _kept(
        options.kept, key_of(model, "folds of patients", problem), problem, lambda: cross_validated(model, problem)
    )
    seen = float(np.mean([_area(problem.outcome, one) for one in repeats]))
    chance = None
    if options.permutations and model == MODELS[0] and features in TRIED:
        trial = Trial(options.permutations, _area, options.jobs, options.kept, _patience(options.say))
        chance = against_chance(model, problem, seen, trial)
    found = [_outcome(model, "patients", features, problem, repeats.mean(axis=0), chance)]
    if len(set(problem.sites)) > 1:
        chances = _kept(
            options.kept,
            key_of(model, "institutions left out", problem),
            problem,
            lambda: out_of_fold(model, problem, splits_by_site(problem)),
        )
        found.append(_outcome(model, "institutions", features, problem, chances[0]))
    return found


def _kept(kept: Kept, key: str, problem: Problem, make: Callable[[], FloatArray]) -> FloatArray:
    """Return ``(r, n)`` chances that an earlier run has kept, or make and keep them."""
    values = kept.get(key)
    if not values:
        values = make().ravel().tolist()
        kept.put(key, values)
    return np.array(values).reshape(-1, len(problem.outcome))


def _patience(say: Callable[[str], None]) -> Callable[[int, int], None]:
    """Return what tells how far the trial of chance has come, every quarter of a minute."""
    spoken = [time.monotonic()]

    def progress(done: int, most: int) -> None:
        if time.monotonic() - spoken[0] >= _SILENCE_S:
            say(f"  against chance: {done} of at most {most}")
            spoken[0] = time.monotonic()

    return progress


def _area(outcome: BoolArray, chances: FloatArray) -> float:
    area = auc_of(chances[outcome], chances[~outcome])
    return 0.5 if area is None else area.value


def _outcome(
    model: ModelName, scheme: str, features: str, problem: Problem, chances: FloatArray, chance: Chance | None = None
) -> Outcome:
    tested = ~np.isnan(chances)
    outcome, chances, sites = problem.outcome[tested], chances[tested], problem.sites[tested]
    area = auc_of(chances[outcome], chances[~outcome]) or Auc(math.nan, None, None)
    by_site = {}
    for site in np.unique(sites):
        here = sites == site
        kinds = chances[here & outcome], chances[here & ~outcome]
        if min(map(len, kinds)) >= FEWEST_FOR_SITE_AUC and (own := auc_of(*kinds)):
            by_site[str(site)] = own
    return Outcome(model, scheme, features, outcome, chances, area, by_site, calibration_of(outcome, chances), chance)


def _compared(one: Outcome, outcomes: Collection[Outcome]) -> Outcome:
    """Return the outcome with its gain over volume and age by the same model and scheme."""
    base = next((o for o in outcomes if (o.model, o.scheme, o.features) == (one.model, one.scheme, BASELINE)), None)
    if base is None or one.features == BASELINE or len(base.outcome) != len(one.outcome):
        return one
    return replace(one, gain=auc_difference(one.outcome, one.chances, base.chances))
