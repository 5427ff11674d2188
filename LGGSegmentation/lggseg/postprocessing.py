"""From the probability map to the mask: threshold, and which of its pieces to keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

COMPONENTS = ("largest", "all")


@dataclass(frozen=True)
class MaskRule:
    """How a probability map becomes a mask.

    Attributes:
        threshold: Probability from which a voxel counts as abnormal, between 0 and 1.
        components: ``largest`` keeps the largest piece alone (6-connected, as Buda et al. 2019 did: a
            lower-grade glioma is one piece in most patients, and bright spots elsewhere are not);
            ``all`` keeps every piece.
    """

    threshold: float = 0.5
    components: str = "largest"

    def mask(self, probability: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
        """Return the uint8 mask of a ``(K, J, I)`` probability map."""
        mask = np.asarray(probability >= self.threshold)
        if self.components == "largest":
            mask = largest_component(mask)
        return mask.astype(np.uint8)


def largest_component(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the largest 6-connected piece of a ``(K, J, I)`` mask; an empty mask stays empty."""
    from scipy import ndimage  # noqa: PLC0415  (the model's metadata needs the rule, not scipy)

    pieces, count = ndimage.label(mask)
    if count < 2:
        return mask
    return np.asarray(pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:]))
