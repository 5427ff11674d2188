"""Barrel and pincushion distortion."""

import pytest
import torch

from lggseg_training.distortion import Distortedd, distorted


def square(half):
    image = torch.zeros(1, 101, 101)
    image[0, 50 - half : 51 + half, 50 - half : 51 + half] = 1
    return image


@pytest.mark.parametrize(("strength", "smaller"), [(0.15, True), (-0.15, False)])
def test_a_barrel_draws_in_and_a_pincushion_pushes_out(strength, smaller):
    before, after = square(30), distorted(square(30), strength, (0.0, 0.0), "nearest")
    assert (after.sum() < before.sum()) == smaller
    corner, middle = after[0].diagonal().nonzero().max(), after[0, 50].nonzero().max()
    assert (corner < middle) == smaller, "corners move further than the middle of an edge"


def test_no_strength_changes_nothing_and_all_keys_move_together():
    rng = torch.Generator().manual_seed(0)
    image = torch.rand(3, 40, 52, generator=rng)
    torch.testing.assert_close(distorted(image, 0.0, (0.1, -0.1), "bilinear"), image, atol=1e-4, rtol=0)
    change = Distortedd(("flair", "label"), ("bilinear", "nearest"), prob=1.0)
    change.set_random_state(3)
    item = change({"flair": square(30) * 4, "label": square(30)})
    bright, label = item["flair"] > 2, item["label"] > 0.5
    assert int((bright ^ label).sum()) < 0.02 * int(label.sum())
    assert not torch.equal(item["label"], square(30))
