"""The part of a study on prediction, from tables to page and rows of tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from page_tables import tables_in

from lggseg.cohort.tables import Table
from lggseg.errors import InputError
from lggseg.radiogenomics import prediction
from lggseg.radiogenomics import prediction_part as module
from lggseg.radiogenomics.kept import Kept
from lggseg.radiogenomics.parts import UnsuitedError
from lggseg.radiogenomics.prediction_page import CANNOT
from lggseg.radiogenomics.prediction_part import Options, prediction_part
from lggseg.radiogenomics.study import Material

pytest.importorskip("sklearn", reason="scikit-learn is not installed")


def table(columns: dict[str, list[object]]) -> Table:
    lines = zip(*columns.values(), strict=True)
    rows = {f"P{n:02}": dict(zip(columns, map(str, line), strict=True)) for n, line in enumerate(lines)}
    return Table(Path("t.csv"), tuple(columns), rows)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """One model, one penalty and one repeat: what is tested is what becomes of them."""
    monkeypatch.setattr(module, "MODELS", ("logistic",))
    monkeypatch.setattr(prediction, "_STRENGTHS", (0.1,))
    real = module.cross_validated
    monkeypatch.setattr(module, "cross_validated", lambda model, problem: real(model, problem, repeats=1))


@pytest.fixture
def material() -> Material:
    """Forty-eight patients of three hospitals; BEVR tells IDH, ASD does not; an age for all."""
    generator = np.random.default_rng(0)
    wild = np.arange(48) % 3 == 0
    features = {
        "bevr": np.round(0.5 - 0.2 * wild + generator.normal(0, 0.05, 48), 6),
        "asd": np.round(generator.normal(0.1, 0.02, 48), 6),
        "volume_ml": np.round(generator.uniform(5, 90, 48), 3),
    }
    clinical = {
        "IDH": np.where(wild, "wildtype", "mutant"),
        "age": generator.integers(20, 70, 48),
        "hospital": np.array(["a", "b", "c"])[np.arange(48) // 16],
    }
    return Material(*(table({name: list(values) for name, values in one.items()}) for one in (features, clinical)))


def rows_of(part, **wanted):
    return [row for row in part.tests if all(row.get(name) == value for name, value in wanted.items())]


def pooled_area(part, features: str):
    """Return the row of the area over all patients, folds of patients."""
    areas = rows_of(part, analysis="prediction, logistic, folds of patients", statistic="AUC", feature=features)
    return next(row for row in areas if "alone" not in str(row.get("note")))


def test_what_is_there_is_found_against_chance_and_beyond_volume_and_age(material):
    part = prediction_part(material, Options(permutations=19))
    area = pooled_area(part, "shape")
    assert area["value"] > 0.9
    assert (area["p"], area["n"], area["level"]) == (1 / 20, 48, "wildtype")
    assert area["note"] == "p against chance, 19 permutations"
    (gain,) = rows_of(
        part,
        analysis="prediction, logistic, folds of patients",
        statistic="AUC less that of volume and age",
        feature="shape, volume and age",
    )
    assert gain["low"] > 0


def test_volume_and_age_are_not_tried_against_chance_in_the_name_of_shape(material):
    part = prediction_part(material, Options(permutations=19))
    tried = {row["feature"] for row in part.tests if row.get("p") is not None and row["statistic"] == "AUC"}
    assert tried == {"shape"}


def test_noise_says_that_it_ended_early(material):
    part = prediction_part(material, Options(permutations=199, unstable={"bevr": "ICC 0.10 with nothing"}))
    area = pooled_area(part, "shape")
    assert area["p"] > 0.05
    assert "of at most 199; 10 did as well, which ended it" in area["note"]
    assert "left out as unstable: bevr (ICC 0.10 with nothing)" in part.sections[0]


def test_the_first_line_says_what_cannot_be_concluded(material):
    part = prediction_part(material, Options(permutations=0))
    first = part.sections[0]
    assert "p against chance was not asked for: --permutations 99" in part.sections[-1]
    assert "Chance was tried" not in part.methods
    assert first.index(CANNOT[:60]) < first.index("shape: bevr, asd")
    assert first.split("<h2>")[1].split("</h2>")[1].lstrip().startswith('<p class="banner">What cannot be concluded')


def test_institutions_are_left_out_in_turn_and_have_their_own_area(material):
    part = prediction_part(material, Options(permutations=0))
    alone = [row["note"] for row in rows_of(part, analysis="prediction, logistic, institution left out",
                                           feature="shape") if "alone" in str(row.get("note"))]  # fmt: skip
    assert alone == ["institution a alone", "institution b alone", "institution c alone"]
    assert {"roc-idh-wildtype-patients", "roc-idh-wildtype-institutions", "calibration-idh-wildtype"} <= {*part.figures}


def test_every_number_stands_under_its_head(material):
    part = prediction_part(material, Options(permutations=19))
    (judged, sites) = tables_in("".join(part.sections))
    cells = [dict(zip(judged[0], row, strict=True)) for row in judged[1]]
    shape = next(row for row in cells if (row["Features"], row["Tested by"]) == ("shape", "folds of patients"))
    assert float(shape["AUC (95 %)"].split()[0]) == pytest.approx(pooled_area(part, "shape")["value"], abs=0.006)
    assert shape["p against chance"] == "< 0.05"
    assert {row["p against chance"] for row in cells if row["Features"] != "shape"} == {"\N{EN DASH}"}
    assert sites[0] == ["Left out, its own AUC", "Model", "a", "b", "c"]


def test_one_hospital_leaves_no_institution_out(material):
    rows = {patient: {**row, "hospital": "a"} for patient, row in material.clinical.rows.items()}
    part = prediction_part(replace(material, clinical=replace(material.clinical, rows=rows)), Options(permutations=0))
    assert not any("institution" in str(row["analysis"]) for row in part.tests)
    assert [name for name in part.figures if name.startswith("roc")] == ["roc-idh-wildtype-patients"]


def test_a_second_run_works_nothing_out_again(material, tmp_path, monkeypatch):
    spoken: list[str] = []
    options = Options(permutations=19, kept=Kept(tmp_path / "kept.json"), say=spoken.append)
    first = prediction_part(material, options)
    assert [line for line in spoken if line.startswith("prediction")] == [
        f"prediction: IDH wildtype against the rest, from {name}"
        for name in ("volume and age", "shape", "shape, volume and age")
    ]

    def refuse(*given):
        raise AssertionError(given)

    for name in ("cross_validated", "out_of_fold"):
        monkeypatch.setattr(module, name, refuse)
    again = prediction_part(material, replace(options, kept=Kept(tmp_path / "kept.json")))
    assert again == first


def test_too_few_of_a_kind_and_nothing_to_predict_say_so(material):
    rows = {p: {**row, "IDH": "wildtype" if p < "P09" else "mutant"} for p, row in material.clinical.rows.items()}
    few = replace(material, clinical=replace(material.clinical, rows=rows))
    with pytest.raises(UnsuitedError, match="9 patients of the smaller kind, at least 10 are needed"):
        prediction_part(few, Options(permutations=0))
    with pytest.raises(InputError, match="--predict: expected a column of the tables, got 'x'"):
        prediction_part(material, Options(targets=["x"]))
    with pytest.raises(InputError, match="--predict: expected a value of column 'IDH', got 'x'"):
        prediction_part(material, Options(targets=["IDH=x"]))
