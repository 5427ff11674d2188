"""All features of one mask, from one call."""

from __future__ import annotations

import math

import numpy as np
import SimpleITK as sitk

from lggseg.shape.diameters import (
    Bidirectional,
    bidirectional_of,
    maximum_axial_diameter_mm,
    maximum_diameter_mm,
)
from lggseg.shape.moments import principal_axes
from lggseg.shape.paper import DEFAULT_CHOICES, Choices, paper_features
from lggseg.shape.region import Region, label_components, region_of
from lggseg.shape.registry import FEATURES
from lggseg.shape.sides import sides_of
from lggseg.shape.surface import surface_of

Value = float | int | None


def measure(mask: sitk.Image, choices: Choices = DEFAULT_CHOICES) -> dict[str, Value]:
    """Measure every feature of :data:`lggseg.shape.FEATURES`.

    Args:
        mask: 3D mask in LPS millimetres; every value other than 0 is foreground.
        choices: How ASD, BEVR and MF are to be read where the paper is open.

    Returns:
        Feature key to value, in the order of the registry. None stands for a feature that is not
        defined for this shape or image. An empty mask has volume 0, 0 components and None for the rest.

    Raises:
        GeometryError: If the grid of the mask cannot be used.
        InputError: If the values are not whole numbers.
    """
    region = region_of(mask)
    if region is None:
        return {item.key: {"volume_ml": 0.0, "components": 0}.get(item.key) for item in FEATURES}
    values = {**_counts(region), **_surface(region), **_axes(region), **_diameters(region), **_sides(region)}
    paper = paper_features(region, choices)
    values.update(asd=paper.asd, bevr=paper.bevr, mf=paper.mf)
    return {item.key: values[item.key] for item in FEATURES}


def bidirectional(mask: sitk.Image) -> Bidirectional | None:
    """Return the bidirectional diameters of a mask with their ends in LPS millimetres.

    Args:
        mask: 3D mask; every value other than 0 is foreground.

    Returns:
        The diameters, see :func:`lggseg.shape.diameters.bidirectional_of`, or None for an empty mask.
    """
    region = region_of(mask)
    return None if region is None else bidirectional_of(region)


def _counts(region: Region) -> dict[str, Value]:
    labels, count = label_components(region.voxels)
    used = region.voxels.any(axis=(1, 2)), region.voxels.any(axis=(0, 2)), region.voxels.any(axis=(0, 1))
    # The region is cropped to its bounding box, so every line between its ends counts, used or not.
    ends = [np.flatnonzero(line)[[0, -1]] for line in used]
    extent = [float((last - first + 1) * size) for (first, last), size in zip(ends, region.spacing[::-1], strict=True)]
    return {
        "volume_ml": region.count * region.voxel_mm3 / 1000,
        "components": count,
        "largest_component_share": float(np.bincount(labels.ravel())[1:].max() / region.count),
        "slices": int(np.count_nonzero(used[0])),
        "extent_right_left_mm": extent[2],
        "extent_front_back_mm": extent[1],
        "extent_up_down_mm": extent[0],
    }


def _surface(region: Region) -> dict[str, Value]:
    surface = surface_of(region.voxels, region.spacing)
    return {
        "surface_mesh_mm2": surface.mesh_mm2,
        "surface_voxel_mm2": surface.voxel_mm2,
        "sphericity": (36 * math.pi * surface.mesh_mm3**2) ** (1 / 3) / surface.mesh_mm2,
        "roundness": _roundness(region),
    }


def _roundness(region: Region) -> float:
    """Return SimpleITK's roundness; its surface estimate comes from intersections with lines (Crofton)."""
    image = sitk.GetImageFromArray(region.voxels.astype(np.uint8))
    image.SetSpacing(region.spacing.tolist())
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(image)
    return float(shape.GetRoundness(1))


def _axes(region: Region) -> dict[str, Value]:
    axes = principal_axes(region)
    major, minor, least = (float(length) for length in axes.lengths_mm)
    return {
        "major_axis_mm": major,
        "minor_axis_mm": minor,
        "least_axis_mm": least,
        "elongation": axes.elongation,
        "flatness": axes.flatness,
    }


def _diameters(region: Region) -> dict[str, Value]:
    pair = bidirectional_of(region)
    return {
        "diameter_3d_mm": maximum_diameter_mm(region),
        "diameter_axial_mm": maximum_axial_diameter_mm(region),
        "longest_diameter_mm": pair.longest_mm,
        "perpendicular_diameter_mm": pair.perpendicular_mm,
        "bidirectional_product_mm2": pair.product_mm2,
    }


def _sides(region: Region) -> dict[str, Value]:
    sides = sides_of(region)
    if sides is None:
        return {"left_share": None, "crosses_midline": None}
    return {"left_share": sides.left_share, "crosses_midline": int(sides.crosses_midline)}
