from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggseg.errors import InputError
from lggseg.growth.timeline import Lesion, TimePoint, Treatment, in_order, mean_diameter_mm, split, years_between


def point(day: str, volume: float = 10.0, **more) -> TimePoint:
    return TimePoint(date.fromisoformat(day), volume, **more)


def test_mean_diameter_of_an_ellipsoid():
    # 30 x 40 x 50 mm: V = abc / 2 = 30 ml, and the mean diameter is the cube root of abc.
    assert mean_diameter_mm(30.0) == pytest.approx(60000 ** (1 / 3))
    assert point("2020-01-01", 30.0).mean_diameter_mm == pytest.approx(39.149, abs=1e-3)


def test_a_year_has_365_days_and_a_quarter():
    assert years_between(date(2020, 1, 1), date(2024, 1, 1)) == pytest.approx(4.0, abs=1e-3)


@pytest.mark.parametrize(
    ("longest", "perpendicular", "slices", "expected"),
    [(12.0, 10.0, 2, True), (12.0, 9.99, 5, False), (40.0, 30.0, 1, False)],
)
def test_measurable_from_ten_millimetres_on_two_slices(longest, perpendicular, slices, expected):
    assert Lesion(1.0, longest, perpendicular, slices).measurable is expected


@pytest.mark.parametrize(
    ("volume", "interval"), [(-1.0, None), (float("nan"), None), (float("inf"), None), (5.0, (6.0, 7.0))]
)
def test_what_cannot_be_a_volume_is_refused(volume, interval):
    with pytest.raises(InputError, match=r"expected a volume of 0 ml or more within its interval"):
        point("2020-01-01", volume, interval_ml=interval)


def test_an_unknown_treatment_is_refused():
    with pytest.raises(InputError, match=r"expected surgery, radiotherapy, drug, other, got 'magic'"):
        Treatment(date(2020, 1, 1), "magic")


def test_two_studies_of_a_day_are_refused():
    with pytest.raises(InputError, match=r"one study a day, got first and second of 2020-01-01"):
        in_order([point("2020-01-01", name="first"), point("2020-01-01", name="second")])


def test_no_study_is_refused():
    with pytest.raises(InputError, match="at least one study"):
        in_order([])


def test_study_and_treatment_on_a_day_have_no_order():
    with pytest.raises(InputError, match="move the date of the treatment by a day"):
        split([point("2020-01-01")], [Treatment(date(2020, 1, 1))])


def test_treatments_split_the_series():
    points = [point(day) for day in ("2019-01-01", "2020-01-01", "2021-01-01", "2022-01-01")]
    parts = split(points, [Treatment(date(2021, 6, 1), "drug"), Treatment(date(2020, 6, 1), "surgery")])
    assert [part.title for part in parts] == [
        "before treatment",
        "after surgery of 2020-06-01",
        "after drug treatment of 2021-06-01",
    ]
    assert [len(part.points) for part in parts] == [2, 1, 1]
    assert [part.surgery for part in parts] == [False, True, True]
    # A drug is judged against the last study before it, an operation against the first one after it.
    assert [part.assessed[0].date.year for part in parts] == [2019, 2021, 2021]


days = st.lists(st.integers(0, 5000), min_size=1, max_size=8, unique=True)


@given(days, st.lists(st.integers(0, 5000), max_size=4))
def test_no_study_is_lost_or_doubled(study_days, treatment_days):
    start = date(2010, 1, 1)
    points = in_order(TimePoint(start + timedelta(n), 5.0) for n in study_days)
    treatments = [Treatment(start + timedelta(n)) for n in treatment_days if n not in study_days]
    parts = split(points, treatments)
    assert tuple(one for part in parts for one in part.points) == points
    for part in parts:
        assert part.treatment is None or all(one.date > part.treatment.date for one in part.points)


@pytest.mark.parametrize("between", ["surgery", "radiotherapy"])
@pytest.mark.parametrize("later", [30, 0])
def test_a_drug_is_not_judged_against_what_was_there_before_an_operation(between, later):
    points = [point("2020-01-01", 20.0), point("2020-06-01", 5.0), point("2021-01-01", 5.0)]
    first = date(2020, 2, 1)
    orders = [Treatment(first, between), Treatment(first + timedelta(later), "drug")]
    for treatments in (orders, orders[::-1]):
        (_, after) = split(points, treatments)
        assert after.assessed == tuple(points[1:])
