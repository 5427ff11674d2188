"""Slice classifiers on labelled patients: which slices with tumor they find."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from tqdm import tqdm

from lggseg.errors import InputError
from lggseg.files import write_text
from lggseg.model import preprocessing
from lggseg.model.classifier import classify
from lggseg.model.networks.registry import CLASSIFICATION
from lggseg.model.predictor import TorchPredictor
from lggseg.pages import html as pages
from lggseg.volumes import masks
from lggseg_training import config as configuration
from lggseg_training.detection import confusion, detection
from lggseg_training.evaluation_request import EvaluationRequest
from lggseg_training.maskers import Labelled, read_labelled
from lggseg_training.reports.evaluation_figures import report_table
from lggseg_training.reports.matrices import draw_curves, draw_matrices
from lggseg_training.run_files import CONFIG_FILE, WEIGHTS_FILE

_THRESHOLD = 0.5


def is_classifier(run: Path) -> bool:
    """Tell whether a run trained a slice classifier."""
    return configuration.load(run / CONFIG_FILE).network.spec.task == CLASSIFICATION


def evaluate_classifiers(request: EvaluationRequest, jobs: Mapping[Path, Sequence[Labelled]]) -> dict[str, Any]:
    """Classify the slices of each patient, and write summary.json and report.html.

    Args:
        request: What was asked for.
        jobs: The patients of each run.

    Raises:
        InputError: If there is no patient.
    """
    patients = sum(len(cases) for cases in jobs.values())
    if not patients:
        msg = "no labelled patient to evaluate; check --data, --pairs, --fold and --split"
        raise InputError(msg)
    truth, score = [], []
    for run, cases in jobs.items():
        spec = configuration.load(run / CONFIG_FILE).network.spec
        classifier = TorchPredictor(run / WEIGHTS_FILE, spec)
        for case in tqdm(cases, desc="classifying", unit="patient", disable=None):
            study = read_labelled(case, request.sequences)
            score.append(np.array([found.probability for found in classify(study, classifier)]))
            truth.append(_tumor_slices(study, case))
    return _write(request, np.concatenate(truth), np.concatenate(score), patients)


def _tumor_slices(study: dict[str, sitk.Image], case: Labelled) -> np.ndarray:
    """Return which slices of the network's grid show tumor."""
    prepared = preprocessing.prepare(study)
    label = masks.on_grid(masks.read_mask(case.label), study["flair"], str(case.label))
    on_grid = sitk.GetArrayFromImage(preprocessing.regrid(label, prepared.grid, nearest=True))
    return np.asarray(on_grid.any(axis=(1, 2)))


def _write(request: EvaluationRequest, truth: np.ndarray, score: np.ndarray, patients: int) -> dict[str, Any]:
    threshold = _THRESHOLD if request.threshold is None else request.threshold
    matrix = confusion(truth, score >= threshold)
    curves = detection(truth, score)
    summary: dict[str, Any] = {
        "predictor": [str(run) for run in request.runs],
        "split": request.split,
        "patients": patients,
        "slices": len(truth),
        "slice_matrix": matrix,
        "auc": round(curves.auc, 4) if curves else None,
        "average_precision": round(curves.average_precision, 4) if curves else None,
    }
    request.output.mkdir(parents=True, exist_ok=True)
    draw_matrices({"slices": matrix}, request.output / "confusion.png")
    pictures = ["confusion.png"]
    if curves:
        draw_curves(curves, request.output / "slices.png")
        pictures.append("slices.png")
    shown = [pages.picture((request.output / name).read_bytes(), name) for name in pictures]
    lead = f"{', '.join(summary['predictor'])}: {patients} patients, {len(truth)} slices, split {request.split}."
    body = [pages.section(f"Slices, from a probability of {threshold:g}", *shown, report_table(matrix))]
    write_text(request.output / "summary.json", json.dumps(summary, indent=1) + "\n")
    write_text(request.output / "report.html", pages.page("Slice classifier", lead, body))
    return summary
