"""Small synthetic heads, and a network in one line."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage


def ball_volume(
    size: tuple[int, int, int] = (64, 72, 16),
    spacing: tuple[float, float, float] = (2.5, 2.5, 6.0),
    *,
    seed: int = 0,
    stripped: bool = False,
) -> sitk.Image:
    """A head as three nested ellipsoids in noise: bright skin, dark bone, grey brain with a bright ball in it."""
    rng = np.random.default_rng(seed)
    grid = np.meshgrid(*[np.linspace(-1, 1, n) for n in size[::-1]], indexing="ij")
    radius = np.sqrt(sum((axis / 0.9) ** 2 for axis in grid))
    array = np.zeros(size[::-1], np.float32)
    if not stripped:
        array[radius < 1.0] = 160
        array[radius < 0.93] = 12
    array[radius < 0.85] = 100
    ball = sum((axis - center) ** 2 for axis, center in zip(grid, (0.1, 0.2, 0.25), strict=True)) < 0.05
    array[ball] = 180
    array = ndimage.gaussian_filter(array, 0.5) + np.abs(rng.normal(0, 3, array.shape)).astype(np.float32)
    if stripped:
        array[radius >= 0.85] = 0
    image = sitk.GetImageFromArray(array.astype(np.float32))
    image.SetSpacing(spacing)
    return image


class BrightPredictor:
    """A network in one line: what is clearly brighter than ordinary brain is abnormal."""

    device = "test double"

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Map ``(N, 5, H, W)`` to logits ``(N, 1, H, W)``."""
        return (batch[:, 1:2] - 2.0).astype(np.float32)
