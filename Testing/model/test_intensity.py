"""Padding and stray voxels must not set the scale; volumes without any stay as they are."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from heads import ball_volume
from hypothesis import given, settings
from hypothesis import strategies as st

from lggseg.model import intensity, preprocessing
from lggseg.volumes import geometry, tiff_stack


def outside_circle(image: sitk.Image) -> np.ndarray:
    """Corners of each slice, as a round field of view leaves them."""
    columns, rows, slices = image.GetSize()
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    return np.broadcast_to(x**2 + y**2 > 1.0, (slices, rows, columns))


def with_corners(image: sitk.Image, value: float) -> sitk.Image:
    array = sitk.GetArrayFromImage(image)
    array[outside_circle(image)] = value
    return geometry.like(array, image)


def difference(image: sitk.Image, other: sitk.Image) -> float:
    """How far what the network sees of two volumes is apart, in the head."""
    one, two = preprocessing.prepare({"flair": image}), preprocessing.prepare({"flair": other})
    assert geometry.same_grid(one.grid, two.grid)
    return float(np.abs(one.sequences[0] - two.sequences[0])[one.foreground & two.foreground].max())


@pytest.mark.parametrize("value", [-100, -1000, -2000, -32768, 1e6, 4095, 65535, 1000])
def test_padding_in_the_corners_changes_nothing(value: float) -> None:
    head = ball_volume()
    padded = with_corners(head, value)
    cleaned = intensity.clean(padded)
    assert cleaned.paddings == (np.float32(value),)
    assert f"The value {value:g}" in cleaned.note
    assert difference(head, padded) < 0.25


@pytest.mark.parametrize("stripped", [True, False])
@pytest.mark.parametrize("value", [-32768, 65535, 1e7])
def test_one_voxel_changes_nothing(value: float, stripped: bool) -> None:
    head = ball_volume(stripped=stripped)
    spiked = sitk.Image(head)
    spiked[0, 0, 0] = value
    spiked[30, 36, 8] = value
    assert difference(head, spiked) < 15.1  # at the voxel itself: the whole range
    one, two = (preprocessing.prepare({"flair": image}).sequences[0] for image in (head, spiked))
    assert np.quantile(np.abs(one - two), 0.99) < 0.05


@settings(max_examples=12, deadline=None)
@given(center=st.floats(96.0, 130.0), scale=st.floats(0.01, 100.0))
def test_the_zero_of_a_centred_brain_is_its_background(center: float, scale: float) -> None:
    stripped = ball_volume(stripped=True)
    array = sitk.GetArrayFromImage(stripped)
    inside = array > 0
    centred = np.where(inside, (array - center) / scale, 0).astype(np.float32)
    lowest = np.where(inside, centred, centred[inside].min())
    one = preprocessing.prepare({"flair": geometry.like(centred, stripped)})
    two = preprocessing.prepare({"flair": geometry.like(lowest, stripped)})
    assert np.quantile(np.abs(one.sequences[0] - two.sequences[0]), 0.99) < 0.2


def test_two_paddings_are_found_one_after_the_other() -> None:
    head = with_corners(ball_volume(), -1000)
    array = sitk.GetArrayFromImage(head)
    array[:, :4] = 4095
    cleaned = intensity.clean(geometry.like(array, head))
    assert set(cleaned.paddings) == {-1000.0, 4095.0}


@pytest.mark.parametrize("stripped", [True, False])
def test_a_volume_without_padding_is_handed_on_as_it_is(stripped: bool) -> None:
    head = ball_volume(stripped=stripped)
    cleaned = intensity.clean(head)
    assert cleaned.image is head
    assert (cleaned.paddings, cleaned.note, cleaned.share) == ((), "", 0.0)


@pytest.mark.parametrize(("scale", "offset"), [(1e-30, 0), (1e30, 0), (1e-3, 1e9), (1e12, -1e15)])
def test_values_beyond_single_precision_keep_their_contrast(scale: float, offset: float) -> None:
    head = ball_volume()
    array = sitk.GetArrayFromImage(head).astype(np.float64) * scale + offset
    assert difference(head, geometry.like(array, head)) < 0.2


def test_a_label_map_is_no_image() -> None:
    with pytest.raises(ValueError, match=r"expected grey values, got only 2 \(a mask or label map\?\)"):
        preprocessing.prepare({"flair": ball_volume() > 150})


@pytest.mark.data
@pytest.mark.slow
def test_flair_of_the_data_set_has_no_padding() -> None:
    place = os.environ.get("LGG_DATA")
    if not place:
        pytest.skip("LGG_DATA does not say where kaggle_3m is")
    cases = [folder for folder in sorted((Path(place) / "kaggle_3m").iterdir()) if folder.is_dir()]
    changed = []
    for case in cases:
        flair = tiff_stack.read_tiff_stack(case)["flair"]
        before, after = (sitk.GetArrayFromImage(image) for image in (flair, intensity.clean(flair).image))
        if (before != after).mean() > 1e-5:
            changed.append(case.name)
    assert not changed
