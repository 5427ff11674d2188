"""Contrasts that the data set does not have: fat suppressed, other grey values, lesions that are no tumor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lggseg.model.preprocessing import NORMALIZED_RANGE, FloatArray
from lggseg_training.draws import LABEL_OF_CHANNEL, Draw, blob, softened

QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
"""Of the brain without tumor: what ``remap`` carries from one patient to another."""

SEQUENCE_OF_CHANNEL = (0, 0, 0, 1, 2)
_AIR = -3.0


def brain_quantiles(sequences: FloatArray, brain: np.ndarray) -> FloatArray:
    """Return ``QUANTILES`` of each sequence ``(3, K, J, I)`` in the brain, ``(3, len(QUANTILES))``, rising."""
    values = np.quantile(sequences[:, brain][:, ::7].astype(np.float32), QUANTILES, axis=1).T
    return np.maximum.accumulate(values + 1e-3 * np.arange(len(QUANTILES)), axis=1).astype(np.float32)


def remap(draw: Draw, volume: Mapping[str, Any], other: Mapping[str, Any], random: np.random.RandomState) -> None:
    """Give the brain the grey values of another patient's, in part or wholly; order is kept (histogram matching)."""
    share = random.uniform(0.3, 1.0)
    for channel, sequence in enumerate(SEQUENCE_OF_CHANNEL):
        mine, theirs = volume["quantiles"][sequence], other["quantiles"][sequence]
        target = mine + share * (theirs - mine)
        # Beyond the quantiles, and above all in the tumor, the curve goes on with the slope it has.
        known = np.concatenate([[mine[0] - 5], mine, [mine[-1] + 10]])
        wanted = np.concatenate([[target[0] - 5], target, [target[-1] + 10]])
        draw.channels[channel] = np.interp(draw.channels[channel], known, wanted)


def suppress_fat(draw: Draw, volume: Mapping[str, Any], random: np.random.RandomState) -> None:
    """Darken all outside the brain, as modern 3D FLAIR shows it, and normalise anew."""
    outside = 1.0 - softened(draw.brain, 1.0)[list(LABEL_OF_CHANNEL)]
    dimmed = 1.0 - outside * np.float32(random.uniform(0.35, 0.9))
    channels = _AIR + (draw.channels - _AIR) * dimmed
    share = np.float32(random.uniform(0.0, 1.0))
    median, scale = (volume[name][list(SEQUENCE_OF_CHANNEL), None, None] for name in ("brain_median", "brain_scale"))
    channels = (channels - share * median) / (1 + share * (scale - 1))
    draw.channels = np.clip(channels, *NORMALIZED_RANGE).astype(np.float32)


def add_lesions(draw: Draw, random: np.random.RandomState) -> None:
    """Put bright spots of 1 to 4 mm radius into the brain that are no tumor, as age and inflammation do."""
    places = np.argwhere(draw.brain[1] & ~draw.labels[1])
    if not len(places):
        return
    hit = np.zeros(draw.brain.shape[1:], bool)
    for _ in range(random.randint(1, 13)):
        hit |= blob(random, hit.shape, tuple(places[random.randint(len(places))]), float(random.uniform(1.2, 4.7)))
    reach = np.array([random.uniform(0, 0.8), 1.0, random.uniform(0, 0.8)], np.float32)[:, None, None]
    weight = softened((hit & ~draw.labels) & draw.brain, 0.8) * reach
    height = np.array([1, 1, 1, random.uniform(-0.5, 0.1), random.uniform(-0.5, 0.1)], np.float32)
    rise = float(random.uniform(0.8, 3.0)) * height[:, None, None]
    draw.channels = draw.channels + weight[list(LABEL_OF_CHANNEL)] * rise
