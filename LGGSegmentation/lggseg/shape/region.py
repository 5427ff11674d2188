"""The part of a mask that is measured: cropped, axial, with its place in space.

Everything in this package works on a :class:`Region`, so that a measure depends on the shape in
space and never on how the file stored it: the mask is put into the axial order of
:data:`lggseg.volumes.geometry.AXIAL_ORIENTATION` (without interpolation) and cut to its bounding box
plus one voxel of background on every side, so that no neighbour test runs over an edge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from lggseg.errors import InputError
from lggseg.volumes.geometry import AXIAL_ORIENTATION, bounding_box, check_volume, reorient

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Connectivity = Literal[6, 18, 26]

_RANK_OF = {6: 1, 18: 2, 26: 3}


@dataclass(frozen=True)
class Region:
    """The foreground of a mask in axial order.

    Attributes:
        voxels: ``(K, J, I)`` foreground, with one voxel of background on every side.
        spacing: ``(3,)`` edge lengths of a voxel along ``i, j, k`` in millimetres.
        origin: ``(3,)`` LPS position of the centre of voxel ``(0, 0, 0)`` in millimetres.
        direction: ``(3, 3)`` unit vectors of the axes ``i, j, k`` in LPS, one a column.
        field_centre: ``(3,)`` LPS position of the middle of the whole image in millimetres.
        field_width: Length of the whole image along axis ``i`` (right to left) in millimetres.
    """

    voxels: BoolArray
    spacing: FloatArray
    origin: FloatArray
    direction: FloatArray
    field_centre: FloatArray
    field_width: float

    @property
    def count(self) -> int:
        """Number of foreground voxels."""
        return int(np.count_nonzero(self.voxels))

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel in cubic millimetres."""
        return float(np.prod(self.spacing))

    def to_lps(self, index_ijk: npt.ArrayLike) -> FloatArray:
        """Return LPS positions in millimetres for ``(..., 3)`` continuous indices ``i, j, k``."""
        return np.asarray(self.origin + (np.asarray(index_ijk, dtype=np.float64) * self.spacing) @ self.direction.T)

    def with_voxels(self, voxels: BoolArray) -> Region:
        """Return the same place in space with another foreground."""
        return replace(self, voxels=voxels)


def region_of(mask: sitk.Image) -> Region | None:
    """Cut the foreground out of a mask.

    Args:
        mask: 3D mask; every value other than 0 is foreground, so a label map counts as one region.

    Returns:
        The region, or None where the mask has no foreground.

    Raises:
        GeometryError: If the grid of the mask cannot be used.
        InputError: If the values are not whole numbers (a probability map is not a mask).
    """
    check_volume(mask, "mask")
    array = sitk.GetArrayViewFromImage(mask)
    foreground = array != 0
    box = bounding_box(foreground)
    if box is None:
        return None
    inside = array[box]
    if inside.dtype.kind == "f" and not np.array_equal(inside, np.round(inside)):
        msg = (
            f"mask: expected whole numbers (0 is background), got values such as {float(inside.max()):.4g}; "
            "threshold a probability map first"
        )
        raise InputError(msg)
    return _axial_region(mask, foreground[box], box)


def _axial_region(mask: sitk.Image, inside: BoolArray, box: tuple[slice, ...]) -> Region:
    """Place the cropped foreground in space and bring its axes into axial order."""
    image = sitk.GetImageFromArray(np.pad(inside, 1).astype(np.uint8))
    image.SetSpacing(mask.GetSpacing())
    image.SetDirection(mask.GetDirection())
    start_ijk = [float(part.start - 1) for part in reversed(box)]
    image.SetOrigin(mask.TransformContinuousIndexToPhysicalPoint(start_ijk))
    axial = reorient(image, AXIAL_ORIENTATION)
    direction = np.array(axial.GetDirection()).reshape(3, 3)
    middle = mask.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in mask.GetSize()])
    return Region(
        voxels=sitk.GetArrayFromImage(axial).astype(bool),
        spacing=np.array(axial.GetSpacing()),
        origin=np.array(axial.GetOrigin()),
        direction=direction,
        field_centre=np.array(middle),
        field_width=_field_width(mask, direction[:, 0]),
    )


def _field_width(mask: sitk.Image, along: FloatArray) -> float:
    """Return the length in millimetres of the whole image along one of its own axes."""
    axes = np.array(mask.GetDirection()).reshape(3, 3)
    axis = int(np.argmax(np.abs(axes.T @ along)))
    return float(mask.GetSize()[axis] * mask.GetSpacing()[axis])


def label_components(voxels: BoolArray, connectivity: Connectivity = 6) -> tuple[npt.NDArray[np.int32], int]:
    """Number the connected components of the foreground.

    Args:
        voxels: ``(K, J, I)`` foreground.
        connectivity: 6 (voxels share a face; what the 2019 paper and our post-processing use),
            18 (an edge) or 26 (a corner).

    Returns:
        ``(K, J, I)`` labels 1..n with 0 outside, and n.
    """
    structure = ndimage.generate_binary_structure(3, _RANK_OF[connectivity])
    labels, count = ndimage.label(voxels, structure)
    return labels, int(count)


def largest_component(voxels: BoolArray, connectivity: Connectivity = 6) -> BoolArray:
    """Return the component with most voxels; of equals, the first in axial order."""
    labels, count = label_components(voxels, connectivity)
    if count <= 1:
        return voxels
    sizes = np.bincount(labels.ravel())[1:]
    return np.asarray(labels == int(np.argmax(sizes)) + 1)
