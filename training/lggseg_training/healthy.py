"""Heads without tumor, made from those that have one, and blends that change nothing of what is true.

The tumor's place is filled with what the other side of the same head shows there. A network learns seams; so
as many slices are blended where there was no tumor (sham), and a seam says nothing about what it encloses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lggseg.model.preprocessing import FloatArray, stack_channels
from lggseg_training.draws import LABEL_OF_CHANNEL, BoolArray, Draw, blob, grown, softened, three_slices

_RING_PIXELS = 6
_MARGIN_PIXELS = (4, 17)  # annotators leave out faint parts: those went on to be seen as nothing


def remove_tumor(draw: Draw, volume: Mapping[str, Any], k: int, random: np.random.RandomState) -> None:
    """Replace the tumor, and a margin of 4 to 16 pixels that its faint part may reach, by the other side."""
    margin = int(random.randint(*_MARGIN_PIXELS))
    blend(draw, volume, k, grown(draw.labels, margin), float(random.uniform(1.0, 2.5)))


def sham(draw: Draw, volume: Mapping[str, Any], k: int, random: np.random.RandomState) -> None:
    """Replace a random place by the other side, with whatever tumor it shows."""
    places = np.argwhere(draw.brain[1])
    if len(places):
        center = places[random.randint(len(places))]
        region = blob(random, draw.brain.shape[1:], tuple(center), float(random.uniform(8, 45)))
        blend(draw, volume, k, np.stack([region] * 3), float(random.uniform(1.0, 2.5)))


def blend(draw: Draw, volume: Mapping[str, Any], k: int, region: BoolArray, sigma: float) -> None:
    """Replace a region ``(3, H, W)`` by the other side, with its label, the edge blurred by ``sigma`` pixels."""
    other = stack_channels(volume["mirror"], k, volume["offset"]).astype(np.float32)
    other_labels = three_slices(volume["mirror_label"], k, volume["offset"]) > 0
    tumor = draw.labels | other_labels
    draw.paste(matched(other, draw.channels, ring(region, tumor, draw.brain)), softened(region, sigma))
    draw.labels = np.where(region, other_labels, draw.labels)


def ring(region: BoolArray, tumor: BoolArray, brain: BoolArray) -> BoolArray:
    """Return the brain just around a region, without tumor, ``(3, H, W)``."""
    return np.asarray(grown(region, _RING_PIXELS) & ~region & ~tumor & brain)


def matched(other: FloatArray, channels: FloatArray, around: BoolArray) -> FloatArray:
    """Shift ``(5, H, W)`` channels so that around the seam they are as bright as those they replace."""
    result = other.copy()
    for channel, of in enumerate(LABEL_OF_CHANNEL):
        if around[of].any():
            result[channel] += (channels[channel][around[of]] - other[channel][around[of]]).mean()
    return result
