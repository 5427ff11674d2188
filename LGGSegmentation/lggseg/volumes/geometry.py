"""Image grids: the one place where conventions of space are stated.

Conventions of the core:

* A volume is a 3D scalar ``SimpleITK.Image``; its world is LPS+ (x to the patient's left,
  y to the back, z to the top), in millimetres, as in ITK and DICOM.
* An array taken from it is indexed ``(k, j, i)``: slice, row, column.
* Spacing, size and index tuples of an image are ``(i, j, k)``, as SimpleITK gives them.
* Other worlds (the RAS+ affine of NIfTI, MONAI and 3D Slicer) are converted at the border, here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import GeometryError, InputError

AXIAL_ORIENTATION = "LPS"
"""Axis directions of an axial stack: columns to the left, rows to the back, slices upwards."""

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_MAXIMUM_SHEAR = 1e-3
SHORTEST_EDGE_MM, LONGEST_EDGE_MM = 0.05, 50.0
"""Edges of voxels outside this range are no image of a head: a wrong unit, or a damaged header."""

_FARTHEST_MM = 1e5
_LONGEST_VOLUME_MM = 1000.0  # no scanner sees as far; as a head it would also take hours
_SAME_GRID_TOLERANCE_MM = 1e-3
_ALIGNED_VOXEL_SHARE = 0.01


def check_volume(image: sitk.Image, name: str) -> None:
    """Make sure that an image is a usable 3D scalar volume.

    Args:
        image: The image to look at.
        name: What to call it in a message, for instance the file name.

    Raises:
        GeometryError: If it is not 3D, sheared, nowhere in space, or has edges as ``check_edges`` refuses.
        InputError: If it has several values a voxel, or a value that is not a finite real number.
    """
    if image.GetDimension() != 3:
        msg = f"{name}: expected a 3D volume, got {image.GetDimension()}D of size {image.GetSize()}; choose one volume"
        raise GeometryError(msg)
    if image.GetNumberOfComponentsPerPixel() != 1:
        count = image.GetNumberOfComponentsPerPixel()
        msg = f"{name}: expected one value a voxel, got {count} (a colour or vector image); export it as grey values"
        raise InputError(msg)
    check_edges(image.GetSpacing(), name, "voxel sizes")
    _check_length(image, name)
    matrix = np.array(image.GetDirection()).reshape(3, 3)
    if not (np.isfinite(matrix).all() and np.abs(image.GetOrigin()).max() < _FARTHEST_MM):
        msg = f"{name}: expected a place in space, got origin {image.GetOrigin()} mm; save the volume again"
        raise GeometryError(msg)
    shear = float(np.abs(matrix.T @ matrix - np.eye(3)).max())
    if shear > _MAXIMUM_SHEAR:
        msg = f"{name}: expected orthogonal image axes, got axes sheared by {shear:.4f}; resample onto a straight grid"
        raise GeometryError(msg)
    array = sitk.GetArrayViewFromImage(image)
    if array.dtype.kind == "c":
        msg = f"{name}: expected real numbers, got complex ones; save the magnitude"
        raise InputError(msg)
    if array.dtype.kind == "f":
        bad = int(array.size - np.count_nonzero(np.isfinite(array)))
        if bad:
            msg = f"{name}: expected finite numbers, got {bad} of {array.size} voxels NaN or infinite; replace them"
            raise InputError(msg)


def _check_length(image: sitk.Image, name: str) -> None:
    lengths = [count * edge for count, edge in zip(image.GetSize(), image.GetSpacing(), strict=True)]
    if max(lengths) > _LONGEST_VOLUME_MM:
        listed = " x ".join(f"{length:.0f}" for length in lengths)
        msg = (
            f"{name}: expected a volume of at most {_LONGEST_VOLUME_MM:g} mm along each axis, got {listed} mm as a "
            "whole; correct the voxel size in the file, or export it again"
        )
        raise GeometryError(msg)


def check_edges(edges: Sequence[float] | npt.NDArray[np.float64], name: str, what: str) -> None:
    """Make sure that voxels have edges that an image of a head can have.

    Args:
        edges: Lengths in millimetres; NaN where a file does not say.
        name: What to call the image in a message.
        what: Where the lengths stand, such as ``PixelSpacing (0028,0030)``.

    Raises:
        GeometryError: If one is missing, or outside ``SHORTEST_EDGE_MM`` to ``LONGEST_EDGE_MM``.
    """
    if np.isnan(np.asarray(edges)).any():
        msg = (
            f"{name}: expected {what}, got none: a voxel size is never guessed; if you know it, write it into the "
            "file, or add --spacing X Y Z where the command has it"
        )
        raise GeometryError(msg)
    if not all(SHORTEST_EDGE_MM <= edge <= LONGEST_EDGE_MM for edge in edges):
        listed = " x ".join(f"{edge:g}" for edge in edges)
        msg = (
            f"{name}: expected {what} of {SHORTEST_EDGE_MM:g} to {LONGEST_EDGE_MM:g} mm, got {listed} mm; "
            "correct the voxel size in the file, or export it again"
        )
        raise GeometryError(msg)


_SIDES = {"L": 0, "R": 0, "P": 1, "A": 1, "S": 2, "I": 2}


def orientation_code(image: sitk.Image) -> str:
    """Return the axis directions nearest to those of the image, such as ``"LPS"``.

    Letters say towards which side each of the axes ``i, j, k`` runs (L left, P posterior, S superior).
    """
    code: str = sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(image.GetDirection())
    return code


def reorient(image: sitk.Image, code: str) -> sitk.Image:
    """Permute and flip the axes of an image, without interpolation, towards the directions in ``code``.

    An image that is so oriented already comes back itself, not a copy: volumes can be large.
    """
    return image if orientation_code(image) == code else sitk.DICOMOrient(image, code)


def oriented_view(image: sitk.Image, code: str) -> npt.NDArray[Any]:
    """Return the ``(K, J, I)`` voxels as ``reorient`` would order them, without copying them.

    It is a view: valid as long as the image is.
    """
    own, axes = orientation_code(image), [_SIDES[letter] for letter in orientation_code(image)]
    order = [axes.index(_SIDES[letter]) for letter in code]  # own axis for each of i, j, k
    array = sitk.GetArrayViewFromImage(image).transpose([2 - axis for axis in reversed(order)])
    steps = [1 if own[axis] == letter else -1 for axis, letter in zip(order, code, strict=True)]
    view: npt.NDArray[Any] = array[tuple(slice(None, None, step) for step in reversed(steps))]
    return view


def axial_spacing(image: sitk.Image) -> tuple[float, float, float]:
    """Return the voxel size in millimetres along ``i, j, k`` of the axial view of an image."""
    axes = [_SIDES[letter] for letter in orientation_code(image)]
    i, j, k = (float(image.GetSpacing()[axes.index(_SIDES[letter])]) for letter in AXIAL_ORIENTATION)
    return i, j, k


def same_grid(first: sitk.Image, second: sitk.Image) -> bool:
    """Tell whether two images have the same size and place in space, to 0.001 mm at every corner."""
    if first.GetSize() != second.GetSize():
        return False
    return bool(np.all(np.abs(corners(first) - corners(second)) < _SAME_GRID_TOLERANCE_MM))


def copy_aligned(image: sitk.Image, grid: sitk.Image, outside: float) -> sitk.Image | None:
    """Bring an image onto a grid by cropping and padding alone, if the voxels of both coincide.

    Nothing is interpolated, so every value comes out as it went in.

    Args:
        image: Any volume.
        grid: The grid wanted; axes may be permuted or flipped against those of the image.
        outside: Value where the image does not reach.

    Returns:
        The image on the grid, or None where voxels do not coincide to a hundredth of their edge.
    """
    turned = reorient(image, orientation_code(grid))
    last = [size - 1 for size in grid.GetSize()]
    start = np.array(turned.TransformPhysicalPointToContinuousIndex(grid.TransformIndexToPhysicalPoint([0, 0, 0])))
    end = np.array(turned.TransformPhysicalPointToContinuousIndex(grid.TransformIndexToPhysicalPoint(last)))
    offset = np.round(start).astype(int)
    if max(np.abs(start - offset).max(), np.abs(end - offset - last).max()) > _ALIGNED_VOXEL_SHARE:
        return None
    size, wanted = np.array(turned.GetSize()), np.array(grid.GetSize())
    low, high = np.clip(offset, 0, size), np.clip(offset + wanted, 0, size)
    array = sitk.GetArrayViewFromImage(turned)
    result = np.full(wanted[::-1], outside, dtype=array.dtype)
    if np.all(high > low):
        source = tuple(slice(a, b) for a, b in zip(low[::-1], high[::-1], strict=True))
        target = tuple(slice(a, b) for a, b in zip((low - offset)[::-1], (high - offset)[::-1], strict=True))
        result[target] = array[source]
    return like(result, grid)


def bounding_box(foreground: npt.NDArray[np.bool_]) -> tuple[slice, ...] | None:
    """Return the smallest box around the foreground as ``(k, j, i)`` slices, or None without foreground."""
    # One pass along the fast axis, two over the small rest: a tenth of the time of three passes.
    rows = np.asarray(foreground.any(axis=2))
    columns = np.asarray(foreground.any(axis=0).any(axis=0))
    used = (rows.any(axis=1), rows.any(axis=0), columns)
    if not used[0].any():
        return None
    ends = [np.flatnonzero(axis)[[0, -1]] for axis in used]
    return tuple(slice(int(first), int(last) + 1) for first, last in ends)


def corners(image: sitk.Image) -> npt.NDArray[np.float64]:
    """Return the ``(8, 3)`` LPS positions, in millimetres, of the centres of the corner voxels."""
    last = [size - 1 for size in image.GetSize()]
    indices = [(i, j, k) for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])]
    return np.array([image.TransformIndexToPhysicalPoint(index) for index in indices])


def voxel_volume_ml(image: sitk.Image) -> float:
    """Return the volume of one voxel in millilitres."""
    return float(np.prod(image.GetSpacing())) / 1000.0


def ras_affine(image: sitk.Image) -> npt.NDArray[np.float64]:
    """Return the ``(4, 4)`` matrix from voxel index ``(i, j, k, 1)`` to RAS+ millimetres."""
    direction = np.array(image.GetDirection()).reshape(3, 3)
    lps = np.eye(4)
    lps[:3, :3] = direction * np.array(image.GetSpacing())
    lps[:3, 3] = image.GetOrigin()
    return np.asarray(_LPS_FROM_RAS @ lps)


def ras_matrix(transform: sitk.Transform) -> npt.NDArray[np.float64]:
    """Return an affine transform of LPS+ points as the ``(4, 4)`` matrix of the same for RAS+ points."""
    zero = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    lps = np.eye(4)
    lps[:3, 3] = zero
    for axis, unit in enumerate(np.eye(3).tolist()):
        lps[:3, axis] = np.array(transform.TransformPoint(unit)) - zero
    return np.asarray(_LPS_FROM_RAS @ lps @ _LPS_FROM_RAS)


def transform_from_ras(matrix: npt.NDArray[np.float64]) -> sitk.AffineTransform:
    """Return the transform of LPS+ points that a ``(4, 4)`` matrix is for RAS+ points."""
    lps = _LPS_FROM_RAS @ matrix @ _LPS_FROM_RAS
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(lps[:3, :3].ravel().tolist())
    transform.SetTranslation(lps[:3, 3].tolist())
    return transform


def image_from_array(array_kji: npt.ArrayLike, ras: npt.ArrayLike) -> sitk.Image:
    """Make an image from an array and a RAS+ affine: the border with NIfTI, MONAI and 3D Slicer.

    Args:
        array_kji: ``(K, J, I)`` voxel values.
        ras: ``(4, 4)`` matrix from ``(i, j, k, 1)`` to RAS+ millimetres.

    Raises:
        GeometryError: If the array is not 3D, or the matrix is not ``(4, 4)``, not finite, has an
            axis of length zero, or is sheared.
    """
    array = np.ascontiguousarray(array_kji)
    matrix = np.asarray(ras, dtype=np.float64)
    if array.ndim != 3:
        msg = f"expected a 3D array (K, J, I), got shape {array.shape}"
        raise GeometryError(msg)
    if matrix.shape != (4, 4) or not np.all(np.isfinite(matrix)):
        msg = f"expected a finite (4, 4) voxel-to-world matrix, got shape {matrix.shape}: {matrix.tolist()}"
        raise GeometryError(msg)
    lps = _LPS_FROM_RAS @ matrix
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    if not np.all(spacing > 0):
        msg = f"expected positive voxel sizes, got {spacing.tolist()} mm: the voxel-to-world matrix has a zero axis"
        raise GeometryError(msg)
    direction = lps[:3, :3] / spacing
    shear = float(np.abs(direction.T @ direction - np.eye(3)).max())
    if shear > _MAXIMUM_SHEAR:
        msg = f"expected orthogonal image axes, got axes sheared by {shear:.4f}; resample onto a straight grid"
        raise GeometryError(msg)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection(direction.ravel().tolist())
    return image


def like(array_kji: npt.NDArray[np.generic], reference: sitk.Image) -> sitk.Image:
    """Make an image from a ``(K, J, I)`` array on the grid of ``reference``."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array_kji))
    image.CopyInformation(reference)
    return image


def empty_grid(
    size: Sequence[int], spacing: Sequence[float], origin: Sequence[float], direction: Sequence[float]
) -> sitk.Image:
    """Make a one-byte image that only stands for a grid: a target to resample onto."""
    grid = sitk.Image([int(n) for n in size], sitk.sitkUInt8)
    grid.SetSpacing([float(s) for s in spacing])
    grid.SetOrigin([float(o) for o in origin])
    grid.SetDirection([float(d) for d in direction])
    return grid
