"""The record of a run: ``report.json`` for programs and ``report.html`` for people."""

from __future__ import annotations

import base64
import html
import io
import json
import platform
from dataclasses import asdict, dataclass, field
from typing import Any

import SimpleITK as sitk
from PIL import Image

import lggseg
from lggseg.shape import FEATURES

RESEARCH_USE = "Research use only. Not a medical device; not for diagnosis or treatment."

_NO_ABNORMALITY = "No FLAIR abnormality was found."

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8889; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.notice { border: 1px solid #c80; border-radius: .4rem; padding: .5rem .8rem; margin: 1rem 0; }
.volume { font-size: 2.6rem; font-weight: 600; } .soft { color: var(--soft); }
img { max-width: 100%; border-radius: .4rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .6rem .25rem 0;
border-bottom: 1px solid var(--line); vertical-align: top; } td.number { text-align: right; white-space: nowrap;
font-variant-numeric: tabular-nums; } td.definition { color: var(--soft); font-size: .85rem; }
@media print { body { margin: 0; } h2 { break-after: avoid; } }
"""


@dataclass
class Report:
    """Everything that is worth knowing of a run.

    Attributes:
        inputs: File, SHA-256, size and spacing of each sequence.
        outputs: File and SHA-256 of each result.
        measurements: Shape features by key; None where one is not defined.
        seconds: Duration of each stage.
        notes: What a reader has to know before trusting a number.
        comparison: Agreement with a reference segmentation, where there is one.
    """

    inputs: dict[str, Any]
    model: dict[str, str]
    device: str
    threshold: float
    components: str
    found: bool
    measurements: dict[str, float | int | None]
    seconds: dict[str, float]
    outputs: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    comparison: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the report as JSON, with versions and the notice of use."""
        head = {"lggseg": lggseg.__version__, "notice": RESEARCH_USE, "versions": versions()}
        return json.dumps({**head, **asdict(self)}, indent=2) + "\n"


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "SimpleITK": sitk.Version.VersionString(),
    }


def html_page(report: Report, picture: Image.Image) -> str:
    """Return a self-contained HTML page: picture, numbers, what was done with what."""
    title = "FLAIR abnormality"
    volume = report.measurements.get("volume_ml") or 0.0
    headline = f'<span class="volume">{volume:.1f} ml</span>' if report.found else html.escape(_NO_ABNORMALITY)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in report.notes)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>
<h1>{title}</h1>
<p class="soft">{html.escape(_source(report))}</p>
<p class="notice"><strong>{RESEARCH_USE}</strong></p>
<p>{headline}</p>
{f"<ul>{notes}</ul>" if notes else ""}
<img alt="Axial slices with the outline" src="data:image/png;base64,{_base64_png(picture)}">
<p class="soft">Axial slices from below to above; the patient's right is on the left.</p>
{_comparison_section(report)}
<h2>Shape</h2>
<table>{"".join(_feature_row(report, feature) for feature in FEATURES)}</table>
<h2>How it was made</h2>
<table>{"".join(_row(name, value) for name, value in _provenance(report))}</table>
</body></html>
"""


def _source(report: Report) -> str:
    return " + ".join(f"{name}: {entry['file']}" for name, entry in report.inputs.items())


def _base64_png(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _feature_row(report: Report, feature: Any) -> str:
    value = report.measurements.get(feature.key)
    shown = "n/a" if value is None else (f"{value:d}" if isinstance(value, int) else f"{value:.3g}")
    return (
        f"<tr><td>{html.escape(feature.label)}</td>"
        f'<td class="number">{html.escape(f"{shown} {feature.unit}".strip())}</td>'
        f'<td class="definition">{html.escape(feature.definition)}</td></tr>'
    )


def _comparison_section(report: Report) -> str:
    if not report.comparison:
        return ""
    rows = "".join(_row(name, f"{value:.3f}") for name, value in report.comparison.items())
    return f"<h2>Against the reference (thin blue outline)</h2><table>{rows}</table>"


def _row(name: str, value: str) -> str:
    return f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td></tr>"


def _provenance(report: Report) -> list[tuple[str, str]]:
    model = f"{report.model['name']} {report.model['version']} ({report.model['sha256'][:12]})"
    timing = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report.seconds.items())
    rows = [("Program", f"lggseg {lggseg.__version__}"), ("Model", model), ("Device", report.device)]
    rows += [("Threshold", f"{report.threshold:g}"), ("Pieces kept", report.components), ("Time", timing)]
    for name, entry in report.inputs.items():
        size, spacing = "x".join(map(str, entry["size"])), " x ".join(f"{s:.3g}" for s in entry["spacing_mm"])
        rows.append((f"Input {name}", f"{entry['file']}, {size} voxels of {spacing} mm, {entry['sha256'][:12]}"))
    return rows
