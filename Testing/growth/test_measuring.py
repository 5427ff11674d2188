from datetime import date

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.growth.measuring import MOST_LESIONS, time_point, with_new_lesions

DAY = date(2020, 1, 1)


def boxes(*places, spacing=(1.0, 1.0, 2.0), size=(60, 60, 30)) -> sitk.Image:
    """A mask with boxes, each as (first i, j, k) and (size in i, j, k)."""
    array = np.zeros(size[::-1], np.uint8)
    for (i, j, k), (di, dj, dk) in places:
        array[k : k + dk, j : j + dj, i : i + di] = 1
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    return image


def test_volume_and_lesions_on_the_masks_own_grid():
    point = time_point(boxes(((5, 5, 5), (20, 12, 5)), ((40, 40, 5), (4, 4, 1))), DAY, origin="by hand")
    assert point.volume_ml == pytest.approx((20 * 12 * 5 + 16) * 2 / 1000)
    assert [lesion.slices for lesion in point.lesions] == [5, 1]
    assert [lesion.measurable for lesion in point.lesions] == [True, False]
    assert point.lesions[0].volume_ml == pytest.approx(2.4)
    assert point.lesions[0].longest_mm == pytest.approx(np.hypot(20, 12), rel=0.08)


@pytest.mark.parametrize("code", ["RPI", "SAL", "PIR"])
def test_the_orientation_of_the_file_does_not_matter(code):
    mask = boxes(((5, 5, 5), (20, 12, 5)))
    turned = sitk.DICOMOrient(mask, code)
    first, second = (time_point(one, DAY) for one in (mask, turned))
    assert second.volume_ml == pytest.approx(first.volume_ml)
    assert second.lesions[0].product_mm2 == pytest.approx(first.lesions[0].product_mm2)


def test_an_empty_mask_is_a_result():
    point = time_point(boxes(), DAY)
    assert point.volume_ml == 0
    assert point.lesions == ()


def test_a_probability_map_is_refused():
    image = sitk.Cast(boxes(((5, 5, 5), (20, 12, 5))), sitk.sitkFloat32) * 0.7
    with pytest.raises(InputError, match="threshold a probability map first"):
        time_point(image, DAY)


def test_a_piece_far_from_the_baseline_is_new_and_a_near_one_is_not():
    baseline = boxes(((5, 5, 5), (20, 12, 5)))
    near, far, small = ((5, 22, 5), (20, 12, 5)), ((40, 40, 5), (12, 12, 5)), ((40, 10, 5), (5, 5, 3))
    later = boxes(((5, 5, 5), (20, 12, 5)), near, far, small)
    point = time_point(later, DAY)
    assert point.new_lesions is None
    assert with_new_lesions(point, later, baseline).new_lesions == 1
    assert with_new_lesions(point, baseline, baseline).new_lesions == 0


def test_after_nothing_every_measurable_piece_is_new():
    later = boxes(((5, 5, 5), (20, 12, 5)))
    assert with_new_lesions(time_point(later, DAY), later, boxes()).new_lesions == 1


def test_all_pieces_are_counted_though_the_largest_alone_are_measured():
    point = time_point(boxes(*(((i, j, 5), (4, 4, 2)) for i in range(0, 60, 10) for j in range(0, 60, 10))), DAY)
    assert point.piece_count == 36
    assert len(point.lesions) == MOST_LESIONS
    assert time_point(boxes(), DAY).piece_count == 0
