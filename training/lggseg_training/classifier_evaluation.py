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
from lggseg_training.evaluation_request import EvaluationRequest, split_rank
from lggseg_training.maskers import Labelled, read_labelled
from lggseg_training.reports.evaluation_figures import report_table
from lggseg_training.reports.matrices import draw_curves, draw_matrices
from lggseg_training.run_files import CONFIG_FILE, SUMMARY_FILE, WEIGHTS_FILE
from lggseg_training.slice_scores import SMALLEST_PROBABILITY

_THRESHOLD = 0.5

PatientsOfRuns = dict[Path, list[tuple[Labelled, str]]]
"""By run, the patients to measure it on, each with the split that it belongs to."""

Answers = tuple[np.ndarray, np.ndarray]
"""Of one patient, by slice: whether it shows tumor, and how likely the classifier finds that."""


def is_classifier(run: Path) -> bool:
    """Tell whether a run trained a slice classifier."""
    return configuration.load(run / CONFIG_FILE).network.spec.task == CLASSIFICATION


def evaluate_classifiers(request: EvaluationRequest, jobs: PatientsOfRuns) -> dict[str, Any]:
    """Classify the slices of each patient, and write summary.json and report.html.

    Args:
        request: What was asked for.
        jobs: The patients of each run, with their splits.

    Raises:
        InputError: If there is no patient, or an option is of outlines.
    """
    if not any(jobs.values()):
        msg = "no labelled patient to evaluate; check --data, --pairs, --fold and --split"
        raise InputError(msg)
    if request.components or request.save_masks:
        msg = "--components, --save-masks: expected runs that outline tumors, got slice classifiers; leave them out"
        raise InputError(msg)
    found: dict[str, list[Answers]] = {}
    for run, cases in jobs.items():
        spec = configuration.load(run / CONFIG_FILE).network.spec
        classifier = TorchPredictor(run / WEIGHTS_FILE, spec)
        for case, split in tqdm(cases, desc="classifying", unit="patient", disable=None):
            study = read_labelled(case, request.sequences or "all")
            score = np.array([found.probability for found in classify(study, classifier)])
            found.setdefault(split, []).append((_tumor_slices(study, case), score))
    return _write(request, found)


def _tumor_slices(study: dict[str, sitk.Image], case: Labelled) -> np.ndarray:
    """Return which slices of the network's grid show tumor."""
    prepared = preprocessing.prepare(study)
    label = masks.on_grid(masks.read_mask(case.label), study["flair"], str(case.label))
    on_grid = sitk.GetArrayFromImage(preprocessing.regrid(label, prepared.grid, nearest=True))
    return np.asarray(on_grid.any(axis=(1, 2)))


def _write(request: EvaluationRequest, answers: Mapping[str, Sequence[Answers]]) -> dict[str, Any]:
    threshold = _THRESHOLD if request.threshold is None else request.threshold
    request.output.mkdir(parents=True, exist_ok=True)
    in_order = sorted(answers.items(), key=lambda pair: split_rank(pair[0]))
    found = {split: _measured(request.output, split, mine, threshold) for split, mine in in_order}
    summary: dict[str, Any] = {
        "predictor": [str(run) for run in request.runs],
        "threshold": threshold,
        "splits": {split: figures for split, (figures, _) in found.items()},
    }
    body = [
        pages.section(f"Slices from a probability of {threshold:g}: {split}", *parts)
        for split, (_, parts) in found.items()
    ]
    lead = f"{', '.join(summary['predictor'])}: {', '.join(map(_in_words, summary['splits'].items()))}."
    write_text(request.output / SUMMARY_FILE, json.dumps(summary, indent=1) + "\n")
    write_text(request.output / "report.html", pages.page("Slice classifier", lead, body))
    return summary


def _measured(
    folder: Path, split: str, answers: Sequence[Answers], threshold: float
) -> tuple[dict[str, Any], list[str]]:
    """Return the figures of a split, and what the page shows of it."""
    truth, score = (np.concatenate(parts) for parts in zip(*answers, strict=True))
    matrix, curves = confusion(truth, score >= threshold), detection(truth, score)
    draw_matrices({"slices": matrix}, folder / f"confusion-{split}.png")
    pictures = [f"confusion-{split}.png"]
    if curves:
        draw_curves(curves, folder / f"slices-{split}.png")
        pictures.append(f"slices-{split}.png")
    figures = {
        "patients": len(answers),
        "slices": len(truth),
        "slice_matrix": matrix,
        "auc": round(curves.auc, 4) if curves else None,
        "average_precision": round(curves.average_precision, 4) if curves else None,
        "log_loss": round(_log_loss(truth, score), 4),
    }
    shown = [pages.picture((folder / name).read_bytes(), name) for name in pictures]
    loss = pages.paragraph(f"Loss (binary cross-entropy, mean over slices): {figures['log_loss']:.4f}.")
    return figures, [*shown, report_table(matrix), loss]


def _log_loss(truth: np.ndarray, score: np.ndarray) -> float:
    likely = np.clip(np.where(truth, score, 1.0 - score), SMALLEST_PROBABILITY, 1.0)
    return float(-np.log(likely).mean())


def _in_words(split: tuple[str, Mapping[str, Any]]) -> str:
    name, figures = split
    return f"{figures['patients']} patients, {figures['slices']} slices ({name})"
