"""The random part: every scanner, position and contrast that a volume in 3D Slicer may come with."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai import transforms as mt

_KEYS = ("flair", "t1", "label")
_MODE = ("bilinear", "bilinear", "nearest")


def augmentation(crop_pixels: int) -> list[Any]:
    """Return the transforms, in order, for ``flair`` ``(3, H, W)``, ``t1`` ``(2, H, W)`` and ``label`` ``(1, H, W)``.

    Args:
        crop_pixels: Edge of the square that comes out.
    """
    return [*_spatial(crop_pixels), *_intensity("flair"), *_intensity("t1"), UnlikeNeighborsd()]


class UnlikeNeighborsd(mt.Randomizable, mt.MapTransform):  # type: ignore[misc]
    """Make the neighbour slices differ from theirs: brighter or darker, displaced, or missing.

    Slices of a stack are measured one after another, by coils that do not reach all of them alike, in
    patients who move. A network that has seen only tidy stacks takes a brighter slice for a tumor.
    """

    def __init__(self, prob: float = 0.3) -> None:
        mt.MapTransform.__init__(self, ("flair",))
        self.prob = prob

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Change the outer two of ``flair`` ``(3, H, W)``."""
        item = dict(data)
        flair = torch.as_tensor(item["flair"]).clone()
        for neighbor in (0, 2):
            if self.R.random() < self.prob:
                flair[neighbor] = flair[neighbor] * self.R.uniform(0.75, 1.3) + self.R.uniform(-0.5, 0.5)
            if self.R.random() < self.prob / 2:
                rows, columns = (int(pixels) for pixels in self.R.randint(-4, 5, size=2))
                flair[neighbor] = torch.roll(flair[neighbor], (rows, columns), (0, 1))
            if self.R.random() < self.prob / 4:
                flair[neighbor] = flair[1]
        item["flair"] = flair
        return item


def _spatial(crop_pixels: int) -> list[Any]:
    place = {
        "spatial_size": (crop_pixels, crop_pixels),
        "rotate_range": np.deg2rad(25),
        "shear_range": 0.1,
        "translate_range": 36,
        "scale_range": ((-0.3, 0.3), (-0.3, 0.3)),
        "padding_mode": "border",
        "mode": _MODE,
        "prob": 1.0,
    }
    elastic = mt.Rand2DElasticd(_KEYS, spacing=(32, 32), magnitude_range=(1.0, 4.0), **place)
    return [
        mt.RandFlipd(_KEYS, prob=0.5, spatial_axis=1),
        mt.OneOf([mt.RandAffined(_KEYS, **place), elastic], weights=(0.75, 0.25)),
    ]


def _intensity(key: str) -> list[Any]:
    return [
        mt.RandBiasFieldd(key, degree=2, coeff_range=(-0.4, 0.4), prob=0.25),
        mt.RandSimulateLowResolutiond(key, prob=0.15, upsample_mode="bilinear", zoom_range=(0.5, 1.0)),
        mt.RandGaussianSmoothd(key, sigma_x=(0.4, 1.2), sigma_y=(0.4, 1.2), prob=0.15),
        mt.RandGaussianSharpend(key, prob=0.1, alpha=(1.0, 5.0)),
        mt.RandAdjustContrastd(key, gamma=(0.65, 1.5), prob=0.35, retain_stats=True),
        mt.RandScaleIntensityd(key, factors=(-0.3, 0.4), prob=0.5),
        mt.RandShiftIntensityd(key, offsets=(-0.8, 0.8), prob=0.5),
        mt.RandGaussianNoised(key, std=0.3, prob=0.25),
    ]
