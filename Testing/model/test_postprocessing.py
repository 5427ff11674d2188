import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lggseg.model.postprocessing import MaskRule, large_components, largest_component


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
