"""Doubt calibrated on cases that networks had not seen, and judged run by run."""

import csv
import json

import numpy as np
import pytest

from lggseg.errors import InputError
from lggseg.model.bundle import load_bundle
from lggseg.model.doubt import Calibration, Signs
from lggseg_training.calibration import Sample, calibrate, calibration_error, cross_calibrate, flagged, worth
from lggseg_training.logistic import fit_logistic, sigmoid
from training import calibrate as script


def sample(random, run, *, tumor):
    """Return a case whose signs tell, with noise, how good its outline is."""
    dice = float(np.clip(random.beta(8, 1.6), 0.02, 0.98)) if tumor else 0.0
    certainty = float(np.clip(dice + random.normal(0, 0.05), 0, 1)) if tumor else float(random.uniform(0, 0.6))
    reference = float(random.uniform(5, 80)) if tumor else 0.0
    mask = (
        reference * float(np.exp(random.normal(0, 0.3 * (1.5 - dice)))) if tumor else float(random.choice([0.0, 3.0]))
    )
    signs = Signs(
        volume_ml=mask,
        log_volume=float(np.log(max(mask, 0.01))),
        peak=float(random.uniform(0.9, 1.0)) if tumor else float(random.uniform(0.1, 0.9)),
        certainty=certainty,
        views=certainty,
        sharpness=certainty,
    )
    return Sample(
        f"{run}-{random.integers(1e9)}", run, tumor, dice if tumor else float(mask == 0), mask, reference, signs
    )


@pytest.fixture(scope="module")
def samples():
    random = np.random.default_rng(4)
    tumors = [sample(random, f"fold{n % 5}", tumor=True) for n in range(200)]
    return [*tumors, *(sample(random, f"fold{n % 5}", tumor=False) for n in range(120))]


def test_what_was_learnt_holds_for_runs_that_were_left_out(samples):
    found = worth(cross_calibrate(samples))
    assert found["presence_auc"]["value"] > 0.95
    assert found["poor_auc"]["low95"] > 0.8
    assert found["expected_dice_error"] < 0.1
    assert found["presence_calibration_error"] < 0.1
    assert found["volume_coverage"] == pytest.approx(0.8, abs=0.06)
    assert found["flagged_of_good"] <= 0.2
    assert found["flagged_of_poor"] > 0.5
    assert (found["cases"], found["with_tumor"]) == (320, 200)


def test_each_run_is_judged_by_numbers_of_the_others(samples):
    pairs = cross_calibrate(samples)
    by_run = {each.run: calibration for each, calibration in pairs}
    others = calibrate([each for each in samples if each.run != "fold2"])
    assert by_run["fold2"] == others
    assert by_run["fold2"] != by_run["fold3"]


def test_an_empty_mask_is_flagged_only_if_something_may_be_there(samples):
    calibration = calibrate(samples)
    nothing = Signs(0.0, float(np.log(0.01)), peak=0.05, certainty=0.0, views=0.0, sharpness=0.0)
    close = Signs(0.0, float(np.log(0.01)), peak=5.0, certainty=0.9, views=0.9, sharpness=0.9)
    assert not flagged(Sample("a", "r", False, 1.0, 0.0, 0.0, nothing), calibration)
    assert flagged(Sample("b", "r", True, 0.0, 0.0, 9.0, close), calibration)


def test_too_little_to_fit_is_refused(samples):
    with pytest.raises(InputError, match="expected samples with and without tumor, got 3 outlined tumors of 3"):
        calibrate(samples[:3])
    with pytest.raises(InputError, match="with and without tumor"):
        calibrate(samples[:100])


def test_calibration_error_is_zero_for_what_is_true_and_large_for_what_is_not():
    said = np.repeat([0.25, 0.75], 400)
    found = np.concatenate([np.tile([0, 0, 0, 1], 100), np.tile([1, 1, 1, 0], 100)]).astype(float)
    assert calibration_error(said, found) == 0.0
    assert calibration_error(np.ones(10), np.zeros(10)) == 1.0


def test_logistic_regression_finds_the_line_that_made_the_data():
    random = np.random.default_rng(0)
    x = random.normal(3, 2, size=(4000, 2))
    y = random.random(4000) < sigmoid(-1 + x @ np.array([1.0, -0.5]))
    intercept, slopes = fit_logistic(x, y, 0.0)
    assert intercept == pytest.approx(-1, abs=0.25)
    assert slopes == pytest.approx([1.0, -0.5], abs=0.1)


def test_the_script_writes_numbers_that_a_model_can_carry(samples, tmp_path):
    maps = tmp_path / "maps"
    maps.mkdir()
    with (maps / "cases.csv").open("w", newline="") as stream:
        rows = [
            {
                "case": each.case,
                "run": each.run,
                "dice": each.dice,
                "mask_ml": each.mask_ml,
                "reference_ml": each.reference_ml,
                **vars(each.signs),
            }
            for each in samples
        ]
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert script.main(["--maps", str(maps), "-o", str(tmp_path / "out")]) == 0
    content = json.loads((tmp_path / "out" / "calibration.json").read_text(encoding="utf-8"))
    assert Calibration.read(content).coverage == 0.8
    assert json.loads((tmp_path / "out" / "worth.json").read_text(encoding="utf-8"))["cases"] == 320
    assert (tmp_path / "out" / "reliability.png").stat().st_size > 5000


def test_missing_maps_are_named(tmp_path, capsys):
    assert script.main(["--maps", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "expected cases.csv of training/out_of_fold.py" in capsys.readouterr().err


def test_the_shipped_model_says_nothing_it_was_not_measured_for():
    calibration = load_bundle().calibration
    assert calibration is None or 0 < calibration.coverage < 1
