"""Resampling by slabs gives what resampling at once gives."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.model import preprocessing, slabs
from lggseg.volumes import geometry


def noise(size, spacing, direction=None, kind=sitk.sitkInt16):
    image = sitk.GetImageFromArray(np.random.default_rng(3).integers(0, 4000, size[::-1]))
    image = sitk.Cast(image, kind)
    image.SetSpacing(spacing)
    image.SetOrigin((-20.0, 7.0, 31.0))
    if direction is not None:
        image.SetDirection(direction)
    return image


def rotation(degrees):
    angle = np.radians(degrees)
    around_x = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    return around_x.ravel().tolist()


@pytest.mark.parametrize("kind", [sitk.sitkInt16, sitk.sitkFloat32])
@pytest.mark.parametrize(
    ("spacing", "direction", "size"),
    [
        ((0.5, 0.5, 0.5), None, (60, 60, 90)),
        ((0.5, 0.5, 0.5), rotation(20), (60, 60, 90)),
        ((0.4, 0.9, 0.7), [0, 0, 1, 1, 0, 0, 0, 1, 0], (90, 50, 60)),
        ((1.0, 1.0, 4.0), None, (40, 40, 30)),
    ],
)
def test_slabs_agree_but_for_rounding(monkeypatch, kind, spacing, direction, size):
    image = noise(size, spacing, direction, kind)
    flair = noise((60, 60, 90), (0.5, 0.5, 0.5))
    grid = geometry.empty_grid((32, 32, 16), (0.85, 0.85, 3.5), (-24.0, 8.0, 25.0), flair.GetDirection())
    variance = preprocessing.smoothing_variance(image, grid)
    at_once = slabs.resample(image, grid, variance, -7.0)
    monkeypatch.setattr(slabs, "SLAB_VOXELS", 3000)
    by_slabs = slabs.resample(image, grid, variance, -7.0)
    assert (sitk.GetArrayFromImage(at_once) > 0).any()
    np.testing.assert_allclose(sitk.GetArrayFromImage(by_slabs), sitk.GetArrayFromImage(at_once), rtol=1e-6)


def test_where_the_volume_does_not_reach(monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_VOXELS", 3000)
    image = noise((60, 60, 90), (0.5, 0.5, 0.5))
    grid = geometry.empty_grid((8, 8, 40), (1.0, 1.0, 3.5), (-10.0, 10.0, 0.0), image.GetDirection())
    array = sitk.GetArrayFromImage(slabs.resample(image, grid, np.zeros(3), -7.0))
    assert (array[0] == -7).all()
    assert (array[-1] == -7).all()
    assert (array[15] > 0).any()
