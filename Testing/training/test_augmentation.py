"""Random changes of slices."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from training_runs import LIBRARY_WARNINGS

from lggseg_training.augmentation import AIR, ShadedByCoild, VariedTumorsd, augmentation
from lggseg_training.augmentation_groups import Augmentation

pytestmark = LIBRARY_WARNINGS


def test_augmentation_moves_image_and_label_together():
    rng = np.random.default_rng(0)
    label = torch.zeros(1, 96, 96)
    label[0, 30:60, 40:70] = 1
    steps = [step for step in augmentation(96) if "Rand" in type(step).__name__ or type(step).__name__ == "OneOf"][:2]
    for _ in range(5):
        item = {"flair": label.repeat(3, 1, 1) * 5, "t1": label.repeat(2, 1, 1) * 5, "label": label}
        for step in steps:
            step.set_random_state(int(rng.integers(1000)))
            item = step(item)
        bright = torch.as_tensor(item["flair"])[1] > 2.5
        mask = torch.as_tensor(item["label"])[0] > 0.5
        both = (bright & mask).sum() * 2 / (bright.sum() + mask.sum()).clamp(min=1)
        assert both > 0.95


def disc_item(radius=20, size=96):
    grid = torch.arange(size) - size / 2
    label = ((grid[:, None] ** 2 + grid[None] ** 2) < radius**2).float()[None]
    return {"flair": (2 * label).repeat(3, 1, 1), "t1": (-label).repeat(2, 1, 1), "label": label}


def test_varied_tumors_change_nothing_but_the_tumor():
    vary = VariedTumorsd(prob_brightness=1.0, prob_cyst=1.0)
    vary.set_random_state(0)
    empty = {key: torch.zeros_like(value) for key, value in disc_item().items()}
    assert all(torch.equal(value, empty[key]) for key, value in vary(dict(empty)).items())
    outside = disc_item(radius=26)["label"][0] == 0  # the edge is softened
    darkest = []
    for _ in range(10):
        item, changed = disc_item(), vary(disc_item())
        assert torch.equal(item["label"], changed["label"])
        for key in ("flair", "t1"):
            assert torch.equal(item[key][:, outside], changed[key][:, outside])
            assert torch.isfinite(changed[key]).all()
        assert not torch.equal(item["flair"], changed["flair"])
        darkest.append(float(changed["flair"][1].min()))
    assert min(darkest) < -0.5, "some have a dark hole"


def test_coil_shading_is_a_smooth_factor_on_what_is_above_air():
    shade = ShadedByCoild("flair", prob=1.0)
    shade.set_random_state(0)
    flair = torch.full((3, 64, 64), 1.0)
    flair[:, :20] = AIR
    shaded = shade({"flair": flair})["flair"]
    torch.testing.assert_close(shaded[:, :20], flair[:, :20])
    factor = (shaded[:, 20:] - AIR) / (1.0 - AIR)
    assert torch.equal(factor[0], factor[2])
    assert float(factor.max()) > 1.05 or float(factor.min()) < 0.95
    assert float(factor.diff(dim=-1).abs().max()) < 0.2
    again = ShadedByCoild("flair", prob=1.0)
    again.set_random_state(0)
    assert torch.equal(again({"flair": flair})["flair"], shaded)


def kinds(groups):
    def flat(steps):
        for step in steps:
            yield type(step).__name__
            yield from flat(getattr(step, "transforms", ()))

    return list(flat(augmentation(64, groups)))


ALL_ON = Augmentation(grid=True, optical=True)


@pytest.mark.parametrize("name", [field.name for field in fields(Augmentation)])
def test_each_group_can_be_left_out(name):
    groups = replace(ALL_ON, **{name: False})
    if name in ("rotation", "crop", "zoom"):  # parts of one transform
        assert kinds(groups) == kinds(ALL_ON)
    else:
        assert len(kinds(groups)) < len(kinds(ALL_ON))


def test_without_any_group_the_middle_is_cut_out():
    nothing = replace(ALL_ON, **{field.name: False for field in fields(Augmentation)})
    item = disc_item()
    for step in augmentation(48, nothing):
        item = step(item)
    for key, before in disc_item().items():
        torch.testing.assert_close(torch.as_tensor(item[key]), before[:, 24:72, 24:72], atol=0.03, rtol=0)
