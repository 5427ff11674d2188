"""Masks drawn a little differently."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from shape_bodies import image_of

from lggseg.errors import InputError
from lggseg.shape.measuring import measure
from lggseg.shape.perturb import at_threshold, narrower, thicker, wider


@pytest.fixture
def box() -> sitk.Image:
    array = np.zeros((8, 12, 14))
    array[2:6, 3:9, 4:11] = 1
    return image_of(array, (0.5, 0.5, 3.0), origin=(5.0, 6.0, 7.0))


def count(image: sitk.Image) -> int:
    return int(sitk.GetArrayFromImage(image).sum())


def test_one_pixel_in_the_slice_and_none_across(box):
    # 4 slices of 6 x 7; narrower 4 x 5; wider 6 x 7 with a row more on each of four sides, but no corners.
    assert count(box) == 4 * 42
    assert count(narrower(box)) == 4 * 20
    assert count(wider(box)) == 4 * (42 + 2 * 6 + 2 * 7)
    assert measure(wider(box))["slices"] == 4
    assert narrower(box).GetSpacing() == (0.5, 0.5, 3.0)


def test_every_second_slice_at_twice_the_distance(box):
    thick = thicker(box)
    assert count(thick) == 2 * 42
    assert thick.GetSpacing() == (0.5, 0.5, 6.0)
    assert measure(thick)["volume_ml"] == pytest.approx(measure(box)["volume_ml"])


def test_what_is_gone_is_none():
    line = np.zeros((3, 5, 9))
    line[1, 2, 2:7] = 1
    assert narrower(image_of(line)) is None
    nothing = image_of(np.zeros((3, 3, 3)))
    assert [change(nothing) for change in (narrower, wider, thicker)] == [None, None, None]


def test_orientation_does_not_matter(box):
    turned = sitk.DICOMOrient(box, "RSA")
    assert measure(wider(turned))["volume_ml"] == pytest.approx(measure(wider(box))["volume_ml"])
    assert count(thicker(turned)) == count(thicker(box))


def test_a_threshold_is_met_by_what_equals_it():
    probability = sitk.GetImageFromArray(np.array([[[0.1, 0.2, 0.5, 0.9]]], dtype=np.float32))
    assert [count(at_threshold(probability, limit)) for limit in (0.05, 0.5, 0.95)] == [4, 2, 0]


def test_whole_numbers_are_per_cents_and_images_are_refused():
    values = np.array([[[10, 20, 50, 90]]], dtype=np.uint8)
    assert [count(at_threshold(sitk.GetImageFromArray(values), limit)) for limit in (0.2, 0.5, 0.91)] == [3, 2, 0]
    with pytest.raises(InputError, match="expected probabilities, 0 to 100 in whole per cents, got 20 to 180"):
        at_threshold(sitk.GetImageFromArray(2 * values), 0.5)
    with pytest.raises(InputError, match="0 to 1 in floating point, got 10 to 90"):
        at_threshold(sitk.GetImageFromArray(values.astype(np.float32)), 0.5)
