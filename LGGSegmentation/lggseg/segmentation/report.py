"""The record of a run: ``report.json`` for programs and ``report.html`` for people."""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from html import escape
from typing import Any

import SimpleITK as sitk
from PIL import Image

import lggseg
from lggseg.errors import FormatError
from lggseg.notice import RESEARCH_USE
from lggseg.pages import html as pages
from lggseg.shape import FEATURES, Feature

_HOLDS_FOR = "patients before surgery, as the model met in its measurements; after surgery nothing was measured"
_NO_ABNORMALITY = "No FLAIR abnormality was found."


@dataclass
class Report:
    """Everything that is worth knowing of a run.

    Attributes:
        inputs: File, SHA-256, size and spacing of each sequence.
        measurements: Shape features by key; None where one is not defined.
        seconds: Duration of each stage.
        notes: What a reader has to know before trusting a number.
        comparison: Agreement with a reference segmentation, where there is one.
        doubt: What ``model.doubt.Doubt`` says of the result; empty where the model is not calibrated for it.
    """

    inputs: dict[str, Any]
    model: dict[str, str]
    device: str
    threshold: float
    components: str
    found: bool
    measurements: dict[str, float | int | None]
    seconds: dict[str, float]
    notes: list[str] = field(default_factory=list)
    comparison: dict[str, float] = field(default_factory=dict)
    doubt: dict[str, Any] = field(default_factory=dict)

    def to_json(self, outputs: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """Return the report as JSON, with versions and the notice of use.

        Args:
            outputs: ``file`` and ``sha256`` of each result, by what it is.
        """
        head = {"lggseg": lggseg.__version__, "notice": RESEARCH_USE, "versions": versions()}
        return json.dumps({**head, **asdict(self), "outputs": outputs or {}}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Return the report of a JSON text; what it does not say stays at its default.

        Raises:
            FormatError: If the text is not a report.
        """
        try:
            content = json.loads(text)
            return cls(**{field.name: content[field.name] for field in fields(cls) if field.name in content})
        except (ValueError, TypeError) as error:
            msg = f"expected the content of report.json, got «{text[:40]}» ({error})"
            raise FormatError(msg) from error


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "SimpleITK": sitk.Version.VersionString(),
    }


def html_page(report: Report, picture: Image.Image, slices: str = "") -> str:
    """Return a self-contained HTML page: picture, numbers, what was done with what.

    Args:
        report: What to tell.
        picture: The montage.
        slices: All slices to leaf through: what ``pages.leaf`` returns.
    """
    body = [
        pages.paragraph(headline(report), "headline"),
        pages.items(report.notes) if report.notes else "",
        pages.picture(_png(picture), "Axial slices with the outline"),
        pages.paragraph("Axial slices from below to above; the patient's right is on the left.", "note"),
        pages.section("Slice by slice", slices) if slices else "",
        _comparison(report),
        _trust(report),
        pages.section("Shape", pages.table(("", "", "definition"), map(_feature_row(report), FEATURES), words=(2,))),
        pages.section("How it was made", pages.facts(_provenance(report))),
    ]
    return pages.page("FLAIR abnormality", _source(report), body)


def html_fragment(report: Report, picture: Image.Image) -> str:
    """Return what a notebook shows of a result: headline, notes, picture, and the notice of use."""
    parts = [
        f"<strong>{escape(headline(report))}</strong>",
        pages.items(report.notes) if report.notes else "",
        pages.picture(_png(picture), "Axial slices with the outline"),
        pages.paragraph(RESEARCH_USE),
    ]
    return "\n".join(parts)


def headline(report: Report) -> str:
    """Return the outcome in a few words: the volume, with its interval where one is known."""
    if not report.found:
        return _NO_ABNORMALITY
    volume = f"{report.measurements.get('volume_ml') or 0.0:.1f} ml"
    return f"{volume} ({interval_text(report.doubt)})" if report.doubt.get("volume_low_ml") else volume


def interval_text(doubt: Mapping[str, Any]) -> str:
    """Return the interval of the volume as a person reads it."""
    return f"{number_text(doubt['volume_low_ml'])} to {number_text(doubt['volume_high_ml'])} ml"


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


def _trust(report: Report) -> str:
    doubt = report.doubt
    if not doubt:
        return ""
    rows = [("Abnormality there", f"{doubt['presence']:.0%}")]
    if doubt["expected_dice"] is not None:
        rows.append(("Dice to expect against an expert", f"{doubt['expected_dice']:.2f}"))
        rows.append(("Volume", f"{interval_text(doubt)} in {doubt['coverage']:.0%} of patients like this"))
    rows.append(("Holds for", _HOLDS_FOR))
    return pages.section("How far to trust it", pages.facts(rows))


def _provenance(report: Report) -> list[tuple[str, str]]:
    model = f"{report.model['name']} {report.model['version']} ({report.model['sha256'][:12]})"
    timing = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report.seconds.items())
    rows = [("Program", f"lggseg {lggseg.__version__}"), ("Model", model), ("Device", report.device)]
    rows += [("Threshold", f"{report.threshold:g}"), ("Pieces kept", report.components), ("Time", timing)]
    for name, entry in report.inputs.items():
        size, spacing = "x".join(map(str, entry["size"])), " x ".join(f"{s:.3g}" for s in entry["spacing_mm"])
        rows.append((f"Input {name}", f"{entry['file']}, {size} voxels of {spacing} mm, {entry['sha256'][:12]}"))
    return rows
