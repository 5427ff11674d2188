"""A rough skull stripping, good enough to show the network what stripped volumes look like."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from lggseg.model.postprocessing import largest_component

BoolArray = npt.NDArray[np.bool_]

_ERODE_PIXELS = 5


def brain_mask(foreground: BoolArray, label: BoolArray) -> BoolArray:
    """Find the brain inside the head.

    Bone is dark, so it parts the brain from the scalp in most slices; eroding cuts the bridges that
    are left, the largest piece is the brain, and dilating gives it its rim back.

    Args:
        foreground: ``(K, J, I)`` the head, pixels of about .85 mm.
        label: ``(K, J, I)`` the tumor, which always belongs to the brain.
    """
    disk = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), 1)[None]
    core = ndimage.binary_erosion(foreground, disk, iterations=_ERODE_PIXELS)
    if not core.any():
        return foreground | label
    brain = ndimage.binary_dilation(largest_component(core), disk, iterations=_ERODE_PIXELS + 1)
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in brain])
    return np.asarray(filled | label)
