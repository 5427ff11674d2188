import numpy as np
import SimpleITK as sitk
from heads import ball_volume

from lggseg.pages.overlay import OUTLINE_COLOR_RGB, montage
from lggseg.volumes import geometry


def test_outlines_have_the_color_of_the_segment(head):
    mask = sitk.Cast((head > 140) & (head < 220), sitk.sitkUInt8)
    picture = np.array(montage(head, mask))
    assert (picture == OUTLINE_COLOR_RGB).all(axis=2).any()
    assert not (np.array(montage(head, mask * 0)) == OUTLINE_COLOR_RGB).all(axis=2).any()


def test_the_reference_has_a_color_of_its_own(head):
    mask = sitk.Cast((head > 140) & (head < 220), sitk.sitkUInt8)
    with_truth = np.array(montage(head, mask * 0, mask))
    without = np.array(montage(head, mask * 0, mask * 0))
    assert with_truth.shape != without.shape or (with_truth != without).any()


def test_the_picture_does_not_depend_on_the_orientation(head):
    mask = sitk.Cast((head > 140) & (head < 220), sitk.sitkUInt8)
    turned = montage(geometry.reorient(head, "PIR"), geometry.reorient(mask, "PIR"))
    np.testing.assert_array_equal(np.array(turned), np.array(montage(head, mask)))


def test_patients_right_is_on_the_left():
    head = ball_volume()  # its ball lies towards the end of the first axis: the patient's left
    mask = sitk.Cast((head > 140) & (head < 220), sitk.sitkUInt8)
    mask = sitk.BinaryMorphologicalOpening(mask, (2, 2, 1))
    picture = np.array(montage(head, mask))
    tile = picture[:220, :220]
    columns = np.flatnonzero((np.array(picture) == OUTLINE_COLOR_RGB).all(axis=2).any(axis=0)) % 220
    assert tile.shape == (220, 220, 3)
    assert columns.mean() > 110
