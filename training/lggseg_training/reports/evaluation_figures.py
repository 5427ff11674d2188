"""What an evaluation shows beside the figures per patient: every way of counting, matrices, curves, cases."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from lggseg.files import write_text
from lggseg.pages import html as pages
from lggseg_training.counting import METRICS, WAY_NAMES, WAYS, figures, joined
from lggseg_training.detection import classification_report, confusion, detection
from lggseg_training.evaluation_report import PICTURES_FOLDER, Result
from lggseg_training.evaluation_request import split_rank
from lggseg_training.reports.matrices import draw_curves, draw_matrices
from lggseg_training.reports.predictions import draw_prediction, write_film
from lggseg_training.reports.shown_cases import ShownCases
from lggseg_training.run_files import COUNTS_FILE
from lggseg_training.slice_scores import SliceScores, pooled

_HOW = (
    "The same masks, counted in the ways that papers and notebooks count. Only figures of one way can be compared: "
    "pooled, large tumors decide; over all slices, each empty slice without a mask adds a Dice of 1; over patients, "
    "each counts as one volume."
)


def further_sections(folder: Path, results: Sequence[Result], shown: ShownCases) -> list[str]:
    """Write counts.json and the pictures, and return the sections of the page that show them."""
    by_split = _by_split(results)
    content = {split or "all": _to_json(cases) for split, cases in by_split.items()}
    write_text(folder / COUNTS_FILE, json.dumps(content, indent=1, allow_nan=False) + "\n")
    sections = [_ways_section(split, cases) for split, cases in by_split.items()]
    for split, cases in by_split.items():
        sections.append(_detection_section(folder, split, list(cases.values())))
    return [*sections, _cases_section(folder, shown)]


def _by_split(results: Sequence[Result]) -> dict[str, dict[str, SliceScores]]:
    found: dict[str, dict[str, SliceScores]] = {}
    for result in results:
        if result.slices is not None:
            found.setdefault(result.split, {})[result.case] = result.slices
    return {split: found[split] for split in sorted(found, key=split_rank)}


def _to_json(cases: Mapping[str, SliceScores]) -> dict[str, Any]:
    scores = list(cases.values())
    truth, _, called = pooled(scores)
    return {
        "patients": len(scores),
        "slices": len(truth),
        "figures": _known(figures([case.counts for case in scores])),
        "pixel_matrix": joined([case.counts for case in scores]).matrix(),
        "slice_matrix": confusion(truth, called),
        "log_loss": _known({"mean": mean_log_loss(scores)})["mean"],
        "cases": {name: case.to_json() for name, case in cases.items()},
    }


def _known(content: Any) -> Any:
    """Put null for what is not a number: JSON has no such number."""
    if isinstance(content, dict):
        return {key: _known(value) for key, value in content.items()}
    return None if isinstance(content, float) and not math.isfinite(content) else content


def mean_log_loss(scores: Sequence[SliceScores]) -> float:
    """Return the mean over patients; NaN where there are no probabilities."""
    return sum(case.log_loss for case in scores) / len(scores)


def _ways_section(split: str, cases: Mapping[str, SliceScores]) -> str:
    scores = list(cases.values())
    found = figures([case.counts for case in scores])
    rows = [(WAY_NAMES[way], *(_number(found[way][metric], metric) for metric in METRICS)) for way in WAYS]
    loss = mean_log_loss(scores)
    said = "" if math.isnan(loss) else f" Loss (binary cross-entropy, mean over patients): {loss:.4f}."
    title = f"Every way of counting{_of(split)}"
    columns = ("", "Dice", "IoU", "precision", "recall", "specificity", "pixel accuracy")
    return pages.section(title, pages.paragraph(f"{_HOW} {len(scores)} patients.{said}"), pages.table(columns, rows))


def _number(value: float, metric: str) -> str:
    digits = 5 if metric in ("specificity", "accuracy") else 3
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _of(split: str) -> str:
    return f": {split}" if split else ""


def _detection_section(folder: Path, split: str, scores: Sequence[SliceScores]) -> str:
    """Return the confusion matrices, the reports of both, and the curves of slices with and without tumor."""
    name = f"-{split}" if split else ""
    matrix = joined([case.counts for case in scores]).matrix()
    truth, score, called = pooled(scores)
    slices = confusion(truth, called)
    draw_matrices({"pixels": matrix, "slices": slices}, folder / f"confusion{name}.png")
    parts = [_picture(folder / f"confusion{name}.png", "confusion matrices of pixels and slices")]
    for what, found in (("pixels", matrix), ("slices", slices)):
        parts.append(f"<h3>Report of {what}</h3>" + report_table(found))
    curves = detection(truth, score)
    if curves:
        draw_curves(curves, folder / f"slices{name}.png")
        parts.append(pages.paragraph(
            "A slice's score is its highest probability. "
            f"Area under the ROC curve {curves.auc:.3f}, average precision {curves.average_precision:.3f}; "
            f"{int(truth.sum())} of {len(truth)} slices show tumor."
        ))  # fmt: skip
        parts.append(_picture(folder / f"slices{name}.png", "ROC and precision-recall curves of slices"))
    return pages.section(f"Pixels and slices{_of(split)}", *parts)


def report_table(matrix: list[list[int]]) -> str:
    """Return precision, recall, F1 and support of both classes as a table."""
    rows = [
        (name, f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", f"{support:,}".replace(",", " "))
        for name, precision, recall, f1, support in classification_report(matrix, ("no tumor", "tumor"))
    ]
    return pages.table(("", "precision", "recall", "F1", "support"), rows)


def _cases_section(folder: Path, shown: ShownCases) -> str:
    parts = [pages.paragraph("Blue: the reference. Orange: the predictor. Slices in radiological view.")]
    (folder / PICTURES_FOLDER).mkdir(exist_ok=True)
    for rank, (name, dice) in shown.chosen().items():
        volumes = shown.volumes(name)
        title = f"{rank}: {name}, Dice {dice:.3f}"
        picture, film = (folder / PICTURES_FOLDER / f"{rank}.{kind}" for kind in ("png", "gif"))
        draw_prediction(volumes, title, picture)
        write_film(volumes, name, film)
        link = f'<p><a href="{PICTURES_FOLDER}/{film.name}">all slices as a film</a></p>'
        parts.append(f"<h3>{escape(title)}</h3>{_picture(picture, title)}{link}")
    return pages.section("Worst, median and best", *parts)


def _picture(file: Path, description: str) -> str:
    return pages.picture(file.read_bytes(), description)
