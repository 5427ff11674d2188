"""The core's preprocessing as MONAI dictionary transforms, for training and for the MONAI bundle.

Images arrive as MONAI loads them: ``(1, I, J, K)`` or ``(I, J, K)`` with an affine to RAS+ mm.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk
import torch
from monai.data import MetaTensor
from monai.transforms import MapTransform

from lggseg import geometry, preprocessing
from lggseg.preprocessing import SEQUENCES


def to_image(tensor: MetaTensor) -> sitk.Image:
    """Convert a MONAI image, ``([1,] I, J, K)`` with RAS+ affine, to a SimpleITK image."""
    array = np.asarray(tensor.detach().cpu())
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    return geometry.image_from_array(array.transpose(2, 1, 0), np.asarray(tensor.affine, dtype=np.float64))


def to_tensor(image: sitk.Image) -> MetaTensor:
    """Convert a SimpleITK image to a MONAI image ``(1, I, J, K)`` with RAS+ affine."""
    array = np.ascontiguousarray(sitk.GetArrayFromImage(image).transpose(2, 1, 0))
    return MetaTensor(torch.from_numpy(array)[None], affine=torch.from_numpy(geometry.ras_affine(image)))


class PrepareStudyd(MapTransform):  # type: ignore[misc]
    """Replace the sequences of a study by the network's input.

    Reads ``flair`` and, where present, ``pre`` and ``post``. Writes ``sequences`` ``(3, K, J, I)``,
    ``foreground`` ``(K, J, I)``, ``grid`` and ``neighbor_offset`` as in ``preprocessing.NetworkInput``,
    and, where there is a ``label``, the same label on the network's grid ``(K, J, I)`` uint8.
    """

    def __init__(self) -> None:
        super().__init__(SEQUENCES, allow_missing_keys=True)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Prepare one study."""
        item = dict(data)
        study = {name: to_image(item.pop(name)) for name in SEQUENCES if name in item}
        prepared = preprocessing.prepare(study)
        item.update(
            sequences=prepared.sequences,
            foreground=prepared.foreground,
            grid=prepared.grid,
            neighbor_offset=prepared.neighbor_offset,
        )
        if "label" in item:
            label = preprocessing.regrid(to_image(item["label"]), prepared.grid, nearest=True)
            item["label"] = (sitk.GetArrayFromImage(label) > 0).astype(np.uint8)
        return item
