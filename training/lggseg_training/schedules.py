"""Learning rates by name: which share of the full rate a step takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

_POWER = 0.9  # of the polynomial, as in nnU-Net
_PLATEAU_FACTOR = 0.5

SCHEDULES: dict[str, Callable[[float], float]] = {
    "cosine": lambda done: 0.5 * (1.0 + math.cos(math.pi * done)),
    "poly": lambda done: (1.0 - done) ** _POWER,
    "constant": lambda _: 1.0,
    "plateau": lambda _: 1.0,  # times the factor of ``Plateau``
}
"""The share of the full rate by the share of the steps that are done, 0 to 1, after the warm-up."""


def learning_rate_share(schedule: str, step: int, *, steps: int, warmup_steps: int) -> float:
    """Return the share of the full rate for a step, from 0 on; it rises evenly over the warm-up."""
    warm = min(1.0, (step + 1) / max(warmup_steps, 1))
    return warm * SCHEDULES[schedule](min(step / steps, 1.0))


class Plateau:
    """Halves the rate each time so many checks have gone by without gain.

    Attributes:
        factor: Which share of the full rate is left.
    """

    def __init__(self, checks: int) -> None:
        self.checks = checks
        self.factor = 1.0
        self.best = -math.inf
        self.waited = 0

    def see(self, dice: float) -> None:
        """Note the Dice of a check."""
        self.waited = 0 if dice > self.best else self.waited + 1
        self.best = max(self.best, dice)
        if self.waited >= self.checks:
            self.factor *= _PLATEAU_FACTOR
            self.waited = 0

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"factor": self.factor, "best": self.best, "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.factor, self.best, self.waited = state["factor"], state["best"], state["waited"]
