"""What training does to slices before it shows them: tumors out and in, other contrasts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sided_heads import sided_volume

from lggseg_training.contrast import add_lesions, remap, suppress_fat
from lggseg_training.draws import blob, draw_slice, grown
from lggseg_training.healthy import remove_tumor, sham
from lggseg_training.transplant import transplant

seeds = st.integers(0, 2**31 - 1)
SETTINGS = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="module")
def volume():
    return sided_volume()


@SETTINGS
@given(seeds)
def test_a_removed_tumor_leaves_what_the_other_side_shows(seed):
    volume = sided_volume()
    draw = draw_slice(volume, 4)
    remove_tumor(draw, volume, 4, np.random.RandomState(seed))
    assert not draw.labels.any()
    place = volume["label"][4] > 0
    other = volume["mirror"][0, 4][place].astype(np.float32)
    # As bright as around it, and at its edge still a little of what was there.
    assert np.median(np.abs(draw.channels[1][place] - other)) < 0.5
    assert draw.channels[1][place].mean() < 1.0


def test_removing_changes_nothing_far_from_the_tumor(volume):
    draw = draw_slice(volume, 4)
    before = draw.channels.copy()
    remove_tumor(draw, volume, 4, np.random.RandomState(0))
    far = ~grown(volume["label"][4:5] > 0, 24)[0]
    np.testing.assert_allclose(draw.channels[:, far], before[:, far], atol=1e-5)


@SETTINGS
@given(seeds)
def test_a_sham_keeps_the_label_true(seed):
    volume = sided_volume()
    draw = draw_slice(volume, 4)
    sham(draw, volume, 4, np.random.RandomState(seed))
    # Wherever tumor is said to be, it is as bright as tumor; the rest is not.
    bright = draw.channels[1] > 1.5
    inner = draw.labels[1] & ~grown(~draw.labels[1][None], 5)[0]
    assert bright[inner].mean() > 0.9 if inner.any() else True
    assert bright[~grown(draw.labels[1][None], 5)[0]].mean() < 0.02


def test_a_sham_may_bring_the_tumor_of_the_other_side(volume):
    found = []
    for seed in range(60):
        draw = draw_slice(volume, 4)
        sham(draw, volume, 4, np.random.RandomState(seed))
        found.append(draw.labels[1][:, 48:].any())
    assert 0 < np.mean(found) < 1


@SETTINGS
@given(seeds)
def test_a_transplanted_tumor_is_bright_and_labelled_within_the_brain(seed):
    healthy, donor = sided_volume(1, tumor=False), sided_volume(2)
    draw = draw_slice(healthy, 4)
    before = draw.channels[1].copy()
    transplant(draw, donor, np.random.RandomState(seed))
    assert not (draw.labels & ~draw.brain).any()
    if draw.labels[1].any():
        rise = (draw.channels[1] - before)[draw.labels[1]]
        assert np.median(rise) > 1.0
    else:
        np.testing.assert_array_equal(draw.channels[1], before)


def test_most_transplants_take(volume):
    taken = 0
    for seed in range(40):
        draw = draw_slice(sided_volume(1, tumor=False), 4)
        transplant(draw, volume, np.random.RandomState(seed))
        taken += draw.labels[1].any()
    assert taken > 20


def test_lesions_brighten_the_brain_and_are_no_tumor(volume):
    draw = draw_slice(volume, 1)
    before = draw.channels[1].copy()
    add_lesions(draw, np.random.RandomState(3))
    assert not draw.labels[1].any()
    assert (draw.channels[1] - before)[volume["brain"][1]].max() > 0.5
    assert np.abs(draw.channels[1] - before)[~grown(volume["brain"][1:2], 6)[0]].max() < 1e-5


@SETTINGS
@given(seeds)
def test_remapping_keeps_the_order_of_grey_values(seed):
    volume, other = sided_volume(), sided_volume(5)
    other["quantiles"] = other["quantiles"] * 2.0 + 1.0
    draw = draw_slice(volume, 4)
    before = draw.channels[1].ravel().copy()
    remap(draw, volume, other, np.random.RandomState(seed))
    after = draw.channels[1].ravel()[np.argsort(before)]
    assert (np.diff(after) >= -1e-4).all()
    assert np.abs(draw.channels[1].ravel() - before).max() > 0.1


def test_suppressed_fat_is_darker_than_brain(volume):
    bright = {**volume, "sequences": volume["sequences"].copy()}
    bright["sequences"][:, :, :4] = 6.0  # a rim of fat
    draw = draw_slice(bright, 1)
    suppress_fat(draw, bright, np.random.RandomState(0))
    assert draw.channels[1][:3].mean() < 6.0 * 0.8
    assert draw.channels[1][:3].mean() < 4.0


@SETTINGS
@given(seeds, st.floats(2, 20))
def test_a_blob_is_one_piece_around_its_middle_and_of_about_its_size(seed, radius):
    region = blob(np.random.RandomState(seed), (96, 96), (48, 48), radius)
    assert region[48, 48]
    rows, columns = np.nonzero(region)
    assert np.hypot(rows - 48, columns - 48).max() <= 2.3 * radius + 1
    assert 0.3 < region.sum() / (np.pi * radius**2) < 3
