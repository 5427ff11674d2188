"""Evaluation of runs, models and masks."""

import csv
import json

import pytest
from training_runs import LIBRARY_WARNINGS

from lggseg.cohort.prepared import read_manifest
from lggseg_training.evaluation import splits_of
from lggseg_training.folds import read_folds
from training import evaluate

pytestmark = LIBRARY_WARNINGS


@pytest.mark.slow
def test_evaluation_of_a_run_uses_its_validation_patients_only(dataset, finished_run, tmp_path):
    arguments = ["--run", finished_run, "--data", dataset, "--save-masks", "-o", tmp_path / "evaluation"]
    assert evaluate.main([str(argument) for argument in arguments]) == 0
    with (tmp_path / "evaluation" / "cases.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["case"] for row in rows] == ["SYN_000"]
    summary = json.loads((tmp_path / "evaluation" / "summary.json").read_text())
    assert summary["seen_in_training"].startswith("no")
    page = (tmp_path / "evaluation" / "report.html").read_text()
    assert "Research use only" in page
    assert "mean over slices with tumor" in page
    counts = json.loads((tmp_path / "evaluation" / "counts.json").read_text())["validation"]
    assert counts["patients"] == 1
    assert sum(map(sum, counts["pixel_matrix"])) == counts["slices"] * 96 * 96
    patient = float(rows[0]["dice"])
    assert round(counts["figures"]["patients"]["dice"], 4) == patient
    assert (tmp_path / "evaluation" / "pictures" / "worst.gif").is_file()
    again = ["--masks", tmp_path / "evaluation" / "masks", "--data", dataset, "-o", tmp_path / "again"]
    assert evaluate.main([str(argument) for argument in again]) == 2  # the other four have no mask


@pytest.mark.slow
def test_evaluating_the_reference_itself_gives_one(dataset, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    for case in read_manifest(dataset):
        (masks / f"{case.case}.nii.gz").write_bytes(case.file("label").read_bytes())
    assert evaluate.main(["--masks", str(masks), "--data", str(dataset), "-o", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["all"]["dice"]["mean"] == 1.0
    assert summary["all"]["hd95_mm"]["mean"] == 0.0


def test_several_runs_do_not_count_the_same_pairs_again(tmp_path, capsys):
    arguments = ["--run", "a", "b", "--pairs", str(tmp_path), "-o", str(tmp_path / "out")]
    assert evaluate.main(arguments) == 2
    assert "would count the same patients again" in capsys.readouterr().err


def test_each_patient_is_of_one_split_and_nobody_trained_on_is_a_test():
    fold = read_folds()[0]
    split = splits_of({"training": [fold[0], "a"], "validation": [fold[1], "a"]}, external=False)
    assert split("a") == split(fold[0]) == "training", "whoever else it names"
    assert split(fold[1]) == "validation"
    assert split(fold[2]) == "other fold"
    assert split("somebody new") == "test"
    external = splits_of({"training": ["a"], "validation": []}, external=True)
    assert (external("a"), external("somebody new")) == ("training", "validation")
