"""Examples worked by hand from the published limits."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggseg.growth.rano import (
    RANO_2_VOLUME,
    RANO_LGG,
    Category,
    assess_diameters,
    assess_volume,
    categorise,
    sum_of_products_mm2,
)
from lggseg.growth.timeline import Lesion, Part, TimePoint

START = date(2020, 1, 1)


def series(volumes, days=None, **more) -> Part:
    days = days or [90 * n for n in range(len(volumes))]
    return Part(
        tuple(TimePoint(START + timedelta(day), volume, **more) for day, volume in zip(days, volumes, strict=True))
    )


def square(side: float, slices: int = 3) -> Lesion:
    return Lesion(side**3 / 2000, side, side, slices)


@pytest.mark.parametrize(
    ("value", "baseline", "nadir", "expected"),
    [
        (1000.0, 1000.0, 1000.0, Category.STABLE),
        (1249.0, 1000.0, 1000.0, Category.STABLE),
        (1250.0, 1000.0, 1000.0, Category.PROGRESSION),  # + 25 %
        (760.0, 1000.0, 760.0, Category.STABLE),
        (750.0, 1000.0, 1000.0, Category.MINOR),  # - 25 %
        (501.0, 1000.0, 1000.0, Category.MINOR),
        (500.0, 1000.0, 1000.0, Category.PARTIAL),  # - 50 %
        (0.0, 1000.0, 400.0, Category.COMPLETE),
        (500.0, 1000.0, 400.0, Category.PROGRESSION),  # half the baseline, but a quarter above the nadir
        (10.0, 1000.0, 0.0, Category.PROGRESSION),  # it had been gone
        (0.0, 0.0, 0.0, Category.STABLE),
    ],
)
def test_rano_lgg_by_product_of_diameters(value, baseline, nadir, expected):
    assert categorise(RANO_LGG, value, baseline, nadir) == expected


@pytest.mark.parametrize(
    ("value", "nadir", "expected"),
    [
        (139.0, 100.0, Category.STABLE),
        (140.0, 100.0, Category.PROGRESSION),  # + 40 %
        (61.0, 100.0, Category.STABLE),
        (60.0, 100.0, Category.MINOR),  # - 40 %
        (36.0, 100.0, Category.MINOR),
        (35.0, 100.0, Category.PARTIAL),  # - 65 %
        (49.0, 35.0, Category.PROGRESSION),
    ],
)
def test_rano_2_by_volume(value, nadir, expected):
    assert categorise(RANO_2_VOLUME, value, 100.0, nadir) == expected


def test_progression_is_measured_against_the_nadir_and_response_against_the_baseline():
    found = assess_volume(series([100.0, 50.0, 30.0, 43.0]))
    expected = [Category.BASELINE, Category.MINOR, Category.PARTIAL, Category.PROGRESSION]
    assert [one.category for one in found] == expected
    assert found[3].from_baseline == pytest.approx(-0.57)
    assert found[3].from_nadir == pytest.approx(43 / 30 - 1)


@pytest.mark.parametrize(("days", "confirmed"), [([0, 90, 118], True), ([0, 90, 117], None)])
def test_a_response_is_confirmed_after_four_weeks(days, confirmed):
    found = assess_volume(series([100.0, 30.0, 30.0], days))
    assert found[1].category == Category.PARTIAL
    assert found[1].confirmed is confirmed
    assert found[2].words == "partial response, to be confirmed"


def test_a_response_that_is_lost_at_the_next_study_is_not_confirmed():
    found = assess_volume(series([100.0, 30.0, 80.0, 30.0]))
    assert found[1].confirmed is False


def test_a_better_response_confirms_a_lesser_one():
    assert assess_volume(series([100.0, 50.0, 20.0]))[1].confirmed is True


def test_progression_is_confirmed_by_a_later_study_above_the_same_limit():
    assert assess_volume(series([100.0, 150.0, 145.0]))[1].confirmed is True
    assert assess_volume(series([100.0, 150.0, 110.0]))[1].confirmed is False


def test_a_new_lesion_is_progression_whatever_the_size():
    points = (
        TimePoint(START, 100.0, new_lesions=0),
        TimePoint(START + timedelta(90), 101.0, new_lesions=1),
        TimePoint(START + timedelta(180), 101.0, new_lesions=1),
    )
    found = assess_volume(Part(points))
    assert found[1].category == Category.PROGRESSION
    assert found[1].reason == "1 new lesion"
    assert found[1].confirmed is True


def test_that_nobody_looked_for_new_lesions_is_said():
    assert assess_volume(series([100.0, 100.0]))[1].reason == "new lesions were not looked for"


def test_without_a_measurable_lesion_diameters_are_not_assessed():
    part = Part(
        (TimePoint(START, 0.4, lesions=(square(9.0),)), TimePoint(START + timedelta(90), 4.0, lesions=(square(20.0),)))
    )
    found = assess_diameters(part)
    assert {one.category for one in found} == {Category.NOT_ASSESSED}
    assert "no measurable lesion (10 mm x 10 mm)" in found[0].reason


def test_unknown_diameters_are_not_assessed():
    assert assess_diameters(series([100.0, 100.0]))[0].reason == "diameters of some studies are not known"


def test_what_shrinks_below_ten_millimetres_still_counts():
    part = Part(
        tuple(TimePoint(START + timedelta(90 * n), 1.0, lesions=(square(side),)) for n, side in enumerate((12.0, 8.0)))
    )
    found = assess_diameters(part)
    assert found[1].value == pytest.approx(64.0)
    assert found[1].category == Category.PARTIAL  # 64 of 144 mm2 is 56 % less


def test_three_largest_lesions_are_added_up():
    lesions = tuple(square(side) for side in (5.0, 20.0, 10.0, 15.0))
    assert sum_of_products_mm2(TimePoint(START, 5.0, lesions=lesions)) == pytest.approx(400 + 225 + 100)


volumes = st.lists(st.floats(0.5, 200), min_size=2, max_size=6)


@given(volumes, st.floats(0.1, 10))
def test_categories_do_not_depend_on_the_unit(values, scale):
    before = [one.category for one in assess_volume(series(values))]
    near = [abs(value / other - limit) for value in values for other in values for limit in (1.4, 0.6, 0.35)]
    if min(near) > 1e-6:
        assert [one.category for one in assess_volume(series([value * scale for value in values]))] == before


@given(volumes)
def test_unchanged_is_stable_and_larger_never_a_better_response(values):
    order = [Category.PROGRESSION, Category.STABLE, Category.MINOR, Category.PARTIAL, Category.COMPLETE]
    baseline, nadir, value = values[0], min(values[:-1]), values[-1]
    assert categorise(RANO_LGG, baseline, baseline, baseline) == Category.STABLE
    smaller = categorise(RANO_LGG, value / 2, baseline, nadir)
    assert order.index(smaller) >= order.index(categorise(RANO_LGG, value, baseline, nadir))
