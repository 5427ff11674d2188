from datetime import date
from pathlib import Path

import pytest

from lggseg.errors import InputError
from lggseg.growth.dates import (
    dates_in,
    read_study_table,
    read_treatments,
    treatment_of,
    without_dates,
)
from lggseg.growth.timeline import Treatment


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("P1_2020-03-04_mask", [date(2020, 3, 4)]),
        ("TCGA_CS_4941_19960909", [date(1996, 9, 9)]),
        ("2020_03_04", [date(2020, 3, 4)]),
        ("2020-03-04_vs_2021-01-01", [date(2020, 3, 4), date(2021, 1, 1)]),
        ("2020-03-04/20200304", [date(2020, 3, 4)]),
        ("1.2.840.113619.20200304123456", []),  # part of a longer number
        ("2020-02-31", []),
        ("2020-13-01", []),
        ("04-03-2020", []),
        ("2020-0304", []),
        ("flair", []),
    ],
)
def test_days_in_names(name, expected):
    assert list(dates_in(name)) == expected


def test_a_name_without_its_day():
    assert without_dates("P1_2020-03-04_mask") == "P1__mask"


def test_a_table_of_studies_fits_by_the_end_of_a_path(tmp_path):
    file = tmp_path / "days.csv"
    file.write_text(
        "study;date;patient\nP1/first;2020-03-04;Anna\nP1/second;2021-03-04;Anna\nlone.nii.gz;20220101;Bo\n"
    )
    table = read_study_table(file)
    assert table.find(Path("/data/P1/first/flair.nii.gz")) == (date(2020, 3, 4), "Anna")
    assert table.find(Path("/data/lone.nii.gz")) == (date(2022, 1, 1), "Bo")
    assert table.find(Path("/data/P2/first2/flair.nii.gz")) is None
    assert table.unused([Path("/data/P1/first"), Path("/data/lone.nii.gz")]) == ("P1/second",)


def test_rows_that_contradict_are_refused(tmp_path):
    file = tmp_path / "days.csv"
    file.write_text("study,date\nfirst,2020-03-04\nP1/first,2021-03-04\n")
    with pytest.raises(InputError, match="got 2 that differ; write more of its path"):
        read_study_table(file).find(Path("/data/P1/first"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("study,day0\na,2020-01-01\n", "expected a column «date», got study, day0"),
        ("what,date\na,2020-01-01\n", "expected a column «study»"),
        ("study,date\na,04/03/2020\n", "line 2: expected a day such as 2020-03-04, got '04/03/2020'"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(text, message, tmp_path):
    file = tmp_path / "days.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read_study_table(file)


def test_treatments_by_patient(tmp_path):
    file = tmp_path / "treatments.csv"
    file.write_text("patient,date,kind\nP1,2020-03-04,Surgery\nP1,2020-05-01,radiotherapy\nP2,2021-01-01,\n")
    found = read_treatments(file)
    assert found["P1"] == (Treatment(date(2020, 3, 4), "surgery"), Treatment(date(2020, 5, 1), "radiotherapy"))
    assert found["P2"] == (Treatment(date(2021, 1, 1), "other"),)


def test_an_unknown_treatment_names_the_line(tmp_path):
    file = tmp_path / "treatments.csv"
    file.write_text("patient,date,kind\nP1,2020-03-04,prayer\n")
    with pytest.raises(InputError, match="line 2: expected one of surgery, radiotherapy, drug, other, got 'prayer'"):
        read_treatments(file)


def test_a_treatment_on_the_command_line():
    assert treatment_of("2020-03-04=surgery") == Treatment(date(2020, 3, 4), "surgery")
    assert treatment_of("2020-03-04") == Treatment(date(2020, 3, 4), "other")
    with pytest.raises(InputError, match="--treatment: expected a day"):
        treatment_of("last spring")
