"""What a network in training is worth, by the predictor that ships: mirror and pieces included, a neutral threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from lggseg.model.bundle import load_bundle
from lggseg.model.postprocessing import MaskRule
from lggseg.model.preprocessing import FloatArray
from lggseg.model.segmenter import views_of_slices
from lggseg.segmentation.overlap import dice

if TYPE_CHECKING:
    from lggseg_training.module import NetworkTraining

NEUTRAL_THRESHOLD = 0.5
"""That of a network for which none was chosen: the one of the shipped weights would favour those most like them."""

_CLASSIFIER_RULE = MaskRule(NEUTRAL_THRESHOLD, "all")

CaseFigures = dict[str, float]
"""``val_loss``, ``val_dice`` and ``val_iou`` of one patient."""


@dataclass(frozen=True)
class Prediction:
    """What a network says of a packed volume, on the network's grid.

    Attributes:
        logits: Of the occupied slices as they are, ``(N, 1, J, I)``; of a slice classifier ``(N, 1)``.
        probability: Mean of each slice and of its mirror image, ``(K, J, I)``; a slice classifier's stands in all
            pixels of the slice.
        mask: What ``neutral_rule`` makes of it, ``(K, J, I)``, however unsure; of a slice classifier's, all from .5 on.
    """

    logits: torch.Tensor
    probability: FloatArray
    mask: npt.NDArray[np.bool_]


def neutral_rule() -> MaskRule:
    """Return how maps become masks during training: pieces as in the shipped model, the threshold chosen for nobody."""
    return load_bundle().rule.changed(NEUTRAL_THRESHOLD, None)


@torch.inference_mode()
def predict(model: NetworkTraining, volume: Mapping[str, Any]) -> Prediction:
    """Predict a packed volume as the shipped predictor would, but for its threshold."""
    slices = [int(k) for k in volume["occupied_slices"]]
    logits: list[torch.Tensor] = []

    def network(batch: FloatArray) -> FloatArray:
        found = model(torch.from_numpy(batch).to(model.device)).float().cpu()
        logits.append(found)
        array: FloatArray = found.numpy()
        return array[:, :, None, None] if model.classifies else array

    sequences = volume["sequences"].astype(np.float32)
    probability = views_of_slices(sequences, slices, volume["offset"], network).mean(axis=0)
    rule = _CLASSIFIER_RULE if model.classifies else neutral_rule()
    # Of each pair of calls the second has seen the mirror image.
    upright = torch.cat(logits[::2]) if logits else torch.zeros(0, 1, *sequences.shape[2:])
    return Prediction(upright, probability, rule.mask(probability) > 0)


def case_figures(model: NetworkTraining, volume: Mapping[str, Any], prediction: Prediction) -> CaseFigures:
    """Return loss, Dice and IoU of a packed volume.

    The loss is that of its slices as one batch, unmirrored, as in training. Dice and IoU are those of the volume; of a
    slice classifier, those of the set of slices that show tumor.
    """
    slices = volume["occupied_slices"]
    target = model.target(torch.from_numpy(volume["label"][slices][:, None].astype(np.float32)))
    loss = float(model.loss(prediction.logits, target)) if len(slices) else 0.0
    mask, reference = prediction.mask, np.asarray(volume["label"] > 0)
    if model.classifies:
        share = dice(np.asarray(mask.any(axis=(1, 2))), np.asarray(reference.any(axis=(1, 2))))
    else:
        share = dice(mask, reference)
    return {"val_loss": loss, "val_dice": share, "val_iou": share / (2 - share)}
