"""A head with a tumor on one side, packed as training keeps it, without a registration."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from lggseg_training.contrast import brain_quantiles


def sided_volume(seed: int = 0, *, tumor: bool = True) -> dict[str, Any]:
    """Return a packed volume ``(9, 96, 96)``: smooth noise that is alike left and right, tumor in columns 20 to 36."""
    random = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(random.normal(size=(3, 9, 96, 96)), (0, 1, 3, 3)) * 4
    sequences = 0.5 * (noise + noise[..., ::-1])
    rows, columns = np.mgrid[:96, :96] - 47.5
    brain = np.broadcast_to(np.hypot(rows, columns) < 42, (9, 96, 96)).copy()
    sequences[:, ~brain] = -3.0
    label = np.zeros((9, 96, 96), np.uint8)
    if tumor:
        label[3:6, 40:56, 20:36] = 1
        sequences[0][label > 0] += 3.0
    return {
        "case": f"sided{seed}",
        "sequences": sequences.astype(np.float16),
        "label": label,
        "offset": 1,
        "tumor_slices": np.flatnonzero(label.any(axis=(1, 2))),
        "occupied_slices": np.arange(9),
        "brain": brain,
        "brain_median": np.zeros(3),
        "brain_scale": np.ones(3),
        "quantiles": brain_quantiles(sequences, brain & (label == 0)),
        "mirror": sequences[..., ::-1].astype(np.float16),
        "mirror_label": label[..., ::-1],
    }
