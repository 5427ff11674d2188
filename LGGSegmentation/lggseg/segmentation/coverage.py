"""Whether a second sequence lies where FLAIR does: outside of it the network would see darkness, not a head."""

from __future__ import annotations

from itertools import product

import numpy as np
import SimpleITK as sitk

from lggseg.errors import GeometryError

_POINTS = 9  # along each axis of FLAIR
_LEAST = 0.1
_WHOLE = 0.9


def share_covered(flair: sitk.Image, other: sitk.Image) -> float:
    """Return which part of the grid of FLAIR lies within another volume, 0 to 1."""
    places = [np.linspace(0, size - 1, min(size, _POINTS)) for size in flair.GetSize()]
    inside = []
    for index in product(*places):
        point = flair.TransformContinuousIndexToPhysicalPoint([float(part) for part in index])
        found = other.TransformPhysicalPointToContinuousIndex(point)
        inside.append(all(-0.5 <= part <= size - 0.5 for part, size in zip(found, other.GetSize(), strict=True)))
    return float(np.mean(inside))


def check(flair: sitk.Image, other: sitk.Image, name: str) -> str:
    """Return a sentence where a volume covers FLAIR in part only, empty where it covers it.

    Raises:
        GeometryError: If the two lie apart: another patient, or a header that was lost.
    """
    share = share_covered(flair, other)
    if share < _LEAST:
        msg = (
            f"{name}: expected a volume of the same head in the same place as FLAIR, got one that covers "
            f"{share:.0%} of it; leave it out, or give it its own header back"
        )
        raise GeometryError(msg)
    return "" if share >= _WHOLE else f"{name} covers {share:.0%} of the FLAIR volume: the rest was judged without it."
