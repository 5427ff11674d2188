"""Scribbles change the outline round them, and nothing else."""

from __future__ import annotations

import time

import numpy as np
import pytest

from lggseg.errors import InputError
from lggseg.segmentation.refinement import refine

SPACING = (4.0, 1.0, 1.0)


def scene():
    """Two bright blocks side by side in noise, of which the outline holds one."""
    flair = np.random.default_rng(0).normal(100, 4, (9, 60, 80)).astype(np.float32)
    truth = np.zeros(flair.shape, bool)
    truth[3:6, 20:40, 15:35] = True
    truth[3:6, 25:40, 35:55] = True
    flair[truth] += 80
    mask = truth.copy()
    mask[:, :, 35:] = False
    return flair, truth, mask.astype(np.uint8)


def none(flair):
    return np.zeros(flair.shape, bool)


def test_this_too_fills_what_hangs_together_with_the_scribble():
    flair, truth, mask = scene()
    include = none(flair)
    include[4, 32, 38:52] = True
    refined = refine(flair, None, mask, include, none(flair), SPACING) > 0
    assert np.count_nonzero(refined & truth) > 0.9 * np.count_nonzero(truth)
    assert np.count_nonzero(refined & ~truth) < 0.05 * np.count_nonzero(truth)


def test_not_this_takes_away_what_hangs_together_with_the_scribble():
    flair, truth, _ = scene()
    wrong = truth.copy()
    wrong[3:6, 10:20, 15:35] = True  # grey tissue
    exclude = none(flair)
    exclude[4, 14, 17:33] = True
    refined = refine(flair, None, wrong.astype(np.uint8), none(flair), exclude, SPACING) > 0
    assert np.count_nonzero(refined & ~truth) < 0.1 * np.count_nonzero(wrong & ~truth)
    assert np.count_nonzero(refined & truth) > 0.97 * np.count_nonzero(truth)


def test_far_from_the_scribble_nothing_changes():
    flair, _, mask = scene()
    mask[1, 2:5, 70:75] = 1
    include = none(flair)
    include[4, 32, 38:52] = True
    refined = refine(flair, None, mask, include, none(flair), SPACING)
    np.testing.assert_array_equal(refined[:, :8], mask[:, :8])


def test_scribbles_themselves_are_always_obeyed_and_the_input_is_left_alone():
    flair, _, mask = scene()
    include, exclude = none(flair), none(flair)
    include[0, 5, 5:9] = True
    exclude[4, 30, 20:25] = True
    before = mask.copy()
    refined = refine(flair, mask * 0.9, mask, include, exclude, SPACING)
    assert refined[include].all()
    assert not refined[exclude].any()
    np.testing.assert_array_equal(mask, before)
    np.testing.assert_array_equal(refine(flair, None, mask, none(flair), none(flair), SPACING), mask)


def test_bad_scribbles_are_explained():
    flair, _, mask = scene()
    both = none(flair)
    both[0, 0, 0] = True
    with pytest.raises(InputError, match="draw them apart"):
        refine(flair, None, mask, both, both, SPACING)
    with pytest.raises(InputError, match="one shape"):
        refine(flair, None, mask[1:], both, none(flair), SPACING)


def test_one_slice_works_too():
    flair, truth, mask = scene()
    include = none(flair)[4:5]
    include[0, 32, 38:52] = True
    refined = refine(flair[4:5], None, mask[4:5], include, none(flair)[4:5], SPACING) > 0
    assert np.count_nonzero(refined & truth[4:5]) > 0.9 * np.count_nonzero(truth[4:5])


def test_a_stroke_takes_well_under_a_second_of_computing():
    flair = np.random.default_rng(1).normal(100, 4, (155, 240, 240)).astype(np.float32)
    mask = np.zeros(flair.shape, np.uint8)
    mask[70:90, 100:140, 100:140] = 1
    include = none(flair)
    include[80, 120, 130:160] = True
    began = time.thread_time()
    refine(flair, mask * 0.9, mask, include, none(flair), (1.0, 1.0, 1.0))
    assert time.thread_time() - began < 3.0, "busy machines compute slowly; an idle one takes .5 s"
