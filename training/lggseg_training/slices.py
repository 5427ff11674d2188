"""From prepared cases to the slices that a training step sees."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from monai.data import CacheDataset, Dataset
from monai.transforms import Compose, EnsureChannelFirstd, LoadImaged, MapTransform, Randomizable

from lggseg.cohort.prepared import Case
from lggseg.model.monai_transforms import PrepareStudyd
from lggseg.model.preprocessing import NORMALIZED_RANGE, SEQUENCES, stack_channels
from lggseg_training.augmentation import augmentation
from lggseg_training.brain import brain_mask
from lggseg_training.config import Sampling

_SEQUENCE_OF_CHANNEL = (0, 0, 0, 1, 2)
_STRIPPED_AIR = (-5.0, -2.0)  # where the blank background of stripped volumes comes to lie

SLICES_PER_CASE = 16
"""How often an epoch comes back to each patient."""


class PackVolumed(MapTransform):  # type: ignore[misc]
    """Shrink a prepared study to what is kept in memory, and note what the sampler has to know."""

    def __init__(self, *, strip: bool) -> None:
        super().__init__(("sequences", "label"))
        self.strip = strip

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Turn the sequences into float16 and drop what training does not use."""
        item = dict(data)
        occupied = item["foreground"].any(axis=(1, 2))
        packed: dict[Hashable, Any] = {
            "case": item["case"],
            "sequences": item["sequences"].astype(np.float16),
            "label": item["label"],
            "offset": item["neighbor_offset"],
            "tumor_slices": np.flatnonzero(item["label"].any(axis=(1, 2))),
            "occupied_slices": np.flatnonzero(occupied),
        }
        if self.strip:
            packed["brain"] = brain_mask(item["foreground"], item["label"] > 0)
            values = item["sequences"][:, packed["brain"] & item["foreground"]]
            lower, median, upper = np.percentile(values, (25, 50, 75), axis=1)
            packed["brain_median"], packed["brain_scale"] = median, np.maximum((upper - lower) / 1.349, 0.2)
        return packed


def load_volumes(cases: Sequence[Case], *, strip: bool, workers: int) -> CacheDataset:
    """Load and prepare cases once, into memory, in parallel and with a progress bar."""
    load = [
        LoadImaged((*SEQUENCES, "label"), allow_missing_keys=True, image_only=True),
        EnsureChannelFirstd((*SEQUENCES, "label"), channel_dim="no_channel", allow_missing_keys=True),
        PrepareStudyd(),
        PackVolumed(strip=strip),
    ]
    return CacheDataset([case.item() for case in cases], Compose(load), num_workers=max(workers, 1), copy_cache=False)


class DrawSliced(Randomizable, MapTransform):  # type: ignore[misc]
    """Draw one slice of a patient, with tumor in a set share of the draws, skull on or stripped."""

    def __init__(self, volumes: Sequence[Mapping[str, Any]], sampling: Sampling) -> None:
        MapTransform.__init__(self, ("index",))
        self.volumes = volumes
        self.sampling = sampling

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Return ``flair`` ``(3, H, W)``, ``t1`` ``(2, H, W)`` and ``label`` ``(1, H, W)``."""
        volume = self.volumes[data["index"]]
        tumor, occupied = volume["tumor_slices"], volume["occupied_slices"]
        candidates = tumor if len(tumor) and self.R.random() < self.sampling.tumor_share else occupied
        k = int(self.R.choice(candidates))
        channels = stack_channels(volume["sequences"], k, volume["offset"]).astype(np.float32)
        if self.R.random() < self.sampling.stripped_share:
            channels = self._strip(channels, volume, k)
        image = torch.from_numpy(channels)
        label = torch.from_numpy(volume["label"][k][None].astype(np.float32))
        return {"flair": image[:3], "t1": image[3:], "label": label}

    def _strip(self, channels: np.ndarray, volume: Mapping[str, Any], k: int) -> np.ndarray:
        """Blank all but the brain, normalised as ``preprocessing.normalize`` would have a stripped volume."""
        masks = stack_channels(np.stack([volume["brain"]] * len(SEQUENCES)), k, volume["offset"])
        median, scale = (
            volume[name][list(_SEQUENCE_OF_CHANNEL), None, None] for name in ("brain_median", "brain_scale")
        )
        normalized = np.clip((channels - median) / scale, *NORMALIZED_RANGE)
        return np.asarray(np.where(masks, normalized, self.R.uniform(*_STRIPPED_AIR)), dtype=np.float32)


class DropSequencesd(Randomizable, MapTransform):  # type: ignore[misc]
    """Replace T1 before or after contrast, or both, by FLAIR; then join all channels to ``image``."""

    def __init__(self, sampling: Sampling) -> None:
        MapTransform.__init__(self, ("flair", "t1"))
        self.sampling = sampling

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[str, torch.Tensor]:
        """Return ``image`` ``(5, H, W)`` in the order of ``preprocessing.CHANNELS`` and ``label``."""
        flair, t1 = torch.as_tensor(data["flair"]), torch.as_tensor(data["t1"]).clone()
        draw, single = self.R.random(), self.sampling.single_drop_share
        if draw < self.sampling.flair_only_share:
            t1[:] = flair[1]
        elif draw < self.sampling.flair_only_share + single:
            t1[0] = flair[1]
        elif draw < self.sampling.flair_only_share + 2 * single:
            t1[1] = flair[1]
        label = torch.as_tensor(data["label"])
        return {"image": torch.cat([flair, t1]).contiguous(), "label": label.contiguous()}


def training_slices(volumes: Sequence[Mapping[str, Any]], sampling: Sampling) -> Dataset:
    """Make the training set: every patient equally often, ``SLICES_PER_CASE`` times an epoch."""
    indices = [{"index": index} for _ in range(SLICES_PER_CASE) for index in range(len(volumes))]
    steps = [DrawSliced(volumes, sampling), *augmentation(sampling.crop_pixels), DropSequencesd(sampling)]
    return Dataset(indices, Compose(steps))
