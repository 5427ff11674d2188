"""From a network's logits, and those of linear rules, to probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

_LIMIT = 60.0  # beyond it single precision would overflow, and nothing would change


def sigmoid(logits: Any) -> Any:
    """Return 1 / (1 + exp(-x)) of numbers or arrays of any shape, in their own precision."""
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -_LIMIT, _LIMIT)))
