"""Which side of the head a region is on, as far as the geometry of the image can tell.

A mask does not show the brain, so the plane between the hemispheres is taken to be the middle of
the image from right to left: where a head is put, and where a skull-stripped or registered
volume has it. That fails for a volume that does not hold the whole head from side to side, or
whose axes are far from those of the body; then there is no answer rather than a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lggseg.shape.region import Region

SMALLEST_FIELD_MM = 120.0
"""A narrower image cannot hold a whole adult head; its middle says nothing."""
LARGEST_TILT_DEGREES = 20.0
"""Largest angle between the right-to-left axis of the image and that of the body."""
CROSSING_MARGIN_MM = 5.0
"""How far a region must reach over the plane on both sides; the plane is not known better."""


@dataclass(frozen=True)
class Sides:
    """Share of the volume on the patient's left, and whether the region reaches over the middle plane."""

    left_share: float
    crosses_midline: bool


def sides_of(region: Region) -> Sides | None:
    """Return the side of a region, or None where the geometry of the image does not allow to tell."""
    axis = region.direction[:, 0]
    tilt = math.degrees(math.acos(min(abs(float(axis[0])), 1.0)))
    if region.field_width < SMALLEST_FIELD_MM or tilt > LARGEST_TILT_DEGREES:
        return None
    columns = np.count_nonzero(region.voxels, axis=(0, 1))
    # Axis i runs to the patient's left; the plane through the middle of the image stands on it.
    first = float((region.origin - region.field_centre) @ axis)
    places = first + np.arange(len(columns)) * region.spacing[0]
    used = places[columns > 0]
    half = float(region.spacing[0]) / 2
    # A column that the plane cuts counts in part, so that a mirrored region has the mirrored share.
    shares = np.clip(places / region.spacing[0] + 0.5, 0.0, 1.0)
    return Sides(
        left_share=float(np.average(shares, weights=columns)),
        crosses_midline=bool(used[-1] + half > CROSSING_MARGIN_MM and used[0] - half < -CROSSING_MARGIN_MM),
    )
