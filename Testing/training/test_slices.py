"""From prepared cases to the slices of a step."""

import numpy as np
import torch
from training_runs import LIBRARY_WARNINGS

from lggseg.cohort.prepared import read_manifest
from lggseg.model.preprocessing import SEQUENCES
from lggseg_training.config import Config, Sampling
from lggseg_training.slices import DrawSliced, DropSequencesd, training_slices

pytestmark = LIBRARY_WARNINGS


def test_training_slices_have_the_networks_shape(volumes):
    slices = training_slices(volumes, Config(sampling=Sampling(crop_pixels=64)))
    for number in range(6):
        item = slices[0, number]
        assert item["image"].shape == (5, 64, 64)
        assert item["label"].shape == (1, 64, 64)
        assert torch.isfinite(item["image"]).all()
        assert set(torch.unique(item["label"]).tolist()) <= {0.0, 1.0}


def test_tumor_share_decides_how_often_tumor_is_seen(volumes):
    for share, expected in ((1.0, 1.0), (0.0, None)):
        draw = DrawSliced(volumes, Sampling(tumor_share=share, stripped_share=0.5, healthy_share=0.0))
        draw.set_random_state(0)
        seen = [bool(draw({"index": 0})["label"].any()) for _ in range(40)]
        if expected is not None:
            assert np.mean(seen) == expected
        else:
            assert np.mean(seen) < 1.0


def test_dropped_sequences_become_flair():
    item = {"flair": torch.randn(3, 4, 4), "t1": torch.randn(2, 4, 4), "label": torch.zeros(1, 4, 4)}
    drop = DropSequencesd(Sampling(flair_only_share=1.0))
    image = drop(item)["image"]
    assert torch.equal(image[3], image[1])
    assert torch.equal(image[4], image[1])
    keep = DropSequencesd(Sampling(flair_only_share=0.0, single_drop_share=0.0))
    assert torch.equal(keep(item)["image"][3:], item["t1"])


def test_prepared_cases_list_their_sequences(dataset):
    for case in read_manifest(dataset):
        assert set(case.item()) == {"case", "folder", "label", *SEQUENCES}
