"""Ways of counting the same masks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lggseg_training.counting import METRICS, WAYS, count, figures, joined

volumes = hnp.arrays(bool, st.tuples(st.integers(1, 4), st.just(5), st.just(6)))


@given(st.data())
def test_the_ways_agree_where_there_is_one_slice_and_pooled_lies_between_patients(data):
    mask = data.draw(hnp.arrays(bool, (1, 5, 6)))
    reference = data.draw(hnp.arrays(bool, (1, 5, 6)))
    found = figures([count(mask, reference)])
    for metric in METRICS:
        values = {round(found[way][metric], 12) for way in ("pooled", "slices", "patients")}
        assert len(values) == 1 or all(math.isnan(value) for value in values)
    if reference.any():
        assert found["tumor_slices"]["dice"] == found["slices"]["dice"]


@given(volumes)
def test_a_perfect_mask_is_one_in_every_way(reference):
    found = figures([count(reference, reference)])
    assert all(found[way]["dice"] == 1 for way in ("pooled", "slices", "patients"))
    assert sum(map(sum, joined([count(reference, reference)]).matrix())) == reference.size


def test_each_way_by_hand():
    reference = np.zeros((3, 10, 10), bool)
    reference[0, :4, :5] = True  # 20 pixels
    mask = np.zeros_like(reference)
    mask[0, :4, :4] = True  # 16 of them
    mask[1, 0, :4] = True  # 4 where there is none
    small = np.zeros((1, 10, 10), bool)
    small[0, 0, :2] = True  # missed altogether
    found = figures([count(mask, reference), count(small & False, small)])
    assert found["pooled"]["dice"] == pytest.approx(2 * 16 / (20 + 22))
    assert found["slices"]["dice"] == pytest.approx((2 * 16 / 36 + 0 + 1 + 0) / 4)
    assert found["tumor_slices"]["dice"] == pytest.approx((2 * 16 / 36 + 0) / 2)
    assert found["patients"]["dice"] == pytest.approx((2 * 16 / 40 + 0) / 2)
    assert set(found) == set(WAYS)


def test_the_matrix_of_a_published_notebook_gives_another_dice_than_it_reports():
    """[[25443941, 27487], [39067, 245153]] stands beside a Dice of .905 and an IoU of .828."""
    from lggseg_training.reports.published import MATRIX, matrix_figures

    found = matrix_figures(MATRIX)
    assert (round(found["dice"], 2), round(found["iou"], 3)) == (0.88, 0.786)
    assert round(100 * found["accuracy"], 2) == 99.74
