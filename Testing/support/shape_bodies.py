"""Masks with known shapes, for the tests of shape features."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

BoolArray = npt.NDArray[np.bool_]

SPACINGS = [(1.0, 1.0, 1.0), (0.5, 0.5, 2.5), (0.85, 1.1, 3.0)]


def signed_permutations() -> list[npt.NDArray[np.float64]]:
    """Return the 48 direction matrices whose axes run along those of the world."""
    matrices = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[list(order), range(3)] = signs
            matrices.append(matrix)
    return matrices


def rotation(degrees: float, axis: tuple[float, float, float] = (0.3, -0.5, 0.8)) -> npt.NDArray[np.float64]:
    """Return the matrix of a rotation about an axis (Rodrigues' formula)."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def image_of(
    array: npt.NDArray[np.generic],
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
    direction: npt.NDArray[np.float64] | None = None,
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> sitk.Image:
    """Make an image from a (k, j, i) array."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array).astype(np.uint8))
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    if direction is not None:
        image.SetDirection(direction.ravel().tolist())
    return image


def ellipsoid(
    semi_axes: tuple[float, float, float],
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
    turn: npt.NDArray[np.float64] | None = None,
) -> sitk.Image:
    """Draw a solid ellipsoid with semi-axes in mm, turned in space, in a field that just holds it."""
    reach = max(semi_axes) + 3 * max(spacing)
    count = [int(np.ceil(2 * reach / length)) | 1 for length in spacing]
    lines = [(np.arange(n) - n // 2) * length for n, length in zip(count, spacing, strict=True)]
    z, y, x = np.meshgrid(lines[2], lines[1], lines[0], indexing="ij")
    points = np.stack([x, y, z], axis=-1) @ (np.eye(3) if turn is None else turn)
    return image_of(((points / np.array(semi_axes)) ** 2).sum(axis=-1) <= 1, spacing)


def box(size_ijk: tuple[int, int, int], spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> sitk.Image:
    """Draw a box of so many voxels, two voxels from the edge of its field."""
    i, j, k = size_ijk
    return image_of(np.pad(np.ones((k, j, i), dtype=bool), 2), spacing)


def restored(image: sitk.Image, matrix: npt.NDArray[np.float64]) -> sitk.Image:
    """Store the same voxels at the same places in space with the axes in another order."""
    order = [int(np.argmax(np.abs(matrix[:, axis]))) for axis in range(3)]
    flips = [bool(matrix[order[axis], axis] < 0) for axis in range(3)]
    return sitk.Flip(sitk.PermuteAxes(image, order), flips)


def blob(seed: int, size: int = 24) -> BoolArray:
    """Draw an irregular region with notches, the same for a seed."""
    from scipy import ndimage

    generator = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(generator.normal(size=(size // 2, size, size)), (1.0, 2.0, 2.0))
    k, j, i = np.meshgrid(*(np.linspace(-1, 1, n) for n in noise.shape), indexing="ij")
    region = noise / noise.std() * 0.35 + 0.55 > np.sqrt(k**2 + j**2 + i**2)
    region[size // 4, size // 2, size // 2] = True
    return np.asarray(region)
