"""From prepared cases to the slices that a training step sees."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.transforms import Compose, EnsureChannelFirstd, LoadImaged, MapTransform, Randomizable
from tqdm import tqdm

from lggseg.cohort.prepared import Case
from lggseg.model.monai_transforms import PrepareStudyd
from lggseg.model.preprocessing import NORMALIZED_RANGE, SEQUENCES, NetworkInput
from lggseg_training.augmentation import augmentation
from lggseg_training.brain import brain_mask
from lggseg_training.config import Config, Sampling
from lggseg_training.contrast import SEQUENCE_OF_CHANNEL, add_lesions, brain_quantiles, remap, suppress_fat
from lggseg_training.draws import LABEL_OF_CHANNEL, Draw, draw_slice
from lggseg_training.healthy import remove_tumor, sham
from lggseg_training.mirror import mirrored
from lggseg_training.step_batches import StepSlices
from lggseg_training.transplant import transplant
from lggseg_training.volume_cache import Packed, cached

_STRIPPED_AIR = (-5.0, -2.0)  # where the blank background of stripped volumes comes to lie

SLICES_PER_CASE = 16
"""How often an epoch comes back to each patient."""


class PackVolumed(MapTransform):  # type: ignore[misc]
    """Shrink a prepared study to what is kept in memory, and note what the sampler has to know.

    Args:
        learn: Whether the study is trained on: then its brain, its grey values and its other side are kept too.
    """

    def __init__(self, *, learn: bool) -> None:
        super().__init__(("sequences", "label"))
        self.learn = learn

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
        return {**packed, **_learnt(item)} if self.learn else packed


def _learnt(item: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
    """Return what only training asks of a volume."""
    sequences, label = item["sequences"], item["label"]
    brain = brain_mask(item["foreground"], label > 0)
    values = sequences[:, brain & item["foreground"]]
    lower, median, upper = np.percentile(values, (25, 50, 75), axis=1)
    prepared = NetworkInput(sequences, item["foreground"], item["grid"], item["neighbor_offset"])
    other, other_label = mirrored(prepared, label, Path(item["folder"]))
    return {
        "brain": brain,
        "brain_median": median,
        "brain_scale": np.maximum((upper - lower) / 1.349, 0.2),
        "quantiles": brain_quantiles(sequences, brain & (label == 0)),
        "mirror": other.astype(np.float16),
        "mirror_label": other_label,
    }


def load_volumes(cases: Sequence[Case], *, learn: bool, workers: int) -> list[Packed]:
    """Load and prepare cases, in parallel and with a progress bar; what an earlier run has prepared is mapped."""
    steps = [
        LoadImaged((*SEQUENCES, "label"), allow_missing_keys=True, image_only=True),
        EnsureChannelFirstd((*SEQUENCES, "label"), channel_dim="no_channel", allow_missing_keys=True),
        PrepareStudyd(),
        PackVolumed(learn=learn),
    ]
    load, kind = Compose(steps), "learn" if learn else "look"
    with ThreadPool(max(workers, 1)) as pool:
        packed = pool.imap(lambda case: cached(case, kind, lambda: load(case.item())), cases)
        return list(tqdm(packed, total=len(cases), desc="loading", unit="patient", disable=None))


class DrawSliced(Randomizable, MapTransform):  # type: ignore[misc]
    """Draw one slice of a patient, with tumor in a set share of the draws, skull on or stripped.

    What needs more than the slice happens here: tumors taken out, put in, grey values of another patient.
    """

    def __init__(self, volumes: Sequence[Mapping[str, Any]], sampling: Sampling) -> None:
        MapTransform.__init__(self, ("index",))
        self.volumes = volumes
        self.sampling = sampling
        self._donors = [volume for volume in volumes if len(volume["tumor_slices"])]

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Return ``flair`` ``(3, H, W)``, ``t1`` ``(2, H, W)`` and ``label`` ``(1, H, W)``."""
        volume = self.volumes[data["index"]]
        tumor, occupied = volume["tumor_slices"], volume["occupied_slices"]
        candidates = tumor if len(tumor) and self.R.random() < self.sampling.tumor_share else occupied
        k = int(self.R.choice(candidates))
        draw = draw_slice(volume, k)
        self._change_tumors(draw, volume, k)
        self._change_contrast(draw, volume)
        image = torch.from_numpy(draw.channels.astype(np.float32, copy=False))
        label = torch.from_numpy(draw.labels[1][None].astype(np.float32))
        return {"flair": image[:3], "t1": image[3:], "label": label}

    def _change_tumors(self, draw: Draw, volume: Mapping[str, Any], k: int) -> None:
        options = self.sampling
        if self.R.random() < options.healthy_share:
            # As often where there is nothing to remove: a seam must not tell that there is no tumor.
            remove = draw.labels.any() and self.R.random() < 0.5
            (remove_tumor if remove else sham)(draw, volume, k, self.R)
        if self.R.random() < options.transplant_share and self._donors:
            transplant(draw, self.R.choice(self._donors), self.R)
        if self.R.random() < options.lesions_share:
            add_lesions(draw, self.R)

    def _change_contrast(self, draw: Draw, volume: Mapping[str, Any]) -> None:
        options = self.sampling
        if self.R.random() < options.remap_share:
            remap(draw, volume, self.R.choice(self.volumes), self.R)
        kind = self.R.random()
        if kind < options.stripped_share:
            self._strip(draw, volume)
        elif kind < options.stripped_share + options.fat_suppressed_share:
            suppress_fat(draw, volume, self.R)

    def _strip(self, draw: Draw, volume: Mapping[str, Any]) -> None:
        """Blank all but the brain, normalised as ``preprocessing.normalize`` would have a stripped volume."""
        stripped = np.full(draw.channels.shape, self.R.uniform(*_STRIPPED_AIR), np.float32)
        for channel, (of, sequence) in enumerate(zip(LABEL_OF_CHANNEL, SEQUENCE_OF_CHANNEL, strict=True)):
            median, scale = (volume[name][sequence] for name in ("brain_median", "brain_scale"))
            brain = draw.brain[of]
            stripped[channel, brain] = np.clip((draw.channels[channel][brain] - median) / scale, *NORMALIZED_RANGE)
        draw.channels = stripped


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


def training_slices(volumes: Sequence[Mapping[str, Any]], settings: Config, extra: int = 0) -> StepSlices:
    """Make the training set: every patient of a kind equally often.

    Args:
        volumes: Packed; the last ``extra`` of them are those of --extra.
        settings: ``extra_share`` of the slices are of these, ``negative_share`` of volumes without tumor among them.
        extra: How many volumes came with --extra.
    """
    sampling = settings.sampling
    changes = augmentation(sampling.crop_pixels, settings.augmentation)
    steps = Compose([DrawSliced(volumes, sampling), *changes, DropSequencesd(sampling)])
    indices = epoch_indices(volumes, sampling, extra)
    return StepSlices(indices, steps, seed=settings.seed, batch_size=settings.optimization.batch_size)


def epoch_indices(volumes: Sequence[Mapping[str, Any]], sampling: Sampling, extra: int) -> list[int]:
    """Return the volumes of an epoch by index, each as often as its kind is to be seen."""
    home = list(range(len(volumes) - extra))
    abroad = range(len(home), len(volumes))
    tumor = [index for index in abroad if len(volumes[index]["tumor_slices"])]
    empty = [index for index in abroad if not len(volumes[index]["tumor_slices"])]
    draws = SLICES_PER_CASE * len(home)
    rest = 1.0 - sampling.extra_share - sampling.negative_share
    indices = home * SLICES_PER_CASE
    for kind, share in ((tumor, sampling.extra_share), (empty, sampling.negative_share)):
        count = round(draws * share / rest) if kind else 0
        indices += [kind[turn % len(kind)] for turn in range(count)]
    return indices
