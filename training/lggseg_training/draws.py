"""One slice on its way to a training step: five channels, and where in them the tumor and the brain are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from lggseg.model.preprocessing import FloatArray, stack_channels

LABEL_OF_CHANNEL = (0, 1, 2, 1, 1)
"""Which of the three slices (below, middle, above) a channel shows."""

BoolArray = npt.NDArray[np.bool_]


@dataclass
class Draw:
    """A slice with its neighbours.

    Attributes:
        channels: ``(5, H, W)`` float32 in the order of ``preprocessing.CHANNELS``.
        labels: ``(3, H, W)`` bool, tumor below, in, and above the slice.
        brain: ``(3, H, W)`` bool.
    """

    channels: FloatArray
    labels: BoolArray
    brain: BoolArray

    def paste(self, other: FloatArray, weight: FloatArray) -> None:
        """Lay ``(5, H, W)`` channels over, as far as the ``(3, H, W)`` weight of each slice goes."""
        spread = weight[list(LABEL_OF_CHANNEL)]
        self.channels = self.channels + spread * (other - self.channels)


def draw_slice(volume: Mapping[str, Any], k: int) -> Draw:
    """Take one slice out of a packed volume."""
    return Draw(
        stack_channels(volume["sequences"], k, volume["offset"]).astype(np.float32),
        three_slices(volume["label"], k, volume["offset"]) > 0,
        three_slices(volume["brain"], k, volume["offset"]),
    )


def three_slices(array: npt.NDArray[Any], k: int, offset: int) -> npt.NDArray[Any]:
    """Return the slice below, the slice and the slice above, ``(3, H, W)``, as ``stack_channels`` takes them."""
    return array[[max(k - offset, 0), k, min(k + offset, len(array) - 1)]]


def softened(region: BoolArray, sigma: float) -> FloatArray:
    """Blur the edge of regions ``(N, H, W)`` within each slice; 0 to 1."""
    return np.asarray(ndimage.gaussian_filter(region.astype(np.float32), (0.0, sigma, sigma)), dtype=np.float32)


def grown(region: BoolArray, pixels: int) -> BoolArray:
    """Widen regions ``(N, H, W)`` by so many pixels within each slice."""
    if pixels <= 0 or not region.any():
        return region
    rows, columns = (np.flatnonzero(region.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    box = (
        slice(None),
        slice(max(rows[0] - pixels - 1, 0), rows[-1] + pixels + 2),
        slice(max(columns[0] - pixels - 1, 0), columns[-1] + pixels + 2),
    )
    result = region.copy()
    disk = ndimage.generate_binary_structure(2, 1)[None]
    result[box] = ndimage.binary_dilation(region[box], disk, iterations=pixels)
    return result


def blob(random: np.random.RandomState, shape: tuple[int, ...], center: tuple[int, ...], radius: float) -> BoolArray:
    """Draw a round region with an uneven rim, ``(H, W)``."""
    reach = 2.3 * radius  # e^.4 for the stretch times 1.52 for the rim
    box = tuple(slice(max(int(c - reach), 0), int(c + reach) + 1) for c in center)
    rows, columns = (np.arange(n, dtype=np.float32)[part] - c for n, part, c in zip(shape, box, center, strict=True))
    stretch = float(np.exp(random.uniform(-0.4, 0.4)))
    angle = np.arctan2(rows[:, None], columns[None])
    rim = sum(random.uniform(0, 0.25) / n * np.cos(n * angle + random.uniform(0, 6.3)) for n in range(1, 5))
    result = np.zeros(shape, bool)
    result[box] = np.hypot(rows[:, None] * stretch, columns[None] / stretch) < radius * (1 + rim)
    return result
