"""How large a volume is as a whole: what no head and no scanner's field of view can be, has a wrong voxel size."""

from __future__ import annotations

import SimpleITK as sitk

SMALLEST_MM, LARGEST_MM = 60.0, 500.0
"""Longest edge of a volume: smaller shows a part of a head at most, larger is no field of view that scanners have."""


def doubt(image: sitk.Image) -> str:
    """Return a sentence where the edges of a volume are those of no head, empty where they may be.

    A tenth or ten times the size is what centimetres taken for millimetres, or sizes in another order, come to.
    """
    edges = [count * edge for count, edge in zip(image.GetSize(), image.GetSpacing(), strict=True)]
    if SMALLEST_MM <= max(edges) <= LARGEST_MM:
        return ""
    listed = " x ".join(f"{edge:.0f}" for edge in edges)
    return (
        f"The volume measures {listed} mm as a whole, which is not the size of a head: check the voxel size, on which "
        "volumes in ml rest."
    )
