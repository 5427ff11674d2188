"""Evaluation of runs, models and masks."""

import csv
import json
from pathlib import Path

import pytest
from training_runs import LIBRARY_WARNINGS, with_plan

from lggseg.cohort.prepared import read_manifest
from lggseg_training.evaluation import splits_of
from lggseg_training.evaluation_request import EvaluationRequest
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
    summary = json.loads((tmp_path / "evaluation" / "summary.json").read_text(encoding="utf-8"))
    assert summary["seen_in_training"].startswith("no")
    page = (tmp_path / "evaluation" / "report.html").read_text(encoding="utf-8")
    assert "Research use only" in page
    assert "mean over slices with tumor" in page
    counts = json.loads((tmp_path / "evaluation" / "counts.json").read_text(encoding="utf-8"))["validation"]
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
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["all"]["dice"]["mean"] == 1.0
    assert summary["all"]["hd95_mm"]["mean"] == 0.0


def test_several_runs_do_not_count_the_same_pairs_again(tmp_path, capsys):
    arguments = ["--run", "a", "b", "--pairs", str(tmp_path), "-o", str(tmp_path / "out")]
    assert evaluate.main(arguments) == 2
    assert "would count the same patients again" in capsys.readouterr().err


def test_each_patient_is_of_one_split_and_nobody_trained_on_is_a_test():
    fold = read_folds()[0]
    plan = {"training": [fold[0], "a"], "validation": [fold[1], "a"], "in_folds": fold}
    split = splits_of(plan, external=False)
    assert split("a") == split(fold[0]) == "training", "whoever else it names"
    assert split(fold[1]) == "validation"
    assert split(fold[2]) == "other fold"
    assert split("somebody new") == "test"
    external = splits_of({"training": ["a"], "validation": [], "in_folds": []}, external=True)
    assert (external("a"), external("somebody new")) == ("training", "validation")


def test_a_patient_who_validates_two_runs_is_not_counted_twice(dataset, tmp_path, capsys):
    runs = [str(with_plan(tmp_path / name, ["SYN_001"], ["SYN_000"])) for name in ("a", "b")]
    assert evaluate.main(["--run", *runs, "--data", str(dataset), "-o", str(tmp_path / "out")]) == 2
    assert "expected runs of different folds, but SYN_000 validates both" in capsys.readouterr().err


@pytest.mark.parametrize("fold", ["-1", "5"])
def test_a_fold_that_does_not_exist_is_refused(dataset, tmp_path, capsys, fold):
    assert evaluate.main(["--fold", fold, "--data", str(dataset), "-o", str(tmp_path / "out")]) == 2
    assert f"--fold: expected a fold from 0 to 4, got {fold}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--model", "a", "--split", "test"], "--split: expected --run with it"),
        (["--maps", "a", "--split", "all"], "--split: expected --run with it"),
        (["--run", "a", "--runtime", "onnx"], "--runtime: expected --model with it"),
        (["--masks", "a", "--threshold", "0.4"], "--threshold: expected probabilities, not --masks, with it"),
        (["--masks", "a", "--components", "all"], "--components: expected probabilities, not --masks, with it"),
        (["--run", "a", "--threshold", "40"], "--threshold: expected a probability from 0 to 1, got 40"),
        (["--run", "a", "--threshold", "nan"], "--threshold: expected a probability from 0 to 1, got nan"),
    ],
)
def test_an_option_without_effect_is_refused(tmp_path, capsys, words, reason):
    assert evaluate.main([*words, "-o", str(tmp_path / "out")]) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_request_is_what_the_command_line_says(tmp_path):
    words = ["--run", "a", "b", "--fold", "1", "--split", "all", "--threshold", "0.4", "--components", "all",
             "--save-masks", "-o", str(tmp_path)]  # fmt: skip
    request = evaluate.request_of(evaluate.parser().parse_args(words))
    assert request == EvaluationRequest(
        tmp_path, runs=(Path("a"), Path("b")), fold=1, split="all", threshold=0.4, components="all", save_masks=True
    )
    assert request.wanted_splits == ("training", "validation", "test")
    assert evaluate.request_of(evaluate.parser().parse_args([])).wanted_splits == ("validation",)
