"""Slice classifiers on labelled patients."""

import json

import numpy as np
import pytest
import torch
from tiny_model import TINY_FEATURES
from training_runs import LIBRARY_WARNINGS, with_plan

from lggseg.cohort.prepared import read_manifest
from lggseg.errors import InputError
from lggseg_training import classifier_evaluation, config
from lggseg_training.classifier_evaluation import evaluate_classifiers, is_classifier
from lggseg_training.evaluation import evaluate
from lggseg_training.evaluation_request import EvaluationRequest
from lggseg_training.maskers import Labelled

pytestmark = LIBRARY_WARNINGS

SEGMENTS = (f"network.arguments.features={TINY_FEATURES}",)
CLASSIFIES = ("network.name=resnet50_classifier", "network.arguments.features=8")
PATIENTS, SLICES = 2, 6


def write_run(folder, overrides, *, training=(), validation=()):
    torch.manual_seed(0)
    settings = config.load(overrides=list(overrides))
    with_plan(folder, list(training), list(validation))
    config.save(settings, folder / "config.yaml")
    torch.save(settings.network.spec.build().state_dict(), folder / "model.pt")
    return folder


class Bright:
    """A classifier in one line: the more is bright in FLAIR, the surer."""

    device = "test double"

    def __init__(self, *_):
        """Take file and network, and need neither."""

    def __call__(self, batch):
        """Map ``(N, 5, H, W)`` to logits ``(N, 1)``."""
        return (np.percentile(batch[:, 1], 98, axis=(1, 2))[:, None] - 2.0).astype(np.float32)


@pytest.fixture
def cases(dataset):
    return [
        Labelled(case.case, case.patient, "SYN", {name: case.file(name) for name in case.sequences}, case.file("label"))
        for case in read_manifest(dataset)[:PATIENTS]
    ]


def test_a_run_says_by_its_configuration_what_it_trained(tmp_path):
    assert is_classifier(write_run(tmp_path / "a", CLASSIFIES))
    assert not is_classifier(write_run(tmp_path / "b", SEGMENTS))


@pytest.fixture
def summary_of(tmp_path, cases):
    def summary(splits=("validation", "validation"), **options):
        request = EvaluationRequest(tmp_path / "out", runs=(tmp_path / "run",), **options)
        return evaluate_classifiers(request, {tmp_path / "run": list(zip(cases, splits, strict=False))})

    write_run(tmp_path / "run", CLASSIFIES)
    return summary


def test_what_is_asked_of_outlines_is_refused(summary_of):
    for options in ({"components": "all"}, {"save_masks": True}):
        with pytest.raises(InputError, match="--components, --save-masks: expected runs that outline tumors"):
            summary_of(**options)


def test_every_slice_of_every_patient_is_counted(summary_of, tmp_path):
    summary = summary_of()
    of = summary["splits"]["validation"]
    assert (of["patients"], of["slices"]) == (PATIENTS, PATIENTS * SLICES)
    assert sum(map(sum, of["slice_matrix"])) == PATIENTS * SLICES
    assert 0 <= of["auc"] <= 1
    assert of["log_loss"] > 0
    assert json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8")) == summary
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert f"{PATIENTS} patients, {PATIENTS * SLICES} slices" in page
    assert "Research use only" in page
    assert page.count("<img ") == 2


def test_the_truth_is_that_of_the_label(summary_of, dataset, monkeypatch):
    """A classifier that looks for bright tissue does better than chance."""
    monkeypatch.setattr(classifier_evaluation, "TorchPredictor", Bright)
    found = summary_of()["splits"]["validation"]
    (_, _), (missed, hit) = found["slice_matrix"]
    assert missed + hit == sum(case.tumor_slices for case in read_manifest(dataset)[:PATIENTS])
    assert found["auc"] > 0.65


def test_patients_who_were_trained_on_have_figures_of_their_own(summary_of, tmp_path):
    summary = summary_of(splits=("validation", "training"))
    assert list(summary["splits"]) == ["training", "validation"], "in that order, whoever came first"
    assert {split: (of["patients"], of["slices"]) for split, of in summary["splits"].items()} == {
        "training": (1, SLICES), "validation": (1, SLICES)
    }  # fmt: skip
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").count("<img ") == 4


@pytest.mark.parametrize(("threshold", "called"), [(0.0, True), (1.0, False)])
def test_the_threshold_decides_what_is_called(summary_of, threshold, called):
    (clear, extra), (missed, hit) = summary_of(threshold=threshold)["splits"]["validation"]["slice_matrix"]
    assert (clear + missed == 0) if called else (extra + hit == 0)


def test_nobody_to_measure_is_said(tmp_path):
    request = EvaluationRequest(tmp_path / "out", runs=(tmp_path / "run",))
    with pytest.raises(InputError, match="no labelled patient to evaluate; check --data"):
        evaluate_classifiers(request, {tmp_path / "run": []})
    assert not (tmp_path / "out").exists()


def test_runs_of_two_kinds_are_not_mixed(dataset, tmp_path):
    runs = (write_run(tmp_path / "a", CLASSIFIES), write_run(tmp_path / "b", SEGMENTS))
    with pytest.raises(InputError, match="expected runs of one kind, got slice classifiers"):
        evaluate(EvaluationRequest(tmp_path / "out", data=dataset, runs=runs))


def test_the_fold_counts_for_classifiers_too(dataset, tmp_path, monkeypatch):
    run = write_run(tmp_path / "run", CLASSIFIES, validation=["SYN_000", "SYN_001"])
    asked = []
    monkeypatch.setattr("lggseg_training.evaluation.fold_of", lambda number: [f"SYN_00{number}"])
    monkeypatch.setattr(
        "lggseg_training.evaluation.evaluate_classifiers", lambda _request, jobs: asked.append(jobs) or {}
    )
    evaluate(EvaluationRequest(tmp_path / "out", data=dataset, runs=(run,), fold=1))
    assert [[case.name for case, _ in cases] for cases in asked[0].values()] == [["SYN_001"]]
