"""The record of a run: ``report.json`` for programs and ``report.html`` for people."""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

import SimpleITK as sitk
from PIL import Image

import lggseg
from lggseg.notice import RESEARCH_USE
from lggseg.pages import html as pages
from lggseg.shape import FEATURES, Feature

_NO_ABNORMALITY = "No FLAIR abnormality was found."


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
    volume = report.measurements.get("volume_ml") or 0.0
    body = [
        pages.paragraph(f"{volume:.1f} ml" if report.found else _NO_ABNORMALITY, "headline"),
        pages.items(report.notes) if report.notes else "",
        pages.picture(_png(picture), "Axial slices with the outline"),
        pages.paragraph("Axial slices from below to above; the patient's right is on the left.", "note"),
        _comparison(report),
        pages.section("Shape", pages.table(("", "", "definition"), map(_feature_row(report), FEATURES), words=(2,))),
        pages.section("How it was made", pages.facts(_provenance(report))),
    ]
    return pages.page("FLAIR abnormality", _source(report), body)


def _source(report: Report) -> str:
    return " + ".join(f"{name}: {entry['file']}" for name, entry in report.inputs.items())


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _feature_row(report: Report) -> Callable[[Feature], tuple[str, str, str]]:
    def row(feature: Feature) -> tuple[str, str, str]:
        number = f"{number_text(report.measurements.get(feature.key))} {feature.unit}".strip()
        return escape(feature.label), escape(number), escape(feature.definition)

    return row


def number_text(value: float | int | None) -> str:
    """Return a measurement as a person reads it: three digits that count, never a power of ten."""
    if value is None:
        return "n/a"
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def _comparison(report: Report) -> str:
    if not report.comparison:
        return ""
    numbers = [(name, f"{value:.3f}") for name, value in report.comparison.items()]
    return pages.section("Against the reference (thin blue outline)", pages.facts(numbers))


def _provenance(report: Report) -> list[tuple[str, str]]:
    model = f"{report.model['name']} {report.model['version']} ({report.model['sha256'][:12]})"
    timing = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report.seconds.items())
    rows = [("Program", f"lggseg {lggseg.__version__}"), ("Model", model), ("Device", report.device)]
    rows += [("Threshold", f"{report.threshold:g}"), ("Pieces kept", report.components), ("Time", timing)]
    for name, entry in report.inputs.items():
        size, spacing = "x".join(map(str, entry["size"])), " x ".join(f"{s:.3g}" for s in entry["spacing_mm"])
        rows.append((f"Input {name}", f"{entry['file']}, {size} voxels of {spacing} mm, {entry['sha256'][:12]}"))
    return rows
