"""The command behind the sensitivity tables of docs/radiogenomics.md, on a small made-up data set."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image
from shape_bodies import blob

from lggseg.radiogenomics import fisher
from tools import shape_sensitivity

COLUMNS = ["RNASeqCluster", "MethylationCluster", "miRNACluster", "CNCluster", "COCCluster"]


@pytest.fixture
def data(tmp_path):
    lines = ["Patient;" + ";".join(COLUMNS)]
    for n in range(12):
        case = tmp_path / "kaggle_3m" / f"TCGA_AB_{1000 + n}_20000101"
        case.mkdir(parents=True)
        for number, flat in enumerate(blob(n, 24), start=1):
            Image.fromarray(flat.astype(np.uint8) * 255).save(case / f"{case.name}_{number}_mask.tif")
        lines.append(f"TCGA_AB_{1000 + n};" + ";".join([str(n % 3 + 1)] * len(COLUMNS)))
    (tmp_path / "kaggle_3m" / "data.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "kaggle_3m"


def test_slices_are_stacked_by_number(data):
    patient, image = next(shape_sensitivity.kaggle_stacks(data))
    assert patient == "TCGA_AB_1000"
    assert image.GetSize() == (24, 24, 12)
    region = dict(shape_sensitivity.regions(data, stack_kaggle=True))["TCGA_AB_1000"]
    assert region.count == blob(0, 24).sum()
    np.testing.assert_array_equal(region.voxels.any(axis=(1, 2)).sum(), blob(0, 24).any(axis=(1, 2)).sum())


def test_the_command_prints_the_table_and_draws_the_plot(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fisher, "_MOST_TABLES", 1000)
    monkeypatch.setattr(fisher, "SAMPLES", 1000)
    names = ("defaults", "ellipsoid round voxel centres")
    monkeypatch.setattr(shape_sensitivity, "CHOICES", {name: shape_sensitivity.CHOICES[name] for name in names})
    words = ["x", str(data), "--table", str(data / "data.csv"), "--stack-kaggle", "--plot", str(tmp_path / "p.svg")]
    monkeypatch.setattr(sys, "argv", words)
    assert shape_sensitivity.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == list(names)
    assert len({line.count("|") for line in lines}) == 1
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").count("<svg") == 4
