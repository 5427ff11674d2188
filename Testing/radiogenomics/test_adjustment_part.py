"""The part of a study on adjustment: each number under its own head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from page_tables import tables_in

from lggseg.cohort.tables import Table
from lggseg.radiogenomics.adjustment_part import adjustment_part
from lggseg.radiogenomics.hypotheses import parse_hypothesis
from lggseg.radiogenomics.parts import UnsuitedError
from lggseg.radiogenomics.study import Material


def material(**clinical: list[object]) -> Material:
    """Forty patients whose BEVR differs between the groups a and b, with volumes."""
    generator = np.random.default_rng(0)
    names = [f"P{n:02}" for n in range(40)]
    group = ["a" if n % 2 else "b" for n in range(40)]
    bevr = [0.4 + 0.03 * (one == "a") + generator.normal(0, 0.06) for one in group]
    volume = generator.uniform(5, 90, 40)
    features = {p: {"bevr": f"{b:.6f}", "volume_ml": f"{v:.3f}"} for p, b, v in zip(names, bevr, volume, strict=True)}
    columns = {"g": group, **clinical}
    rows = {p: {name: str(column[n]) for name, column in columns.items()} for n, p in enumerate(names)}
    return Material(Table(Path("f.csv"), ("bevr", "volume_ml"), features), Table(Path("t.csv"), tuple(columns), rows))


def test_every_number_stands_under_its_head():
    ages = np.random.default_rng(1).integers(20, 70, 40).tolist()
    part = adjustment_part(material(age=ages), [parse_hypothesis("bevr~g"), parse_hypothesis("volume_ml~g")])
    ((heads, rows),) = tables_in(part.sections[0])
    cells = dict(zip(heads, rows[0], strict=True))
    (whole,) = [row for row in part.tests if row["analysis"] == "rank ANCOVA, all covariates"
                and row["feature"] == "bevr"]  # fmt: skip
    assert float(cells["given all"]) == pytest.approx(whole["p"], rel=0.06)
    assert float(cells["by permutation"]) == pytest.approx(float(whole["note"].split()[-1]), rel=0.06)
    assert float(cells["Benjamini-Hochberg of given all"]) == pytest.approx(whole["q_benjamini_hochberg"], rel=0.06)
    assert float(cells["Partial eta squared (95 %)"].split()[0]) == pytest.approx(whole["value"], abs=0.006)
    # Volume is not held fixed where it is what is asked about.
    assert dict(zip(heads, rows[1], strict=True))["given log volume"] == "\N{EN DASH}"


def test_nothing_to_test_says_so():
    with pytest.raises(UnsuitedError, match="no table has a column of the hypotheses"):
        adjustment_part(material())
