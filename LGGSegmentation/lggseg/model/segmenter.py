"""From a study to a segmentation: volumes in, volumes out, no files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from lggseg.model import preprocessing
from lggseg.model.postprocessing import MaskRule
from lggseg.model.preprocessing import FloatArray, NetworkInput
from lggseg.volumes import geometry

SLICES_AT_ONCE = 2
"""Slices a network call; more gain nothing on a CPU and cost memory."""

SliceProgress = Callable[[int, int], None]
Network = Callable[[FloatArray], FloatArray]

_DEFAULT_RULE = MaskRule()


@dataclass(frozen=True)
class Segmentation:
    """The result, on the grid of the FLAIR volume.

    Attributes:
        mask: uint8, 1 where the FLAIR signal is abnormal.
        probability: float32, 0 to 1.
        rule: How the mask was made of the probability.
    """

    mask: sitk.Image
    probability: sitk.Image
    rule: MaskRule

    @property
    def found(self) -> bool:
        """Whether there is any abnormality."""
        return bool(sitk.GetArrayViewFromImage(self.mask).any())

    @property
    def volume_ml(self) -> float:
        """Volume of the mask in millilitres."""
        count = int(np.count_nonzero(sitk.GetArrayViewFromImage(self.mask)))
        return count * geometry.voxel_volume_ml(self.mask)


def segment(
    study: Mapping[str, sitk.Image],
    network: Network,
    *,
    rule: MaskRule = _DEFAULT_RULE,
    progress: SliceProgress | None = None,
) -> Segmentation:
    """Outline the FLAIR abnormality.

    Args:
        study: ``flair``, and where there are any ``pre`` and ``post``; see ``preprocessing.prepare``.
        network: Maps ``(N, 5, H, W)`` normalised channels to ``(N, 1, H, W)`` logits: a ``predictor.Predictor``.
        rule: How the mask is made of the probability.
        progress: Called with (slices done, slices in all); an exception from it stops the run.

    Raises:
        InputError: If a volume cannot be used.
    """
    prepared = preprocessing.prepare(study)
    probability = predict(prepared, network, progress)
    restored = preprocessing.restore(probability, prepared.grid, study["flair"])
    mask = geometry.like(rule.mask(sitk.GetArrayViewFromImage(restored)), restored)
    return Segmentation(mask, restored, rule)


def predict(prepared: NetworkInput, network: Network, progress: SliceProgress | None = None) -> FloatArray:
    """Return the ``(K, J, I)`` probability on the network's grid; slices without signal stay 0.

    The network sees each slice twice, as it is and mirrored, and the probabilities are averaged: what it
    finds only one way round is more often wrong.
    """
    probability = np.zeros(prepared.sequences.shape[1:], np.float32)
    slices = prepared.occupied_slices
    for first in range(0, len(slices), SLICES_AT_ONCE):
        if progress:
            progress(first, len(slices))
        chosen = slices[first : first + SLICES_AT_ONCE]
        stacks = [preprocessing.stack_channels(prepared.sequences, k, prepared.neighbor_offset) for k in chosen]
        batch = np.stack(stacks)
        mirrored = network(np.ascontiguousarray(batch[..., ::-1]))[..., ::-1]
        probability[chosen] = 0.5 * (_sigmoid(network(batch)) + _sigmoid(mirrored))[:, 0]
    if progress:
        progress(len(slices), len(slices))
    return probability


def _sigmoid(logits: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0))), dtype=np.float32)
