"""Against chance: what ends the repetitions, what their p value is, and that a stopped run goes on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lggseg.radiogenomics import chance, prediction
from lggseg.radiogenomics.chance import Chance, Trial, against_chance, judged
from lggseg.radiogenomics.kept import Kept
from lggseg.radiogenomics.prediction import Problem, cross_validated
from lggseg.radiogenomics.roc import auc_of

pytest.importorskip("sklearn", reason="scikit-learn is not installed")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """One penalty instead of a choice of four."""
    monkeypatch.setattr(prediction, "_STRENGTHS", (0.1,))


def area(outcome, chances):
    return auc_of(chances[outcome], chances[~outcome]).value


@pytest.fixture
def planted() -> Problem:
    """Sixty patients; the first of two features tells the status."""
    generator = np.random.default_rng(0)
    outcome = np.arange(60) % 3 == 0
    features = generator.normal(0, 1, (60, 2))
    features[:, 0] += 3 * outcome
    return Problem(features, outcome, np.repeat(["a", "b", "c"], 20))


def test_repetitions_end_with_the_tenth_that_did_as_well():
    # Every second score reaches 0.7: the tenth of them is the twentieth of all, and what comes after does not count.
    scores = [0.5, 0.7] * 15
    assert judged(scores, 0.7, 199) == Chance(10 / 20, 20, 199)
    assert judged(scores[:19], 0.7, 199) is None
    assert judged(scores, 0.71, 199) is None


def test_all_repetitions_give_the_usual_p_value():
    assert judged([0.5] * 96 + [0.9] * 3, 0.8, 99) == Chance(4 / 100, 99, 99)
    assert judged([0.5] * 99, 0.8, 99) == Chance(1 / 100, 99, 99)


def test_without_an_effect_small_p_values_come_as_often_as_they_say():
    generator = np.random.default_rng(1)
    found = np.array([judged(generator.random(99).tolist(), generator.random(), 99).p for _ in range(4000)])
    for level in (0.05, 0.2, 0.5):
        # 4000 studies: three standard errors above the level.
        assert np.mean(found <= level) <= level + 3 * np.sqrt(level * (1 - level) / 4000)
        assert np.mean(found <= level) >= 0.7 * level


def test_chance_is_about_a_half_and_below_what_is_there(planted):
    seen = area(planted.outcome, cross_validated("logistic", planted, repeats=1)[0])
    kept = Kept()
    found = against_chance("logistic", planted, seen, Trial(19, area, kept=kept))
    assert found == Chance(1 / 20, 19, 19)
    (scores,) = kept._known.values()
    assert 0.3 < np.mean(scores) < 0.65
    assert max(scores) < seen


def test_noise_ends_early_and_jobs_do_not_change_it(planted, monkeypatch):
    noise = Problem(planted.features[:, 1:], planted.outcome, planted.sites)
    monkeypatch.setattr(chance, "out_of_fold", lambda name, problem, splits: problem.outcome[::-1] * 1.0)
    verdicts = [against_chance("logistic", noise, 0.5, Trial(199, area, jobs)) for jobs in (1, 1)]
    monkeypatch.setattr(chance, "_AHEAD", 7)
    verdicts.append(against_chance("logistic", noise, 0.5, Trial(199, area)))
    assert len(set(verdicts)) == 1
    assert verdicts[0].tries < 199
    assert verdicts[0].p == 10 / verdicts[0].tries


def test_a_stopped_run_goes_on_where_it_was_and_ends_the_same(planted, tmp_path, monkeypatch):
    whole = against_chance("logistic", planted, 0.9, Trial(19, area))
    real, count = chance._once, itertools.count()

    def stopped_at_the_tenth(*given):
        if next(count) == 10:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(chance, "_once", stopped_at_the_tenth)
    with pytest.raises(KeyboardInterrupt):
        against_chance("logistic", planted, 0.9, Trial(19, area, kept=Kept(tmp_path / "kept.json")))
    made = []
    monkeypatch.setattr(chance, "_once", lambda *given: made.append(1) or real(*given))
    again = against_chance("logistic", planted, 0.9, Trial(19, area, kept=Kept(tmp_path / "kept.json")))
    assert again == whole
    assert len(made) == 19 - 8  # eight were kept, four at a time


def test_what_was_kept_is_not_taken_for_other_data(planted, tmp_path):
    kept = Kept(tmp_path / "kept.json")
    against_chance("logistic", planted, 0.9, Trial(19, area, kept=kept))
    made = []
    trial = Trial(19, area, kept=kept, progress=lambda done, most: made.append((done, most)))
    against_chance("logistic", planted, 0.9, trial)
    assert made == []
    changed = Problem(planted.features + 1e-9, planted.outcome, planted.sites)
    against_chance("logistic", changed, 0.9, trial)
    assert made[-1] == (19, 19)
