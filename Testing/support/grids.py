"""Volumes on every kind of grid, and whether two of them are the same."""

from __future__ import annotations

import itertools

import numpy as np
import SimpleITK as sitk

from lggseg.volumes import geometry

AXIS_ORDERS = [
    "".join(letters) for order in itertools.permutations(("LR", "PA", "SI")) for letters in itertools.product(*order)
]


def make_volume(code: str = "LPS", turn: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> sitk.Image:
    """Make an anisotropic volume whose axes run as ``code`` says, then turned by Euler angles in radians."""
    axes = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}
    rotation = np.array(sitk.Euler3DTransform((0, 0, 0), *turn).GetMatrix()).reshape(3, 3)
    image = sitk.GetImageFromArray(np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6) - 17)
    image.SetSpacing((0.9, 1.3, 4.2))
    image.SetOrigin((-31.5, 12.25, 7.0))
    image.SetDirection((rotation @ np.array([axes[letter] for letter in code]).T).ravel().tolist())
    return image


def assert_same(first: sitk.Image, second: sitk.Image, tolerance_mm: float = 1e-3) -> None:
    assert first.GetSize() == second.GetSize()
    assert np.abs(geometry.corners(first) - geometry.corners(second)).max() < tolerance_mm
    assert np.array_equal(sitk.GetArrayFromImage(first), sitk.GetArrayFromImage(second))


def rotated(image: sitk.Image, degrees: float) -> sitk.Image:
    """Turn the axes of a grid about all three axes of space."""
    turn = sitk.Euler3DTransform((0, 0, 0), np.deg2rad(degrees), np.deg2rad(degrees / 2), np.deg2rad(-degrees))
    copy = sitk.Image(image)
    copy.SetDirection((np.array(turn.GetMatrix()).reshape(3, 3) @ np.array(image.GetDirection()).reshape(3, 3)).ravel())
    return copy
