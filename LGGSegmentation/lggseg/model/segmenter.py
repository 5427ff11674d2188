"""From a study to a segmentation: volumes in, volumes out, no files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from lggseg.model import preprocessing
from lggseg.model.doubt import Signs, read_signs
from lggseg.model.logits import sigmoid
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
        signs: What the maps tell of how far the result can be trusted.
        held_back_ml: Volume that reaches the threshold, but is nowhere sure enough to count; then the mask is empty.
    """

    mask: sitk.Image
    probability: sitk.Image
    rule: MaskRule
    signs: Signs
    held_back_ml: float = 0.0

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
    views = predict_views(prepared, network, progress)
    restored = preprocessing.restore(views.mean(axis=0), prepared.grid, study["flair"])
    probability, voxel_ml = sitk.GetArrayViewFromImage(restored), geometry.voxel_volume_ml(restored)
    found = rule.finding(probability, voxel_ml)
    held_back_ml = 0.0 if found.any() else np.count_nonzero(rule.mask(probability)) * voxel_ml
    signs = read_signs(views, rule, geometry.voxel_volume_ml(prepared.grid))
    return Segmentation(geometry.like(found, restored), restored, rule, signs, held_back_ml)


def predict(prepared: NetworkInput, network: Network, progress: SliceProgress | None = None) -> FloatArray:
    """Return the ``(K, J, I)`` probability on the network's grid; slices without signal stay 0.

    The mean of ``predict_views``: what the network finds only one way round is more often wrong.
    """
    return np.asarray(predict_views(prepared, network, progress).mean(axis=0))


def predict_views(prepared: NetworkInput, network: Network, progress: SliceProgress | None = None) -> FloatArray:
    """Return what the network says of each slice as it is, and of the mirrored slice, ``(2, K, J, I)``."""
    slices, offset = prepared.occupied_slices, prepared.neighbor_offset
    return views_of_slices(prepared.sequences, slices, offset, network, progress)


def views_of_slices(
    sequences: FloatArray,
    slices: Sequence[int],
    neighbor_offset: int,
    network: Network,
    progress: SliceProgress | None = None,
) -> FloatArray:
    """Return ``predict_views`` of sequences that are prepared already.

    Args:
        sequences: ``(3, K, J, I)``, normalised.
        slices: Those to look at; the others stay 0.
        neighbor_offset: How many slices below and above the neighbours lie.
        network: Called twice for each ``SLICES_AT_ONCE`` slices: as they are, and mirrored.
        progress: Called with (slices done, slices in all).
    """
    views = np.zeros((2, *sequences.shape[1:]), np.float32)
    for first in range(0, len(slices), SLICES_AT_ONCE):
        if progress:
            progress(first, len(slices))
        chosen = slices[first : first + SLICES_AT_ONCE]
        batch = np.stack([preprocessing.stack_channels(sequences, k, neighbor_offset) for k in chosen])
        views[0, chosen] = sigmoid(network(batch))[:, 0]
        views[1, chosen] = sigmoid(network(np.ascontiguousarray(batch[..., ::-1])))[:, 0, :, ::-1]
    if progress:
        progress(len(slices), len(slices))
    return views
