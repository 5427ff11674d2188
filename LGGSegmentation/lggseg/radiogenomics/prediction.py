"""Prediction of a status from features that does not fool itself.

Every patient is predicted by a model that was made without him: filling of gaps, scaling, selection and tuning all
happen inside the training part of each split (nested cross-validation: S. Varma, R. Simon, BMC Bioinformatics 7
(2006) 91). Leaving out one institution at a time asks whether it carries over to another scanner and another team.
Whether that is more than chance: :mod:`lggseg.radiogenomics.chance`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lggseg import __version__
from lggseg.radiogenomics.optional import needed

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Split = tuple[IntArray, IntArray]
ModelName = Literal["logistic", "forest"]

EXTRA = "prediction"
SEED = 20190610
OUTER, INNER, REPEATS = 5, 3, 3
FEWEST_A_CLASS = 10
"""Fewer patients of either kind are not predicted: a training part would have too few to tune on."""

_PARTS = (
    "pipeline", "impute", "preprocessing", "linear_model", "ensemble", "model_selection", "feature_selection",
)  # fmt: skip
_STRENGTHS = (0.01, 0.1, 1.0, 10.0)
_TREES, _LEAF = 100, 3
_SELECTED = (5, 15)
"""With more features than the larger number the logistic model also tunes how many are kept."""


@dataclass(frozen=True)
class Problem:
    """What is to be predicted from what.

    Attributes:
        features: ``(n, m)`` values, not a number where unknown.
        outcome: ``(n,)`` whether a patient has the status.
        sites: ``(n,)`` institution of each.
    """

    features: FloatArray
    outcome: BoolArray
    sites: npt.NDArray[np.str_]


def model_of(name: ModelName, count: int) -> Any:
    """Return an untrained model with all its steps; what it tunes, it tunes on what it is trained on.

    Args:
        name: ``logistic``: ridge-penalised logistic regression, the strength tuned; ``forest``: random forest, whose
            few settings are fixed beforehand (tuning gains it little: P. Probst, A.-L. Boulesteix, B. Bischl, Journal
            of Machine Learning Research 20 (2019) 53).
        count: Number of features.

    Raises:
        DependencyError: If scikit-learn is not installed.
    """
    sklearn = {part: needed(f"sklearn.{part}", "scikit-learn", EXTRA) for part in _PARTS}
    gaps = ("gaps", sklearn["impute"].SimpleImputer(strategy="median", keep_empty_features=True))
    if name == "forest":
        forest = sklearn["ensemble"].RandomForestClassifier(_TREES, min_samples_leaf=_LEAF, random_state=SEED)
        return sklearn["pipeline"].Pipeline([gaps, ("model", forest)])
    steps = [gaps, ("scale", sklearn["preprocessing"].StandardScaler())]
    grid: dict[str, list[float]] = {"model__C": list(_STRENGTHS)}
    if count > max(_SELECTED):
        # What is the same for all of a training part cannot be selected by how it differs.
        steps.append(("varying", sklearn["feature_selection"].VarianceThreshold()))
        steps.append(("select", sklearn["feature_selection"].SelectKBest()))
        grid["select__k"] = list(_SELECTED)
    steps.append(("model", sklearn["linear_model"].LogisticRegression(max_iter=5000)))
    inner = sklearn["model_selection"].StratifiedKFold(INNER, shuffle=True, random_state=SEED)
    return sklearn["model_selection"].GridSearchCV(
        sklearn["pipeline"].Pipeline(steps), grid, scoring="neg_log_loss", cv=inner
    )


def splits_by_patient(outcome: BoolArray, repeat: int = 0) -> list[Split]:
    """Return training and test patients of every fold, both kinds spread evenly."""
    folds = needed("sklearn.model_selection", "scikit-learn", EXTRA).StratifiedKFold(
        OUTER, shuffle=True, random_state=SEED + repeat
    )
    return list(folds.split(np.zeros(len(outcome)), outcome))


def splits_by_site(problem: Problem) -> list[Split]:
    """Return a split for each institution, which is tested alone, but for those without which too few are left."""
    found = []
    for site in np.unique(problem.sites):
        test, train = np.flatnonzero(problem.sites == site), np.flatnonzero(problem.sites != site)
        kinds = problem.outcome[train]
        if min(int(kinds.sum()), int((~kinds).sum())) >= INNER:
            found.append((train, test))
    return found


def out_of_fold(name: ModelName, problem: Problem, splits: Iterable[Split]) -> FloatArray:
    """Return ``(n,)`` predicted chances, each by a model made without the patient; not a number where untested."""
    chances = np.full(len(problem.outcome), np.nan)
    # What is checked here once would be checked again in each of the hundreds of fits.
    with needed("sklearn", "scikit-learn", EXTRA).config_context(skip_parameter_validation=True):
        for train, test in splits:
            model = model_of(name, problem.features.shape[1]).fit(problem.features[train], problem.outcome[train])
            chances[test] = model.predict_proba(problem.features[test])[:, 1]
    return chances


def cross_validated(name: ModelName, problem: Problem, repeats: int = REPEATS) -> FloatArray:
    """Return ``(repeats, n)`` chances by nested cross-validation by patient, each time over other folds."""
    return np.array(
        [out_of_fold(name, problem, splits_by_patient(problem.outcome, repeat)) for repeat in range(repeats)]
    )


def key_of(name: ModelName, what: str, problem: Problem) -> str:
    """Return a name that no other model, procedure or data share, to keep results under."""
    sklearn = needed("sklearn", "scikit-learn", EXTRA)
    settings = (
        __version__, sklearn.__version__, np.__version__, SEED, OUTER, INNER, _STRENGTHS, _TREES, _LEAF, _SELECTED,
        problem.features.shape, problem.sites.tolist(),
    )  # fmt: skip
    content = hashlib.sha256(repr(settings).encode())
    content.update(np.ascontiguousarray(problem.features).tobytes())
    content.update(np.ascontiguousarray(problem.outcome).tobytes())
    return f"{name}, {what}, {content.hexdigest()}"


@dataclass(frozen=True)
class Calibration:
    """How far predicted chances are those that come true.

    Attributes:
        brier: Mean squared distance of chance and outcome; smaller is better.
        brier_of_share: The same where everybody is given the share of the whole: what there is to beat.
        slope: 1 is right; below, chances are too extreme; below 0, they point the wrong way.
        predicted: ``(g,)`` mean chance of each of up to five groups of patients, in order.
        seen: ``(g,)`` share of them with the status.
        counts: ``(g,)`` patients in each.
    """

    brier: float
    brier_of_share: float
    slope: float | None
    predicted: FloatArray
    seen: FloatArray
    counts: Sequence[int]


def calibration_of(outcome: BoolArray, chances: FloatArray) -> Calibration:
    """Judge predicted chances.

    Args:
        outcome: ``(n,)`` what came.
        chances: ``(n,)`` what was predicted.
    """
    groups = np.array_split(np.argsort(chances, kind="stable"), 5)
    groups = [group for group in groups if len(group)]
    return Calibration(
        brier=float(np.mean((chances - outcome) ** 2)),
        brier_of_share=float(np.mean((outcome.mean() - outcome) ** 2)),
        slope=_slope(outcome, chances),
        predicted=np.array([chances[group].mean() for group in groups]),
        seen=np.array([outcome[group].mean() for group in groups]),
        counts=[len(group) for group in groups],
    )


def _slope(outcome: BoolArray, chances: FloatArray) -> float | None:
    """Return the slope of logistic regression of the outcome on the log odds that were predicted."""
    inside = np.clip(chances, 1e-6, 1 - 1e-6)
    odds = np.log(inside / (1 - inside))
    if np.ptp(odds) == 0:
        return None
    fit = needed("sklearn.linear_model", "scikit-learn", EXTRA).LogisticRegression(C=1e9, max_iter=5000)
    return float(fit.fit(odds[:, None], outcome).coef_[0, 0])
