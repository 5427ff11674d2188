"""Why the button is off, and what to look at before a result is trusted: one sentence each."""

from __future__ import annotations

from typing import Any

from LGGSegmentationLib.Scene.ForLooking import kindOf
from LGGSegmentationLib.Scene.Probability import isProbability
from LGGSegmentationLib.Scene.Texts import _


def reasonNotReady(parameters: Any) -> str:
    """Return what is missing before a run can start, or an empty string.

    Args:
        parameters: The module's parameter node.
    """
    flair = parameters.flairVolume
    if flair is None:
        return _("Choose a FLAIR volume first (or load the synthetic study from Sample Data).")
    image = flair.GetImageData()
    if image is None or min(image.GetDimensions()) < 1:
        return _("The FLAIR volume has no image: it may still be loading, or its file is gone.")
    if image.GetNumberOfScalarComponents() != 1:
        return _("The FLAIR volume has several values a voxel (a colour image): choose a grey-value volume.")
    if isProbability(flair) or kindOf(flair):
        return _("This volume was made from another one, to be looked at: choose the one that came from the scanner.")
    chosen = [node for node in (flair, parameters.preVolume, parameters.postVolume) if node is not None]
    if len({node.GetID() for node in chosen}) < len(chosen):
        return _("The same volume is chosen twice: choose another one, or None.")
    return ""


def doubts(flairNode: Any) -> list[str]:
    """Return doubts about the shape of a volume that need not stop a run."""
    if min(flairNode.GetImageData().GetDimensions()) < 3:
        return [_("The volume has fewer than three slices: the result will be poor.")]
    return []
