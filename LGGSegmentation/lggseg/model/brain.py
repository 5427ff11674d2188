"""A rough skull stripping: for alignment, and to show the network in training what stripped volumes look like."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from lggseg.model.postprocessing import largest_component

BoolArray = npt.NDArray[np.bool_]


def brain_mask(foreground: BoolArray, label: BoolArray, *, erode_pixels: int = 5) -> BoolArray:
    """Find the brain inside the head.

    Bone is dark, so it parts the brain from the scalp in most slices; eroding cuts the bridges that
    are left, the largest piece is the brain, and dilating gives it its rim back.

    Args:
        foreground: ``(K, J, I)`` the head.
        label: ``(K, J, I)`` the tumor, which always belongs to the brain.
        erode_pixels: How deep to erode in the slice; 5 for pixels of about .85 mm.
    """
    disk = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), 1)[None]
    core = ndimage.binary_erosion(foreground, disk, iterations=erode_pixels)
    if not core.any():
        return foreground | label
    brain = ndimage.binary_dilation(largest_component(core), disk, iterations=erode_pixels + 1)
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in brain])
    return np.asarray(filled | label)
