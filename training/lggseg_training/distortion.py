"""Barrel and pincushion distortion, as lenses and uneven gradient coils make it; MONAI has none."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import torch
from monai import transforms as mt
from torch.nn import functional


class Distortedd(mt.Randomizable, mt.MapTransform):  # type: ignore[misc]
    """Stretch or squeeze towards the rim, around a centre near the middle.

    Args:
        keys: All are distorted alike.
        modes: ``bilinear`` or ``nearest`` for each key.
        prob: Share of the items that are changed.
        limit: Largest strength: at the middle of an edge, a point is moved by this share of its distance.
    """

    def __init__(self, keys: Sequence[str], modes: Sequence[str], prob: float, limit: float = 0.15) -> None:
        mt.MapTransform.__init__(self, keys)
        self.modes = tuple(modes)
        self.prob = prob
        self.limit = limit

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Change all keys, each ``(C, H, W)``."""
        item = dict(data)
        if self.R.random() < self.prob:
            strength = self.R.uniform(-self.limit, self.limit)
            center = self.R.uniform(-0.1, 0.1, size=2)
            for key, mode in zip(self.keys, self.modes, strict=True):
                item[key] = distorted(torch.as_tensor(item[key]), strength, center, mode)
        return item


def distorted(image: torch.Tensor, strength: float, center: Sequence[float], mode: str) -> torch.Tensor:
    """Look up each pixel of ``(C, H, W)`` at its distance r from the centre times 1 + strength r^2.

    Args:
        image: Any channels.
        strength: Above 0 the rim is drawn in (barrel), below 0 pushed out (pincushion).
        center: Column and row, in halves of the image counted from its middle.
        mode: ``bilinear`` or ``nearest``.
    """
    rows, columns = (torch.linspace(-1, 1, size) for size in image.shape[-2:])
    x, y = columns[None, :] - float(center[0]), rows[:, None] - float(center[1])
    factor = 1 + strength * (x**2 + y**2)
    grid = torch.stack([x * factor + float(center[0]), y * factor + float(center[1])], dim=-1)
    found = functional.grid_sample(image[None].float(), grid[None], mode, "border", align_corners=True)
    return found[0].to(image.dtype)
