import json
import math

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from lggseg_training.scoring import score, summarize


def block(first, last, spacing=(1.0, 1.0, 4.0)):
    array = np.zeros((10, 30, 30), np.uint8)
    array[2:8, 5:25, first:last] = 1
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    return image


def test_identical_masks():
    result = score(block(5, 15), block(5, 15))
    assert (result.dice, result.iou, result.precision, result.recall) == (1, 1, 1, 1)
    assert result.hd95_mm == 0
    assert result.surface_dice == 1
    assert result.volume_difference_ml == 0


def test_a_known_overlap():
    result = score(block(5, 15), block(10, 20))
    assert result.dice == pytest.approx(0.5)
    assert result.iou == pytest.approx(1 / 3)
    assert result.precision == result.recall == pytest.approx(0.5)
    assert result.hd95_mm == pytest.approx(5.0)
    assert result.volume_ml == pytest.approx(6 * 20 * 10 * 4 / 1000)


def test_distances_are_in_millimetres():
    assert score(block(5, 15, (2.0, 1.0, 4.0)), block(10, 20, (2.0, 1.0, 4.0))).hd95_mm == pytest.approx(10.0)


def test_empty_masks():
    empty, full = block(5, 5), block(5, 15)
    assert score(empty, empty).dice == 1
    missed = score(empty, full)
    assert missed.dice == missed.recall == 0
    assert math.isnan(missed.precision)
    assert missed.hd95_mm == math.inf


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 20), st.integers(1, 9), st.integers(0, 20), st.integers(1, 9))
def test_dice_is_symmetric_and_tied_to_iou(a, b, c, d):
    first, second = block(a, a + b), block(c, c + d)
    one, other = score(first, second), score(second, first)
    assert one.dice == other.dice
    assert one.dice == pytest.approx(2 * one.iou / (1 + one.iou))
    assert one.precision == other.recall


def test_summary_has_an_interval_around_the_mean():
    summary = summarize([0.8, 0.85, 0.9, 0.95, 0.7, 0.88])
    assert summary["low95"] < summary["mean"] < summary["high95"]
    assert summary["patients"] == 6
    assert summarize([0.8, math.nan])["patients"] == 1


def test_an_empty_mask_leaves_a_summary_that_every_program_reads(tmp_path):
    from lggseg_training.evaluation_report import PICTURES_FOLDER, Result, write_report

    full = sitk.GetImageFromArray(np.ones((3, 4, 5), np.uint8))
    (tmp_path / PICTURES_FOLDER).mkdir()
    (tmp_path / PICTURES_FOLDER / "a.png").write_bytes(b"")
    description = {"predictor": ["p"], "patients": "few", "sequences": "all", "seen_in_training": "no"}
    write_report(tmp_path, [Result("a", "a", "CS", "p", score(full * 0, full))], description)
    text = (tmp_path / "summary.json").read_text(encoding="utf-8")
    assert "Infinity" not in text
    assert "NaN" not in text
    assert json.loads(text)["all"]["hd95_mm"]["mean"] is None
