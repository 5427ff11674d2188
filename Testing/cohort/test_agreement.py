"""Agreement of two feature files."""

from __future__ import annotations

import argparse
import csv
import json

import numpy as np
import pytest

from lggseg.cohort.agreement import compare, intraclass_correlation
from lggseg.cohort.tables import read_table
from lggseg.commands import agreement as command
from lggseg.errors import InputError
from lggseg.pages.drawing import nice_ticks
from lggseg.pages.plots import Box, box_plot

# P. E. Shrout, J. L. Fleiss 1979, table 2: six targets, four judges; ICC(2,1) = 0.29.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


class TestIcc:
    def test_the_published_example(self):
        found = intraclass_correlation(SHROUT_FLEISS)
        assert found.value == pytest.approx(0.2898, abs=1e-4)
        # Interval as given for ICC(A,1) of these data by R's psych and irr packages.
        assert found.low == pytest.approx(0.0188, abs=5e-4)
        assert found.high == pytest.approx(0.7611, abs=5e-4)

    def test_equal_ratings_agree_perfectly(self):
        x = np.arange(10.0)
        assert intraclass_correlation(np.column_stack([x, x])).value == 1

    def test_a_bias_counts_against_agreement(self):
        x = np.random.default_rng(0).normal(size=50)
        shifted = intraclass_correlation(np.column_stack([x, x + 1]))
        assert shifted.value == pytest.approx(1 / (1 + 0.5 / x.var(ddof=1)), rel=1e-6)

    def test_noise_has_the_value_of_its_model(self):
        generator = np.random.default_rng(0)
        truth = generator.normal(0, 2, 4000)
        ratings = truth[:, None] + generator.normal(0, 1, (4000, 2))
        found = intraclass_correlation(ratings)
        assert found.value == pytest.approx(0.8, abs=0.02)
        assert found.low < 0.8 < found.high

    def test_one_value_has_none(self):
        assert intraclass_correlation(np.ones((5, 2))) is None


@pytest.fixture
def files(tmp_path):
    generator = np.random.default_rng(2)
    paths = []
    values = generator.normal(50, 20, 12)
    for name, shift in (("manual", 0.0), ("model", 2.0)):
        lines = ["patient,reason,volume_ml,components,bevr"]
        for n, value in enumerate(values):
            noise = generator.normal(0, 1)
            lines.append(f"TCGA_AB_{1000 + n},,{value + shift + noise},1,{0.4 if n < 2 else ''}")
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text("\n".join([*lines, f"only_{name},,1,1,0.5"]) + "\n")
    return paths


class TestCompare:
    def test_bias_and_limits(self, files):
        found = {one.key: one for one in compare(*map(read_table, files))}
        volume = found["volume_ml"]
        differences = volume.second - volume.first
        assert volume.n == 12
        assert volume.bias == pytest.approx(2, abs=1)
        assert volume.upper_limit - volume.lower_limit == pytest.approx(2 * 1.96 * differences.std(ddof=1))
        assert volume.icc.value > 0.95

    def test_what_cannot_be_said_is_stated(self, files):
        found = {one.key: one for one in compare(*map(read_table, files))}
        assert found["components"].remark == "the same value for all patients: no correlation"
        assert found["bevr"].remark == "expected at least 3 patients with both values, got 2"

    def test_files_without_common_patients(self, files, tmp_path):
        (tmp_path / "x.csv").write_text("patient,volume_ml\nnobody,3\n")
        with pytest.raises(InputError, match="expected patients that are in both files, got none"):
            compare(read_table(files[0]), read_table(tmp_path / "x.csv"))
        (tmp_path / "y.csv").write_text("patient,other\nTCGA_AB_1000,3\n")
        with pytest.raises(InputError, match="expected features that are in both files"):
            compare(read_table(files[0]), read_table(tmp_path / "y.csv"))

    def test_command(self, files, tmp_path, capsys):
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        assert command.run(parser.parse_args([*map(str, files), "-o", str(tmp_path / "out")])) == 0
        assert "3 features compared. Research use only." in capsys.readouterr().out
        text = (tmp_path / "out" / "agreement.html").read_text(encoding="utf-8")
        assert text.count("<svg") == 2
        assert "Research use only" in text
        with (tmp_path / "out" / "agreement.csv").open() as stream:
            rows = {row["feature"]: row for row in csv.DictReader(stream)}
        record = json.loads((tmp_path / "out" / "agreement.json").read_text(encoding="utf-8"))
        assert float(rows["volume_ml"]["bias"]) == record["features"][0]["bias"]
        assert rows["bevr"]["icc_value"] == ""


class TestPlots:
    @pytest.mark.parametrize(
        ("low", "high", "ticks"), [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (-7, 12, [-5, 0, 5, 10]), (3, 3, [3])]
    )
    def test_ticks_are_round(self, low, high, ticks):
        assert nice_ticks(low, high) == pytest.approx(ticks)

    def test_a_box_of_one_value_is_drawn(self):
        drawn = box_plot("t", "s", [Box("a <b>", np.array([2.0])), Box("c", np.array([2.0, 2.0]))])
        assert "nan" not in drawn
        assert "a &lt;b&gt;" in drawn
