import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lggseg.model.postprocessing import MaskRule, large_components, largest_component, peak_of


def test_threshold_is_inclusive():
    assert MaskRule(0.5, "all").mask(np.array([[[0.2, 0.5, 0.9]]])).ravel().tolist() == [0, 1, 1]


def test_only_the_largest_piece_is_kept():
    probability = np.array([[[0.9, 0.0, 0.8, 0.8, 0.0, 0.6]]])
    assert MaskRule(0.5, "largest").mask(probability).ravel().tolist() == [0, 0, 1, 1, 0, 0]
    assert MaskRule(0.5, "all").mask(probability).ravel().tolist() == [1, 0, 1, 1, 0, 1]


def test_pieces_nearly_as_large_as_the_largest_are_kept():
    probability = np.array([[[0.9, 0.9, 0.0, 0.8, 0.8, 0.8, 0.0, 0.6, 0.0, *[0.7] * 4]]])
    kept = MaskRule(0.5, "large").mask(probability).ravel().tolist()
    assert kept == [1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1], "one voxel is less than .3 of four"


def test_voxels_that_touch_by_a_corner_are_two_pieces():
    mask = np.zeros((2, 3, 3), bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[1, 1, 2] = True
    assert largest_component(mask).sum() == 2


def test_an_empty_mask_stays_empty():
    assert not MaskRule().mask(np.zeros((3, 4, 5))).any()


def blob(probability, voxels):
    """A row of voxels of 10 mm3 each, the first so many abnormal with one probability."""
    return np.where(np.arange(200) < voxels, probability, 0.0).reshape(1, 1, 200)


def test_what_is_nowhere_sure_enough_does_not_count():
    rule = MaskRule(0.35, "large", least_peak=0.9)
    assert rule.finding(blob(0.95, 60), 0.01).sum() == 60
    assert not rule.finding(blob(0.85, 60), 0.01).any()
    assert rule.mask(blob(0.85, 60)).sum() == 60


def test_what_is_smaller_than_half_a_millilitre_is_counted_as_unsure():
    """50 voxels make half a millilitre: 40 at .99 have a mean of .79 over it."""
    assert peak_of(blob(0.99, 40), 0.01) == pytest.approx(0.99 * 40 / 50)
    assert peak_of(blob(0.99, 60), 0.01) == pytest.approx(0.99)
    assert peak_of(np.zeros((2, 2, 2)), 0.01) == 0.0


def test_the_surest_voxels_make_the_peak_whatever_is_around():
    probability = blob(0.6, 200)
    probability[0, 0, 100:150] = 0.9
    assert peak_of(probability, 0.01) == pytest.approx(0.9)


def test_whoever_sets_a_part_of_the_rule_sees_all_of_it():
    rule = MaskRule(0.35, "large", least_peak=0.9)
    assert rule.changed(None, None) == rule
    assert rule.changed(0.35, None) == MaskRule(0.35, "large")
    assert rule.changed(None, "all") == MaskRule(0.35, "all")


@settings(max_examples=50, deadline=None)
@given(arrays(bool, (4, 5, 6), elements=st.booleans()))
def test_the_largest_piece_is_part_of_the_mask_and_keeping_it_again_changes_nothing(mask):
    kept = largest_component(mask)
    assert not (kept & ~mask).any()
    assert kept.any() == mask.any()
    np.testing.assert_array_equal(largest_component(kept), kept)
    large = large_components(mask)
    assert not (large & ~mask).any()
    assert not (kept & ~large).any()
    np.testing.assert_array_equal(large_components(large), large)
