"""What an evaluation leaves behind: cases.csv, summary.json and report.html."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from lggseg.cohort.tables import csv_text
from lggseg.files import write_text
from lggseg.pages import html as pages
from lggseg_training.run_files import SUMMARY_FILE
from lggseg_training.scoring import SURFACE_TOLERANCE_MM, Score, summarize
from lggseg_training.slice_scores import SliceScores

PICTURES_FOLDER = "pictures"
EXTERNAL = "external"  # institution of patients who are not of the data set

METRICS: dict[str, tuple[str, Callable[[Score], float]]] = {
    "dice": ("Dice", lambda score: score.dice),
    "iou": ("IoU", lambda score: score.iou),
    "precision": ("Precision", lambda score: score.precision),
    "recall": ("Recall", lambda score: score.recall),
    "hd95_mm": ("HD95 (mm)", lambda score: score.hd95_mm),
    "surface_dice": (f"Surface Dice at {SURFACE_TOLERANCE_MM:g} mm", lambda score: score.surface_dice),
    "volume_difference_ml": ("Volume difference (ml)", lambda score: score.volume_difference_ml),
}

_WORST_SHOWN = 6


@dataclass(frozen=True)
class Result:
    """The score of one patient."""

    case: str
    patient: str
    institution: str
    predictor: str
    score: Score
    split: str = ""
    """``training``, ``validation`` or ``test``, where a run says so."""
    slices: SliceScores | None = None


def write_report(folder: Path, results: Sequence[Result], description: dict[str, Any]) -> dict[str, Any]:
    """Write the two files of numbers and return the summary."""
    summary = {**description, "all": _summary(results)}
    summary["by_institution"] = {
        name: _summary([result for result in results if result.institution == name])
        for name in sorted({result.institution for result in results})
    }
    summary["headline"] = headline(summary)
    write_text(folder / "cases.csv", _cases(results))
    write_text(folder / SUMMARY_FILE, json.dumps(_without_infinity(summary), indent=1) + "\n")
    return summary


def headline(summary: dict[str, Any]) -> dict[str, float]:
    """Return the figures that go into the metadata of a model, named by what the predictor saw, and of whom."""
    names = set(summary["by_institution"])
    seen = {"all": "all_sequences", "flair": "flair_only"}.get(summary["sequences"], "unknown_sequences")
    share = {"no": "out_of_fold", "yes": "in_sample"}.get(summary["seen_in_training"].split(":")[0], "unknown")
    which = EXTERNAL if names == {EXTERNAL} and share == "out_of_fold" else f"{share}_{seen}"
    return {f"{which}_{kind}_dice": summary["all"]["dice"][kind] for kind in ("mean", "median")}


def _summary(results: Sequence[Result]) -> dict[str, Any]:
    return {key: summarize([value(result.score) for result in results]) for key, (_, value) in METRICS.items()}


def _without_infinity(content: Any) -> Any:
    """Put null where a distance is infinite, because a mask was empty: JSON has no such number."""
    if isinstance(content, dict):
        return {key: _without_infinity(value) for key, value in content.items()}
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _cases(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        numbers = {**asdict(result.score), "volume_difference_ml": result.score.volume_difference_ml}
        rounded = {key: round(value, 4) for key, value in numbers.items()}
        rows.append({"case": result.case, "institution": result.institution, "predictor": result.predictor, **rounded})
    return csv_text(list(rows[0]), rows)


def write_page(folder: Path, results: Sequence[Result], summary: dict[str, Any], further: Sequence[str]) -> None:
    """Write report.html.

    Args:
        folder: Of the evaluation.
        results: Of each patient.
        summary: What ``write_report`` returned.
        further: Sections that stand before the list of all patients.
    """
    write_text(folder / "report.html", _page(folder, results, summary, further))


def _page(folder: Path, results: Sequence[Result], summary: dict[str, Any], further: Sequence[str]) -> str:
    worst = sorted(results, key=lambda result: result.score.dice)
    lead = (
        f"{', '.join(summary['predictor'])}, on {summary['patients']}; sequences: {summary['sequences']}; "
        f"patients seen in training: {summary['seen_in_training']}. Every figure is volumetric and per patient."
    )
    body = [
        pages.section("All patients", _metric_table(summary["all"])),
        pages.section("Dice by institution", _institution_table(summary["by_institution"])),
        pages.section(
            "Worst cases",
            pages.paragraph("Orange: the predictor. Blue: the reference."),
            *(_figure(folder, result) for result in worst[:_WORST_SHOWN]),
        ),
        *further,
        pages.section("Every patient", _case_table(worst)),
    ]
    return pages.page("Evaluation", lead, body)


def _metric_table(summary: dict[str, Any]) -> str:
    rows = [
        (METRICS[key][0], f"{value['mean']:.3f}", _interval(value), f"{value['median']:.3f}")
        for key, value in summary.items()
    ]
    return pages.table(("", "mean", "95 % interval", "median"), rows)


def _interval(value: dict[str, float]) -> str:
    return f"{value['low95']:.3f} to {value['high95']:.3f}" if "low95" in value else "-"


def _institution_table(by_institution: dict[str, Any]) -> str:
    rows = [
        (escape(name), str(dice["patients"]), f"{dice['mean']:.3f}", f"{dice['median']:.3f}")
        for name, dice in ((name, summary["dice"]) for name, summary in by_institution.items())
    ]
    return pages.table(("", "patients", "mean", "median"), rows)


def _figure(folder: Path, result: Result) -> str:
    title = (
        f"{result.case}: Dice {result.score.dice:.3f}, {result.score.volume_ml:.1f} ml against "
        f"{result.score.reference_ml:.1f} ml"
    )
    picture = (folder / PICTURES_FOLDER / f"{result.case}.png").read_bytes()
    return f"<h3>{escape(title)}</h3>{pages.picture(picture, f'overlay of {result.case}')}"


def _case_table(results: Sequence[Result]) -> str:
    rows = [
        (
            f'<a href="{PICTURES_FOLDER}/{escape(result.case)}.png">{escape(result.case)}</a>',
            *(f"{value(result.score):.3f}" for _, value in METRICS.values()),
        )
        for result in results
    ]
    return pages.table(("case", *(label for label, _ in METRICS.values())), rows)
