"""What an evaluation leaves behind: cases.csv, summary.json and report.html."""

from __future__ import annotations

import base64
import csv
import html
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lggseg.segmentation.report import RESEARCH_USE
from lggseg_training.scoring import SURFACE_TOLERANCE_MM, Score, summarize

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

_STYLE = """
:root { color-scheme: light dark; } body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto;
padding: 0 1rem; } table { border-collapse: collapse; } td, th { text-align: right; padding: .2rem .8rem .2rem 0;
border-bottom: 1px solid #8884; font-variant-numeric: tabular-nums; } td:first-child,
th:first-child { text-align: left; }
img { max-width: 100%; } .notice { border: 1px solid #c80; padding: .5rem .8rem; border-radius: .4rem; }
"""


@dataclass(frozen=True)
class Result:
    """The score of one patient."""

    case: str
    patient: str
    institution: str
    predictor: str
    score: Score


def write_report(folder: Path, results: Sequence[Result], description: dict[str, Any]) -> dict[str, Any]:
    """Write the three files and return the summary."""
    summary = {**description, "all": _summary(results)}
    summary["by_institution"] = {
        name: _summary([result for result in results if result.institution == name])
        for name in sorted({result.institution for result in results})
    }
    summary["headline"] = headline(summary)
    _write_cases(folder / "cases.csv", results)
    (folder / "summary.json").write_text(json.dumps(_without_infinity(summary), indent=1) + "\n", encoding="utf-8")
    (folder / "report.html").write_text(_page(folder, results, summary), encoding="utf-8")
    return summary


def headline(summary: dict[str, Any]) -> dict[str, float]:
    """Return the figures that go into the metadata of a model, named by what the predictor saw, and of whom."""
    names = set(summary["by_institution"])
    seen = {"all": "all_sequences", "flair": "flair_only"}[summary["sequences"]]
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


def _write_cases(file: Path, results: Sequence[Result]) -> None:
    rows = []
    for result in results:
        numbers = {**asdict(result.score), "volume_difference_ml": result.score.volume_difference_ml}
        rounded = {key: round(value, 4) for key, value in numbers.items()}
        rows.append({"case": result.case, "institution": result.institution, "predictor": result.predictor, **rounded})
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def _page(folder: Path, results: Sequence[Result], summary: dict[str, Any]) -> str:
    worst = sorted(results, key=lambda result: result.score.dice)
    shown = "".join(_figure(folder, result) for result in worst[:_WORST_SHOWN])
    predictor = ", ".join(summary["predictor"])
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>
<style>{_STYLE}</style></head><body><h1>Evaluation</h1><p class="notice"><strong>{RESEARCH_USE}</strong></p>
<p>{html.escape(predictor)}, on {html.escape(summary["patients"])}; sequences: {html.escape(summary["sequences"])};
patients seen in training: {html.escape(summary["seen_in_training"])}. Every figure is volumetric and per patient.</p>
<h2>All patients</h2>{_metric_table(summary["all"])}
<h2>Dice by institution</h2>{_institution_table(summary["by_institution"])}
<h2>Worst cases</h2><p>Orange: the predictor. Blue: the reference.</p>{shown}
<h2>Every patient</h2>{_case_table(worst)}</body></html>
"""


def _metric_table(summary: dict[str, Any]) -> str:
    rows = [
        f"<tr><td>{METRICS[key][0]}</td><td>{value['mean']:.3f}</td><td>{_interval(value)}</td>"
        f"<td>{value['median']:.3f}</td></tr>"
        for key, value in summary.items()
    ]
    return f"<table><tr><th></th><th>mean</th><th>95 % interval</th><th>median</th></tr>{''.join(rows)}</table>"


def _interval(value: dict[str, float]) -> str:
    return f"{value['low95']:.3f} to {value['high95']:.3f}" if "low95" in value else "-"


def _institution_table(by_institution: dict[str, Any]) -> str:
    rows = [
        f"<tr><td>{html.escape(name)}</td><td>{summary['dice']['patients']}</td>"
        f"<td>{summary['dice']['mean']:.3f}</td><td>{summary['dice']['median']:.3f}</td></tr>"
        for name, summary in by_institution.items()
    ]
    return f"<table><tr><th></th><th>patients</th><th>mean</th><th>median</th></tr>{''.join(rows)}</table>"


def _figure(folder: Path, result: Result) -> str:
    picture = base64.b64encode((folder / PICTURES_FOLDER / f"{result.case}.png").read_bytes()).decode("ascii")
    return (
        f"<h3>{html.escape(result.case)}: Dice {result.score.dice:.3f}, {result.score.volume_ml:.1f} ml"
        f" against {result.score.reference_ml:.1f} ml</h3>"
        f'<img alt="overlay of {html.escape(result.case)}" src="data:image/png;base64,{picture}">'
    )


def _case_table(results: Sequence[Result]) -> str:
    head = "".join(f"<th>{label}</th>" for label, _ in METRICS.values())
    rows = []
    for result in results:
        cells = "".join(f"<td>{value(result.score):.3f}</td>" for _, value in METRICS.values())
        link = f'<a href="{PICTURES_FOLDER}/{html.escape(result.case)}.png">{html.escape(result.case)}</a>'
        rows.append(f"<tr><td>{link}</td>{cells}</tr>")
    return f"<table><tr><th>case</th>{head}</tr>{''.join(rows)}</table>"
