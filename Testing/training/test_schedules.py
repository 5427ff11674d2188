"""Learning rates by step."""

from itertools import pairwise

import pytest

from lggseg_training.schedules import SCHEDULES, Plateau, learning_rate_share


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_warms_up_and_never_rises_again(name):
    shares = [learning_rate_share(name, step, steps=100, warmup_steps=10) for step in range(101)]
    assert shares[0] == pytest.approx(0.1, rel=0.01)
    assert max(shares) <= 1.0
    assert all(earlier >= later for earlier, later in pairwise(shares[10:]))


def test_cosine_and_poly_end_at_zero_and_constant_stays():
    ends = {name: learning_rate_share(name, 100, steps=100, warmup_steps=1) for name in SCHEDULES}
    assert ends["cosine"] == pytest.approx(0)
    assert ends["poly"] == 0
    assert ends["constant"] == 1


def test_a_plateau_halves_the_rate_after_checks_without_gain():
    plateau = Plateau(2)
    factors = []
    for dice in (0.5, 0.6, 0.6, 0.59, 0.7, 0.1, 0.1):
        plateau.see(dice)
        factors.append(plateau.factor)
    assert factors == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    resumed = Plateau(2)
    resumed.load_state_dict(plateau.state_dict())
    assert vars(resumed) == vars(plateau)
