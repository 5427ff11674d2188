import json
import math
import re
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

from lggseg.errors import InputError
from lggseg.growth import TimePoint, Treatment, analyse
from lggseg.growth.measurement_error import MeasurementError, interval_95_ml, interval_of, of_percent
from lggseg.growth.rano import Category
from lggseg.growth.writing import study_rows

START = date(2020, 1, 1)


def points(diameters, step_days=365.25, **more):
    return [
        TimePoint(
            START + timedelta(round(n * step_days)),
            diameter**3 / 2000,
            origin=more.get("origin", "a model"),
            name=f"study {n}",
        )
        for n, diameter in enumerate(diameters)
    ]


def test_a_growing_series_by_hand():
    # 40, 45 and 50 mm, a year apart: 5 mm a year. Published repeatability 15 %: a volume has a standard deviation of
    # 5.4 %, a diameter of 1.8 %, so .72 to .9 mm.
    report = analyse(points([40.0, 45.0, 50.0]), patient="P1")
    part = report.parts[0]
    assert part.velocity.value == pytest.approx(5.0, abs=0.02)
    assert part.velocity.high - part.velocity.value == pytest.approx(1.96 * 0.82 / math.sqrt(2), rel=0.1)
    assert part.pallud.name == "4 to < 8"
    assert part.doubling.days == pytest.approx(math.log(2) / (3 * math.log(50 / 40) / 2) * 365.25, rel=0.02)
    assert [one.category for one in part.by_volume] == [Category.BASELINE, Category.PROGRESSION, Category.PROGRESSION]
    assert report.studies[1].change.beyond_error
    assert part.sentence.startswith("It grows, mean diameter +5.0 mm a year (95 %: +3.")


def test_no_change_beyond_error_is_an_answer():
    report = analyse(points([40.0, 40.3]))
    assert report.sentences[0].startswith("No change beyond error, mean diameter +0.3 mm a year")
    assert not report.studies[1].change.beyond_error


def test_an_interval_of_the_outline_widens_that_of_the_slope():
    sharp = points([40.0, 44.0])
    vague = [TimePoint(p.date, p.volume_ml, (0.6 * p.volume_ml, 1.4 * p.volume_ml), origin=p.origin) for p in sharp]
    narrow, wide = (analyse(one).parts[0].velocity for one in (sharp, vague))
    # +- 40 % at 95 % is a standard deviation of 20.4 %; a tenth of its variance counts beside the published 5.4 %.
    expected = math.hypot(0.204 * math.sqrt(0.1), 0.0541) / 0.0541
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(expected, rel=0.02)


def test_outlines_of_different_origin_have_no_slope():
    mixed = [*points([40.0, 45.0], origin="model 1.0"), TimePoint(date(2025, 1, 1), 60.0, origin="model 2.0")]
    report = analyse(mixed)
    assert report.parts == ()
    assert "outlines of different origin cannot be compared: model 1.0; model 2.0" in report.sentences[0]
    assert report.studies[1].change is not None
    assert report.studies[2].change is None


def test_an_unknown_origin_is_said():
    report = analyse([TimePoint(START, 5.0)])
    assert any("Nothing says what made the outlines" in note for note in report.notes)
    assert report.parts[0].velocity is None


def test_treatment_ends_the_classes_and_surgery_is_pointed_out():
    report = analyse(points([40.0, 44.0, 30.0, 31.0]), [Treatment(START + timedelta(500), "surgery")])
    before, after = report.parts
    assert before.pallud is not None
    assert after.pallud is None
    assert any("After surgery the model has not been measured" in note for note in report.notes)
    assert after.by_volume[0].category == Category.BASELINE


def test_a_study_before_a_drug_keeps_what_was_said_of_it():
    report = analyse(points([40.0, 50.0, 45.0]), [Treatment(START + timedelta(500), "drug")])
    assert [one.category for one in report.parts[1].by_volume] == [Category.BASELINE, Category.STABLE]
    said = [Category.BASELINE, Category.PROGRESSION, Category.STABLE]
    assert [one.category for one in report.by_volume.values()] == said
    assert [row["by_volume"] for row in study_rows(report, {})] == said


def test_a_study_without_abnormality_has_no_diameter():
    report = analyse([*points([40.0]), TimePoint(date(2022, 1, 1), 0.0, origin="a model")])
    assert report.parts[0].velocity is None
    assert report.parts[0].by_volume[1].category == Category.COMPLETE
    assert any("has no diameter" in note for note in report.parts[0].notes)


def test_json_is_plain_and_carries_the_notice():
    content = json.loads(analyse(points([40.0, 45.0]), [Treatment(date(2024, 1, 1), "drug")]).to_json())
    assert "Research use only" in content["notice"]
    assert content["parts"][0]["studies"] == ["2020-01-01", "2020-12-31"]
    assert content["studies"][0]["mean_diameter_mm"] == pytest.approx(40.0)
    assert content["treatments"] == [{"date": "2024-01-01", "kind": "drug"}]


@pytest.mark.parametrize("percent", [0.0, 100.0, -3.0])
def test_a_percentage_that_is_no_error_is_refused(percent):
    with pytest.raises(InputError, match="percentage between 0 and 100"):
        of_percent(percent)


def test_no_error_at_all_is_refused():
    with pytest.raises(InputError, match="not both 0"):
        MeasurementError(0.0, 0.0)


def test_a_stated_repeatability_is_what_two_measurements_differ_by():
    point = TimePoint(START, 100.0)
    assert 1.96 * math.sqrt(2) * of_percent(20).volume_sd_ml(point) == pytest.approx(20.0, rel=1e-3)


lengths = st.lists(st.floats(8, 80), min_size=2, max_size=6)


@settings(deadline=None)
@given(lengths, st.integers(-3000, 3000), st.randoms())
def test_neither_order_nor_calendar_matters(diameters, shift, random):
    series = points(diameters)
    moved = [TimePoint(p.date + timedelta(shift), p.volume_ml, origin=p.origin) for p in series]
    random.shuffle(moved)
    first, second = analyse(series), analyse(moved)
    assert second.parts[0].velocity.value == pytest.approx(first.parts[0].velocity.value, abs=1e-9)
    assert [one.category for one in second.parts[0].by_volume] == [one.category for one in first.parts[0].by_volume]


@settings(deadline=None)
@given(lengths, st.floats(0.5, 2))
def test_a_larger_head_grows_in_proportion(diameters, scale):
    error = MeasurementError(0.05, 0.0)
    small, large = (analyse(points([scale_ * d for d in diameters]), error=error) for scale_ in (1.0, scale))
    assert large.parts[0].velocity.value == pytest.approx(scale * small.parts[0].velocity.value, rel=1e-6, abs=1e-9)
    if 0 < (small.parts[0].doubling.days or 0) < 30000:
        assert large.parts[0].doubling.days == pytest.approx(small.parts[0].doubling.days, rel=1e-6)


def test_an_interval_of_another_coverage_is_widened_to_95_percent():
    low, high = interval_95_ml(100.0, 80.0, 125.0, 0.8)
    factor = 1.959964 / 1.281552
    assert (low, high) == pytest.approx((100 * 0.8**factor, 100 * 1.25**factor), rel=1e-5)
    assert interval_95_ml(100.0, 102.0, 150.0, 0.95) == pytest.approx((100.0, 150.0), rel=1e-4)
    assert interval_95_ml(0.0, 0.0, 0.0, 0.8) == (0.0, 0.0)


@pytest.mark.parametrize(("low", "coverage"), [(0.0, 0.8), (1.0, 1.0), (1.0, 0.0)])
def test_numbers_of_which_no_interval_follows_are_none_and_no_interval_of_no_width(low, coverage):
    assert interval_of(2.0, {"volume_low_ml": low, "volume_high_ml": 4.0, "coverage": coverage}) is None


def test_the_interval_holds_the_true_slope_as_often_as_it_says():
    random = np.random.default_rng(0)
    error = MeasurementError(0.05, 0.0)
    held = []
    for _ in range(400):
        true = 20.0 * np.exp(random.uniform(0, 1) * np.arange(4) / 3)
        seen = [
            TimePoint(START + timedelta(300 * n), v * (1 + 0.05 * random.standard_normal()), origin="a")
            for n, v in enumerate(true)
        ]
        velocity = analyse(seen, error=error).parts[0].velocity
        years = [300 * n / 365.25 for n in range(4)]
        truth = np.polyfit(years, np.cbrt(2000 * true), 1)[0]
        held.append(velocity.low <= truth <= velocity.high)
    assert 0.93 <= np.mean(held) <= 1.0


def test_without_a_word_on_treatment_the_class_is_conditional():
    part = analyse(points([40.0, 45.0])).parts[0]
    assert part.part.title == "whole series, no treatment stated"
    assert "No treatment was stated: the class holds only if there was none." in part.notes


def test_the_python_of_the_document_runs(capsys):
    text = (ROOT / "docs" / "growth.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(block, "docs/growth.md", "exec"), {})
    assert "Before treatment: it grows" in capsys.readouterr().out
