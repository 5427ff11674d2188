import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lggseg.errors import InputError
from lggseg.growth.velocity import FROM_ERROR, FROM_REGRESSION, Slope, doubling_time, pallud_class, weighted_slope


def test_two_studies_by_hand():
    # 40 and 43 mm, two years apart, each with a standard deviation of .5 mm:
    # 1.5 mm a year, and its standard deviation is sqrt(.5^2 + .5^2) / 2 = .3536.
    slope = weighted_slope([0.0, 2.0], [40.0, 43.0], [0.5, 0.5])
    assert slope.value == pytest.approx(1.5)
    assert slope.high - slope.value == pytest.approx(1.959964 * 0.353553, abs=1e-5)
    assert slope.basis == FROM_ERROR
    assert slope.beyond_error


def test_scatter_widens_the_interval_as_a_textbook_regression():
    years, values = [0.0, 1.0, 2.0, 3.0], [40.0, 44.0, 41.0, 47.0]
    slope = weighted_slope(years, values, [0.01] * 4)
    expected = stats.linregress(years, values)
    assert slope.value == pytest.approx(expected.slope)
    assert slope.high - slope.value == pytest.approx(stats.t.ppf(0.975, 2) * expected.stderr)
    assert slope.basis == FROM_REGRESSION
    assert not slope.beyond_error


def test_a_straight_line_keeps_the_measurement_error():
    slope = weighted_slope([0.0, 1.0, 2.0], [40.0, 42.0, 44.0], [0.5] * 3)
    assert slope.value == pytest.approx(2.0)
    assert slope.basis == FROM_ERROR
    assert slope.high - slope.value == pytest.approx(1.959964 * 0.5 / np.sqrt(2), abs=1e-5)


def test_a_careless_study_weighs_less():
    careful = weighted_slope([0.0, 1.0, 2.0], [40.0, 42.0, 50.0], [0.5, 0.5, 5.0])
    assert 2.0 < careful.value < 5.0


def test_one_time_has_no_slope():
    with pytest.raises(InputError, match="at least two days"):
        weighted_slope([1.0, 1.0], [40.0, 41.0], [0.5, 0.5])


numbers = st.floats(-50, 50)
series = st.lists(st.tuples(st.floats(0, 10), st.floats(10, 60), st.floats(0.2, 3)), min_size=2, max_size=7).filter(
    lambda rows: max(row[0] for row in rows) - min(row[0] for row in rows) > 0.5
)


@given(series, numbers, st.floats(0.1, 10), st.randoms())
def test_slope_follows_shift_scale_and_order(rows, shift, scale, random):
    slope = weighted_slope(*zip(*rows, strict=True))
    moved = weighted_slope(*zip(*[(t + shift, y + shift, s) for t, y, s in rows], strict=True))
    scaled = weighted_slope(*zip(*[(t, y * scale, s * scale) for t, y, s in rows], strict=True))
    random.shuffle(rows)
    shuffled = weighted_slope(*zip(*rows, strict=True))
    for other, factor in ((moved, 1.0), (scaled, scale), (shuffled, 1.0)):
        for name in ("value", "low", "high"):
            assert getattr(other, name) == pytest.approx(getattr(slope, name) * factor, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    ("velocity", "expected"),
    [(-1.0, "< 4"), (3.99, "< 4"), (4.0, "4 to < 8"), (7.99, "4 to < 8"), (8.0, "8 to < 12"), (12.0, "≥ 12")],
)
def test_classes_of_pallud(velocity, expected):
    assert pallud_class(Slope(velocity, velocity, velocity, FROM_ERROR, 2)).name == expected


def test_the_interval_names_every_class_it_touches():
    found = pallud_class(Slope(5.0, 3.0, 8.5, FROM_ERROR, 2))
    assert found.possible == ("< 4", "4 to < 8", "8 to < 12")


def test_doubling_time():
    time = doubling_time(Slope(np.log(2), np.log(2) / 2, np.log(2) * 2, FROM_ERROR, 2))
    assert (time.days, time.low, time.high) == pytest.approx((365.25, 182.625, 730.5))


def test_doubling_time_has_no_upper_end_where_no_growth_is_possible():
    time = doubling_time(Slope(0.1, -0.1, 0.3, FROM_ERROR, 2))
    assert time.days == pytest.approx(10 * np.log(2) * 365.25)
    assert time.high is None
    shrinking = doubling_time(Slope(-0.3, -0.5, -0.1, FROM_ERROR, 2))
    assert (shrinking.days, shrinking.low, shrinking.high) == (None, None, None)
