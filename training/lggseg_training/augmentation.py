"""The random part: every scanner, position and contrast that a volume in 3D Slicer may come with."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai import transforms as mt
from torch.nn import functional

from lggseg_training.augmentation_groups import Augmentation
from lggseg_training.distortion import Distortedd

AIR = -3.0
"""About where air comes to lie after ``preprocessing.normalize``."""


_KEYS = ("flair", "t1", "label")
_MODE = ("bilinear", "bilinear", "nearest")
_ALL = Augmentation()


def augmentation(crop_pixels: int, groups: Augmentation = _ALL) -> list[Any]:
    """Return the transforms, in order, for ``flair`` ``(3, H, W)``, ``t1`` ``(2, H, W)`` and ``label`` ``(1, H, W)``.

    Args:
        crop_pixels: Edge of the square that comes out.
        groups: Which of them there are.
    """
    return [
        *([VariedTumorsd()] if groups.tumors else []),
        *_spatial(crop_pixels, groups),
        *_intensity("flair", groups),
        *_intensity("t1", groups),
        *([UnlikeNeighborsd()] if groups.neighbors else []),
    ]


class VariedTumorsd(mt.Randomizable, mt.MapTransform):  # type: ignore[misc]
    """Make tumors fainter or brighter than they are, and put cysts into some.

    Few of the lower-grade gliomas have a cyst or dead tissue in them, and their brightness varies less
    than that of what people segment later. A network that has seen only solid, evenly bright tumors
    leaves a dark core out.
    """

    def __init__(self, prob_brightness: float = 0.3, prob_cyst: float = 0.15) -> None:
        mt.MapTransform.__init__(self, ("flair", "t1", "label"))
        self.prob_brightness = prob_brightness
        self.prob_cyst = prob_cyst

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Change ``flair`` ``(3, H, W)`` and ``t1`` ``(2, H, W)`` where ``label`` ``(1, H, W)`` is set."""
        item = dict(data)
        brighten, hollow = self.R.random(2) < (self.prob_brightness, self.prob_cyst)
        label = torch.as_tensor(item["label"])
        if not label.any():
            return item
        if brighten:
            item["flair"] = torch.as_tensor(item["flair"]) + self.R.uniform(-0.7, 1.5) * _softened(label)
        if hollow:
            self._hollow(item, label)
        return item

    def _hollow(self, item: dict[Hashable, Any], label: torch.Tensor) -> None:
        """Fill part of the inside with fluid: dark on FLAIR and T1, often in a rim that takes up contrast."""
        inside = _eroded(label, int(self.R.randint(2, 9)))
        coarse = torch.from_numpy(self.R.normal(size=(1, 1, *self.R.randint(4, 13, size=2)))).float()
        noise = functional.interpolate(coarse, label.shape[1:], mode="bicubic")[0]
        hole = inside * (noise > self.R.uniform(-1.5, 0.3))
        cyst = _softened(hole)
        flair, t1 = (torch.as_tensor(item[key]).clone() for key in ("flair", "t1"))
        flair = torch.lerp(flair, torch.full_like(flair, self.R.uniform(-2.5, 0.0)), cyst)
        t1 = torch.lerp(t1, torch.full_like(t1, self.R.uniform(-2.5, -0.5)), cyst)
        rim = (1 - _softened(_eroded(1 - hole, 3)) - cyst).clamp(0, 1) * label
        flair = flair + self.R.uniform(0.0, 1.0) * rim
        t1[1:] += self.R.uniform(0.0, 3.0) * rim
        item["flair"], item["t1"] = flair, t1


class ShadedByCoild(mt.Randomizable, mt.MapTransform):  # type: ignore[misc]
    """Shade smoothly, as receiver coils do: a factor on intensities counted from air.

    Counted from the median, as the normalised intensities are, a factor would leave grey tissue as it
    is and only stretch the rest.
    """

    def __init__(self, key: str, prob: float) -> None:
        mt.MapTransform.__init__(self, (key,))
        self.prob = prob
        self._field = mt.RandBiasField(degree=3, coeff_range=(-0.2, 0.2), prob=1.0)

    def set_random_state(self, seed: int | None = None, state: np.random.RandomState | None = None) -> ShadedByCoild:
        """Seed the field with the transform."""
        super().set_random_state(seed, state)
        self._field.set_random_state(state=self.R)
        return self

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Change all channels of ``(C, H, W)`` alike."""
        item = dict(data)
        if self.R.random() < self.prob:
            for key in self.keys:
                item[key] = self._field(torch.as_tensor(item[key]) - AIR) + AIR
        return item


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


def _spatial(crop_pixels: int, groups: Augmentation) -> list[Any]:
    """Flip, place and bend; at the least the middle is cut out."""
    place = {
        "spatial_size": (crop_pixels, crop_pixels),
        "rotate_range": np.deg2rad(25) if groups.rotation else 0.0,
        "shear_range": 0.1 if groups.rotation else 0.0,
        "translate_range": 36 if groups.crop else 0.0,
        "scale_range": ((-0.3, 0.3), (-0.3, 0.3)) if groups.zoom else 0.0,
        "padding_mode": "border",
        "mode": _MODE,
        "prob": 1.0,
    }
    placed = mt.RandAffined(_KEYS, **place)
    if groups.elastic:
        elastic = mt.Rand2DElasticd(_KEYS, spacing=(32, 32), magnitude_range=(1.0, 4.0), **place)
        placed = mt.OneOf([placed, elastic], weights=(0.75, 0.25))
    return [
        *([mt.RandFlipd(_KEYS, prob=0.5, spatial_axis=1)] if groups.flips else []),
        # Before the crop: what is drawn in from outside is air then.
        *([mt.RandGridDistortiond(_KEYS, distort_limit=0.1, mode=_MODE, prob=0.25)] if groups.grid else []),
        *([Distortedd(_KEYS, _MODE, prob=0.25)] if groups.optical else []),
        placed,
    ]


def _intensity(key: str, groups: Augmentation) -> list[Any]:
    blurred = mt.RandGaussianSmoothd(key, sigma_x=(0.4, 1.2), sigma_y=(0.4, 1.2), prob=0.15)
    resampled = mt.RandSimulateLowResolutiond(key, prob=0.15, upsample_mode="bilinear", zoom_range=(0.5, 1.0))
    contrasted = mt.RandAdjustContrastd(key, gamma=(0.65, 1.5), prob=0.35, retain_stats=True)
    scaled = mt.RandScaleIntensityd(key, factors=(-0.3, 0.4), prob=0.5)
    shifted = mt.RandShiftIntensityd(key, offsets=(-0.8, 0.8), prob=0.5)
    return [
        *([ShadedByCoild(key, prob=0.3)] if groups.bias_field else []),
        *([resampled] if groups.low_resolution else []),
        *([blurred, mt.RandGaussianSharpend(key, prob=0.1, alpha=(1.0, 5.0))] if groups.sharpness else []),
        *([contrasted] if groups.gamma else []),
        *([scaled, shifted] if groups.brightness else []),
        *([mt.RandGaussianNoised(key, std=0.3, prob=0.25)] if groups.noise else []),
    ]


def _eroded(mask: torch.Tensor, pixels: int) -> torch.Tensor:
    """Take a margin of so many pixels off a ``(1, H, W)`` mask of 0 and 1."""
    size = 2 * pixels + 1
    rows = functional.max_pool2d(1 - mask, (size, 1), stride=1, padding=(pixels, 0))
    return 1 - functional.max_pool2d(rows, (1, size), stride=1, padding=(0, pixels))  # a square, one side at a time


def _softened(mask: torch.Tensor) -> torch.Tensor:
    """Blur the edge of a ``(1, H, W)`` mask over about three pixels."""
    return functional.avg_pool2d(functional.avg_pool2d(mask, 3, stride=1, padding=1), 3, stride=1, padding=1)
