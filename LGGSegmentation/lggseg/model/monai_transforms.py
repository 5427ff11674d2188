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

from lggseg.model import preprocessing
from lggseg.model.postprocessing import MaskRule
from lggseg.model.predictor import full_precision
from lggseg.model.preprocessing import SEQUENCES, FloatArray, NetworkInput
from lggseg.model.segmenter import predict
from lggseg.model.weights import read_weights
from lggseg.volumes import geometry


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
    ``reference`` (the FLAIR volume, in SimpleITK) and ``file`` (its name), and, where there is a
    ``label``, the same label on the network's grid ``(K, J, I)`` uint8.
    """

    def __init__(self) -> None:
        super().__init__(SEQUENCES, allow_missing_keys=True)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Prepare one study."""
        item = dict(data)
        file = item["flair"].meta.get("filename_or_obj", "flair")
        study = {name: to_image(item.pop(name)) for name in SEQUENCES if name in item}
        prepared = preprocessing.prepare(study)
        item.update(
            sequences=prepared.sequences,
            foreground=prepared.foreground,
            grid=prepared.grid,
            neighbor_offset=prepared.neighbor_offset,
            reference=study["flair"],
            file=file,
        )
        if "label" in item:
            label = preprocessing.regrid(to_image(item["label"]), prepared.grid, nearest=True)
            item["label"] = (sitk.GetArrayFromImage(label) > 0).astype(np.uint8)
        return item


class PredictSlicesd(MapTransform):  # type: ignore[misc]
    """Run the network over the slices of a prepared study; writes ``pred``, ``(K, J, I)`` on the network's grid."""

    def __init__(self, network: torch.nn.Module, device: torch.device) -> None:
        super().__init__(("sequences",))
        self.network = network
        self.device = device

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Predict one study."""
        item = dict(data)
        prepared = NetworkInput(
            sequences=item.pop("sequences"),
            foreground=item.pop("foreground"),
            grid=item["grid"],
            neighbor_offset=item.pop("neighbor_offset"),
        )
        item["pred"] = predict(prepared, self._logits)
        return item

    def _logits(self, batch: FloatArray) -> FloatArray:
        with torch.inference_mode():
            return np.asarray(self.network(torch.from_numpy(batch).to(self.device)).float().cpu().numpy())


class RestoreProbabilityd(MapTransform):  # type: ignore[misc]
    """Bring ``pred`` back onto the grid of FLAIR, as a MONAI image ``(1, I, J, K)`` with its file name."""

    def __init__(self) -> None:
        super().__init__(("pred",))

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Restore one study."""
        item = dict(data)
        restored = to_tensor(preprocessing.restore(item["pred"], item.pop("grid"), item["reference"]))
        restored.meta["filename_or_obj"] = item["file"]
        item["pred"] = restored
        return item


class MakeMaskd(MapTransform):  # type: ignore[misc]
    """Turn the probability ``pred`` into a mask, by ``postprocessing.MaskRule``."""

    def __init__(self, threshold: float, components: str, least_peak: float = 0.0) -> None:
        super().__init__(("pred",))
        self.rule = MaskRule(threshold, components, least_peak)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Make the mask of one study."""
        item = dict(data)
        probability = item["pred"]
        voxel_ml = abs(float(torch.linalg.det(probability.affine[:3, :3]))) / 1000
        mask = torch.from_numpy(self.rule.finding(probability[0].numpy(), voxel_ml))[None]
        item["pred"] = MetaTensor(mask, meta=probability.meta)
        return item


def load_network(network: torch.nn.Module, weights: str, device: torch.device) -> torch.nn.Module:
    """Load weights that are stored in half precision into a network, ready to predict."""
    state = read_weights(weights)
    network.load_state_dict({name: full_precision(value) for name, value in state.items()})
    return network.eval().to(device)
