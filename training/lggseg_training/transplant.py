"""Tumors of other patients, in other places and sizes: first ones in healthy brain, second ones beside the first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import ndimage

from lggseg.model.preprocessing import FloatArray
from lggseg_training.draws import LABEL_OF_CHANNEL, BoolArray, Draw, draw_slice, softened
from lggseg_training.healthy import ring

_MARGIN = 8
_SMALLEST_PIXELS = 30
_LEAST_KEPT = 0.5  # of the tumor that must lie inside the brain: slivers teach nothing
_LEAST_RISE = 0.3  # robust standard deviations above the median of brain: fluid around must not make tumors dark


def transplant(draw: Draw, donor: Mapping[str, Any], random: np.random.RandomState) -> None:
    """Put the tumor of a random slice of another patient somewhere into the brain of a slice.

    It is flipped and scaled by chance, cut at the edge of the brain, and as much brighter than its new
    surroundings as it was than its old ones.
    """
    source = draw_slice(donor, int(random.choice(donor["tumor_slices"])))
    places = np.argwhere(draw.brain[1] & ~draw.labels[1])
    if np.count_nonzero(source.labels[1]) < _SMALLEST_PIXELS or not len(places):
        return
    contrast = _above_surroundings(source)
    channels, labels = _cut_out(contrast, source.labels, random)
    at = places[random.randint(len(places))]
    pasted, region = _place(channels, labels, draw.brain.shape[1:], at)
    whole = np.count_nonzero(region[1])
    region &= draw.brain
    if np.count_nonzero(region[1]) < max(_SMALLEST_PIXELS, _LEAST_KEPT * whole):
        return
    pasted += _levels(draw.channels, ring(region, draw.labels, draw.brain))[:, None, None]
    if np.median(pasted[1][region[1]]) < np.median(draw.channels[1][draw.brain[1]]) + _LEAST_RISE:
        return
    draw.paste(pasted, softened(region, float(random.uniform(0.6, 1.6))))
    draw.labels = draw.labels | region


def _above_surroundings(source: Draw) -> FloatArray:
    """Return the channels less what the brain around the tumor shows."""
    return source.channels - _levels(source.channels, ring(source.labels, source.labels, source.brain))[:, None, None]


def _levels(channels: FloatArray, around: BoolArray) -> FloatArray:
    """Return the median of each channel where ``around`` is set, 0 where it is nowhere."""
    levels = [
        np.median(channel[around[of]]) if around[of].any() else 0.0
        for channel, of in zip(channels, LABEL_OF_CHANNEL, strict=True)
    ]
    return np.asarray(levels, dtype=np.float32)


def _cut_out(channels: FloatArray, labels: BoolArray, random: np.random.RandomState) -> tuple[FloatArray, BoolArray]:
    rows, columns = (np.flatnonzero(labels.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    box = (
        slice(max(rows[0] - _MARGIN, 0), rows[-1] + _MARGIN),
        slice(max(columns[0] - _MARGIN, 0), columns[-1] + _MARGIN),
    )
    channels, labels = channels[:, *box], labels[:, *box]
    if random.random() < 0.5:
        channels, labels = channels[..., ::-1], labels[..., ::-1]
    zoom = (1.0, *np.exp(random.uniform(-0.5, 0.25, size=2)))
    return ndimage.zoom(channels, zoom, order=1), ndimage.zoom(labels.astype(np.float32), zoom, order=1) > 0.5


def _place(
    channels: FloatArray, labels: BoolArray, shape: tuple[int, ...], at: np.ndarray
) -> tuple[FloatArray, BoolArray]:
    """Lay a cut-out, centred at a pixel, into an empty slice of a shape."""
    pasted = np.zeros((len(channels), *shape), np.float32)
    region = np.zeros((len(labels), *shape), bool)
    into, out_of = [], []
    for center, size, edge in zip(at, channels.shape[1:], shape, strict=True):
        first = int(center) - size // 2
        low, high = max(first, 0), min(first + size, edge)
        into.append(slice(low, high))
        out_of.append(slice(low - first, high - first))
    pasted[:, *into] = channels[:, *out_of]
    region[:, *into] = labels[:, *out_of]
    return pasted, region
