"""The tool that asks which outline of a map keeps the margin."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

pytest.importorskip("contourpy", reason="contourpy is not installed")
from tools import margin_study


def flower(size: int = 96, lobes: float = 0.15) -> np.ndarray:
    """Signed distance, roughly, of a lobed disk on three slices; below 0 inside."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    radius = 28 * (1 + lobes * np.cos(7 * np.arctan2(y, x)))
    return np.stack([np.hypot(x, y) - 0.7 * radius, np.hypot(x, y) - radius, np.hypot(x, y) - 0.8 * radius])


@pytest.fixture
def study(tmp_path):
    """Four cases of different lobes, with maps that fall off over the border."""
    for n, lobes in enumerate((0.05, 0.1, 0.15, 0.2)):
        distance = flower(lobes=lobes)
        case = tmp_path / "prepared" / "cases" / f"C{n}"
        case.mkdir(parents=True)
        label = sitk.GetImageFromArray((distance < 0).astype(np.uint8))
        sitk.WriteImage(label, str(case / "label.nii.gz"))
        chance = sitk.GetImageFromArray((100 / (1 + np.exp(distance))).round().astype(np.uint8))
        (tmp_path / "maps").mkdir(exist_ok=True)
        sitk.WriteImage(chance, str(tmp_path / "maps" / f"C{n}.nii.gz"))
    return tmp_path


def test_the_contour_of_a_smooth_map_is_smoother_than_its_pixels():
    distance = flower(lobes=0.0)
    label = sitk.GetImageFromArray((distance < 0).astype(np.uint8))
    chance = 1 / (1 + np.exp(distance))
    dice, mf, asd = margin_study.by_contour(chance, label, 0.5)
    assert dice == 1
    assert mf < 0.1 * margin_study.by_pixels(chance, label, 0.5)[1]
    assert asd == pytest.approx(0, abs=0.003)


def test_true_outlines_agree_with_themselves(study, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["margin_study", str(study / "prepared"), str(study / "maps")])
    assert margin_study.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("4 cases")
    at_half = next(line for line in lines if line.startswith("| pixels at 0.5"))
    _, _, dice, mf, _, asd, *_ = (cell.strip() for cell in at_half.split("|"))
    assert float(dice) > 0.995  # whole per cents move the border a little
    assert mf == asd == "1.00 (1.00 to 1.00)"


def test_nothing_to_compare_is_said(tmp_path, capsys, monkeypatch):
    (tmp_path / "maps").mkdir()
    monkeypatch.setattr("sys.argv", ["margin_study", str(tmp_path), str(tmp_path / "maps")])
    assert margin_study.main() == 2
    assert "expected maps of at least 3 cases" in capsys.readouterr().err
