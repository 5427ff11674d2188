"""What a study hands on: the merged table, the script for R, the methods paragraph, the figures."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest
from clinical_tables import table_of
from PIL import Image

from lggseg.cohort.tables import Table
from lggseg.errors import DependencyError
from lggseg.pages import figures
from lggseg.pages.curves import roc_plot
from lggseg.radiogenomics.handover import R_SCRIPT, merged_text, methods_text
from lggseg.radiogenomics.parts import Part

FEATURES = Table(
    Path("f.csv"), ("patient", "reason", "bevr", "slices"),
    {"P0": {"patient": "P0", "reason": "", "bevr": "0.5", "slices": "7"},
     "P9": {"patient": "P9", "reason": "empty", "bevr": "", "slices": ""}},
    "patient",
)  # fmt: skip


def test_everybody_of_either_side_is_one_row():
    clinical = table_of({"id": ["a", "b"], "os_days": ["365.25", ""], "os_event": ["1", "0"], "slices": ["30", "31"]})
    rows = {row["patient"]: row for row in csv.DictReader(merged_text(FEATURES, clinical).splitlines())}
    assert list(rows) == ["P0", "P1", "P9"]
    assert (rows["P0"]["bevr"], rows["P0"]["slices"], rows["P0"]["clinical.slices"]) == ("0.5", "7", "30")
    assert (float(rows["P0"]["os_months"]), rows["P0"]["os_observed"]) == (12.0, "1")
    assert (rows["P1"]["os_months"], rows["P1"]["bevr"], rows["P9"]["reason"]) == ("", "", "empty")


def test_methods_name_versions_and_parts():
    text = methods_text([Part(methods="A was done.", packages=("numpy", "no-such-package"))], 7, ["a.csv"], 5000)
    for words in ("7 patients", "a.csv", "A was done.", "numpy ", "Python 3", "5000 tables", "Research use only."):
        assert words in text
    assert "no-such-package" not in text


@pytest.fixture
def plot() -> str:
    return roc_plot("A & B", "test", [("x", [0.0, 0.5, 1.0], [0.0, 0.9, 1.0])])


def test_figures_stand_alone(plot, tmp_path):
    pytest.importorskip("vl_convert", reason="vl-convert-python is not installed")
    assert figures.write_figures({"one": plot}, tmp_path / "figures") == ""
    svg = (tmp_path / "figures" / "one.svg").read_text(encoding="utf-8")
    assert "var(" not in svg
    assert svg.count("<svg ") == 1
    with Image.open(tmp_path / "figures" / "one.png") as picture:
        assert picture.size[0] >= 3 * 340
        assert picture.convert("L").getextrema()[0] < 120  # lines and letters are there
        assert picture.convert("L").getextrema()[1] == 255


def test_without_the_converter_there_is_svg_and_a_reason(plot, tmp_path, monkeypatch):
    def refuse(name):
        raise ImportError(name)

    monkeypatch.setattr(figures, "import_module", refuse)
    assert "pip install 'lggseg[figures]'" in figures.write_figures({"one": plot, "two": plot}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.svg", "two.svg"]
    with pytest.raises(DependencyError, match="expected the Python package vl-convert-python"):
        figures.png_of("<svg/>")


def test_r_reads_it_and_agrees(tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (Debian: apt-get install r-base-core)")
    values = "patient,bevr,group\n" + "".join(f"P{n},{n},{'ab'[n > 3]}\n" for n in range(8))
    (tmp_path / "merged.csv").write_text(values)
    header = "analysis,family,feature,against,statistic,value,p\n"
    # Ranks 1 to 4 against 5 to 8: H = 16/3 on one degree of freedom.
    (tmp_path / "analysis.R").write_text(R_SCRIPT)
    for p, status in ((0.0209213353, 0), (0.03, 1)):
        (tmp_path / "tests.csv").write_text(f"{header}Kruskal-Wallis,f,bevr,group,epsilon squared,0.7,{p}\n")
        done = subprocess.run(["Rscript", "analysis.R"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
