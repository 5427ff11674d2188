"""Is a prediction better than chance? The whole procedure again with the status dealt out anew, until it is clear.

Chance is measured, not assumed (M. Ojala, G. C. Garriga, Journal of Machine Learning Research 11 (2010) 1833-1863).
The repetitions end early once ten of them came out as good as what was seen: the p value is then ten over their number,
which is as valid as one from all of them (J. Besag, P. Clifford, Biometrika 78 (1991) 301-304).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from lggseg.radiogenomics.kept import Kept
from lggseg.radiogenomics.optional import needed
from lggseg.radiogenomics.prediction import EXTRA, SEED, ModelName, Problem, key_of, out_of_fold, splits_by_patient

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Score = Callable[[BoolArray, FloatArray], float]

ENOUGH = 10
"""Repetitions as good as what was seen after which no more are made."""
FEWEST = 19
"""With fewer repetitions no p value of 0.05 could come out."""
_AHEAD = 4  # repetitions a process between two looks at the result


@dataclass(frozen=True)
class Chance:
    """How often chance did as well.

    Attributes:
        p: p value.
        tries: Repetitions that it rests on.
        most: How many there might have been; fewer tries mean that ``ENOUGH`` of them were as good.
    """

    p: float
    tries: int
    most: int


@dataclass(frozen=True)
class Trial:
    """How chance is tried.

    Attributes:
        most: Most repetitions.
        score: Judges ``(n,)`` outcomes and ``(n,)`` predicted chances.
        jobs: Processes at once.
        kept: Where scores are kept.
        progress: Called with the repetitions made and the most there can be.
    """

    most: int
    score: Score
    jobs: int = 1
    kept: Kept = field(default_factory=Kept)
    progress: Callable[[int, int], None] = lambda done, most: None


def against_chance(name: ModelName, problem: Problem, seen: float, trial: Trial) -> Chance:
    """Return how often the whole procedure, tuning and all, does as well with the status dealt out anew.

    The result does not depend on how many processes there are, nor on what was kept.

    Args:
        name: Model.
        problem: What was predicted.
        seen: Score of the true status.
        trial: How chance is tried.
    """
    joblib = needed("joblib", "scikit-learn", EXTRA)
    key = key_of(name, "chance", problem)
    scores = trial.kept.get(key)
    generator = np.random.default_rng(SEED)
    dealt = [generator.permutation(problem.outcome) for _ in range(trial.most)]
    with joblib.Parallel(n_jobs=trial.jobs) as parallel:
        while (verdict := judged(scores, seen, trial.most)) is None:
            part = dealt[len(scores) : len(scores) + _AHEAD * trial.jobs]
            scores += parallel(joblib.delayed(_once)(name, problem, outcome, trial.score) for outcome in part)
            trial.kept.put(key, scores)
            trial.progress(len(scores), trial.most)
    return verdict


def judged(scores: Sequence[float], seen: float, most: int) -> Chance | None:
    """Return what the repetitions so far say, in their order; None where there must be more."""
    as_good = np.cumsum(np.array(scores[:most]) >= seen)
    clear = np.flatnonzero(as_good == ENOUGH)
    if len(clear):
        tries = int(clear[0]) + 1
        return Chance(ENOUGH / tries, tries, most)
    if len(as_good) < most:
        return None
    return Chance((int(as_good[-1]) + 1) / (most + 1), most, most)


def _once(name: ModelName, problem: Problem, outcome: BoolArray, score: Score) -> float:
    again = Problem(problem.features, outcome, problem.sites)
    return score(outcome, out_of_fold(name, again, splits_by_patient(outcome)))
