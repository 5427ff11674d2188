"""Doubt on its way from the model's metadata to the report."""

import json

import pytest
from formula_model import write_formula_bundle

from lggseg.errors import ModelError
from lggseg.model.bundle import load_bundle
from lggseg.phantom.study import make_phantom
from lggseg.segmentation.pipeline import CHECK, load_model

CALIBRATED = {
    "presence": {"intercept": -5.0, "weights": {"peak": 10.0}},
    "outline": {"intercept": -4.0, "weights": {"certainty": 7.0}},
    "volume_ratio": [0.8, 1.25],
    "coverage": 0.8,
    "check_presence": 0.9,
    "check_dice": 0.7,
}


@pytest.fixture(scope="module")
def flair():
    return make_phantom(seed=0, size=128, spacing_mm=(1.7, 1.7, 5.0))["flair"]


def calibrated(folder, **changes):
    write_formula_bundle(folder)
    file = folder / "configs" / "metadata.json"
    metadata = json.loads(file.read_text(encoding="utf-8"))
    metadata["lggseg"]["doubt"] = {**CALIBRATED, **changes}
    file.write_text(json.dumps(metadata))
    return folder


def test_a_calibrated_model_says_how_far_to_trust_it(flair, tmp_path):
    result = load_model(calibrated(tmp_path / "model")).segment(flair)
    doubt = result.report.doubt
    assert result.found
    assert 0 < doubt["presence"] <= 1
    assert doubt["volume_low_ml"] < result.measurements["volume_ml"] < doubt["volume_high_ml"]
    assert "How far to trust it" in result.save(tmp_path / "out")["page"].read_text(encoding="utf-8")


def test_what_is_doubtful_is_shown_as_to_be_checked(flair, tmp_path):
    result = load_model(calibrated(tmp_path / "model", check_dice=0.999)).segment(flair)
    assert result.notes[0].startswith(f"{CHECK} The outline is uncertain")


def test_another_threshold_than_the_models_has_no_calibration(flair, tmp_path):
    result = load_model(calibrated(tmp_path / "model")).segment(flair, threshold=0.3)
    assert result.report.doubt == {}


def test_a_model_without_calibration_says_nothing(flair, tmp_path):
    folder = write_formula_bundle(tmp_path / "model")
    assert load_bundle(folder).calibration is None
    assert load_model(folder).segment(flair).report.doubt == {}


def test_a_damaged_calibration_is_refused(flair, tmp_path):
    folder = calibrated(tmp_path / "model", volume_ratio=None)
    with pytest.raises(ModelError, match="expected the calibration of doubt"):
        load_model(folder).segment(flair)
