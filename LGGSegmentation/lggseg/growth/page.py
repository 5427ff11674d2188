"""The page of a patient's series, and that of a cohort."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from PIL import Image

import lggseg
from lggseg.growth.alignment import Alignment
from lggseg.growth.plot import growth_plots
from lggseg.growth.rano import RANO_2_VOLUME, RANO_LGG, Assessment, Criteria
from lggseg.growth.report import GrowthReport, PartReport, StudyRow
from lggseg.growth.timeline import SURGERY
from lggseg.growth.words import DASH, alignment_text, doubling_text, part_facts, percent, signed, slope_text
from lggseg.pages import html as pages

TITLE = "Growth of the FLAIR abnormality"
_CRITERIA_NOTE = (
    "Imaging part only: clinical state, steroids and contrast enhancement belong to the criteria and are not known "
    "here. Progression is measured against the nadir, response against the baseline; confirmed means that a study at "
    "least four weeks later says the same. RANO-LGG: van den Bent et al. 2011; RANO 2.0: Wen et al. 2023."
)
_MAP_NOTE = (
    "Left: both volumes in turn, square by square; edges that run on are aligned. Right: the later study in the space "
    "of the first, its outline in orange, the first one's thin in blue. Pictures show resampled volumes; all volumes "
    "in millilitres were measured on each study's own grid."
)
_SLOPE_NOTE = (
    "line through the mean diameters, weighted by their errors; of three and more studies the wider interval of "
    "measurement error and scatter"
)
_DOUBLING_NOTE = "ln 2 by the slope of the logarithm of the volume: exponential growth, another model than the line"
_PICTURES = {"checkerboard": "Checkerboard with the first study", "overlay": "Outlines now and then"}


def growth_page(
    report: GrowthReport,
    *,
    alignments: Mapping[str, Alignment] | None = None,
    pictures: Mapping[str, Mapping[str, Image.Image]] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Return the page of one patient.

    Args:
        report: The numbers.
        alignments: By ISO day of the later study.
        pictures: ``checkerboard`` and perhaps ``overlay``, by ISO day of the later study.
        notes: What a reader has to know of single studies.
    """
    first, last = report.studies[0].point.date, report.studies[-1].point.date
    lead = f"{report.patient}: {len(report.studies)} studies from {first} to {last}."
    body = [
        *(pages.paragraph(sentence, "verdict") for sentence in report.sentences),
        pages.items([*report.notes, *notes]) if report.notes or notes else "",
        pages.panels(growth_plots(report), wide=True),
        _studies(report),
        *(_part(part) for part in report.parts),
        _pictures(alignments or {}, pictures or {}),
        _method(report),
    ]
    return pages.page(TITLE, lead, body)


def cohort_page(reports: Sequence[GrowthReport], failed: Mapping[str, str], links: Mapping[str, str]) -> str:
    """Return the page of a cohort: one row a part of a series, then who could not be worked up.

    Args:
        reports: The patients.
        failed: Patient to the reason why there is no report.
        links: Patient to his page, relative to this one.
    """
    columns = ("Patient", "Part", "Studies", "From", "To", "In words", "mm a year (95 %)", "Class", "Doubling time")
    rows = [cells for report in reports for cells in _cohort_rows(report, links)]
    body = [pages.section("Patients", pages.table(columns, rows, words=(1, 5)))]
    if failed:
        lines = [(escape(patient), escape(reason)) for patient, reason in failed.items()]
        body.append(pages.section("Not worked up", pages.table(("Patient", "Why"), lines, words=(1,))))
    body.append(pages.paragraph(f"Written by lggseg {lggseg.__version__}.", "note"))
    return pages.page(TITLE, f"{len(reports)} patients, {len(failed)} not worked up.", body)


def _cohort_rows(report: GrowthReport, links: Mapping[str, str]) -> Iterable[Sequence[str]]:
    name = escape(report.patient)
    link = f'<a href="{escape(links[report.patient])}">{name}</a>' if report.patient in links else name
    if report.withheld:
        days = report.studies[0].point.date, report.studies[-1].point.date
        yield (link, DASH, str(len(report.studies)), *map(str, days), escape(report.sentences[0]), DASH, DASH, DASH)
    for part in report.parts:
        points = part.part.points
        days = points[0].date, points[-1].date
        classes = DASH if part.pallud is None else escape(part.pallud.name)
        cells = (escape(part.part.title), str(len(points)), *map(str, days), part.verdict)
        yield (link, *cells, slope_text(part.velocity), classes, doubling_text(part.doubling))


def _studies(report: GrowthReport) -> str:
    columns = (
        "Study", "Volume, ml (95 %)", "Mean diameter, mm", "Products, mm\N{SUPERSCRIPT TWO}", "Pieces", "Change, ml",
        "%", "Beyond error", "Outline from", "leaves open, ml",
    )  # fmt: skip
    known = any(row.point.interval_ml for row in report.studies)
    kept = len(columns) if known else len(columns) - 1
    note = (
        "Volume and diameters are measured on each study's own grid. Mean diameter: (2 V)^(1/3), with its standard "
        "deviation. Intervals are those that count when studies are compared; beyond error is a change that 95 % of "
        "repeats would not reach. What an outline leaves open is the model's 95 % interval for an expert's volume; "
        "most of that is the same in all studies of a person."
    )
    rows = [_study_cells(row)[:kept] for row in report.studies]
    return pages.section("Studies", pages.table(columns[:kept], rows, words=(8,)), pages.paragraph(note, "note"))


def _study_cells(row: StudyRow) -> Sequence[str]:
    point, change, (low, high) = row.point, row.change, row.volume_range_ml
    count = DASH if point.piece_count is None else str(point.piece_count)
    changed = (DASH, DASH, DASH) if change is None else (
        signed(change.volume_ml, 1), percent(change.volume_share), "yes" if change.beyond_error else "no"
    )  # fmt: skip
    return (
        str(point.date),
        f"{point.volume_ml:.1f} ({low:.1f} to {high:.1f})",
        f"{point.mean_diameter_mm:.1f} \N{PLUS-MINUS SIGN} {row.diameter_sd_mm:.1f}",
        DASH if row.product_mm2 is None else f"{row.product_mm2:.0f}",
        count,
        *changed,
        escape(point.origin or "not stated"),
        DASH if point.interval_ml is None else "{:.1f} to {:.1f}".format(*point.interval_ml),
    )


def _part(part: PartReport) -> str:
    notes = pages.items(part.notes) if part.notes else ""
    title = part.part.title
    return pages.section(title[0].upper() + title[1:], pages.facts(part_facts(part)), notes, _criteria(part))


def _criteria(part: PartReport) -> str:
    tables = [
        _assessments(RANO_2_VOLUME, "ml", part.by_volume),
        _assessments(RANO_LGG, "mm\N{SUPERSCRIPT TWO}", part.by_diameters),
    ]
    return pages.panels(tables, wide=True) + pages.paragraph(_CRITERIA_NOTE, "note")


def _assessments(criteria: Criteria, unit: str, found: Sequence[Assessment]) -> str:
    columns = ("Study", unit, "from baseline", "from nadir", "Imaging says", "Remarks")
    rows = [
        (
            str(one.date),
            DASH if one.value is None else f"{one.value:.{1 if unit == 'ml' else 0}f}",
            percent(one.from_baseline),
            percent(one.from_nadir),
            escape(one.words),
            escape(one.reason),
        )
        for one in found
    ]
    return f"<h3>{escape(criteria.name)}: {escape(criteria.measure)}</h3>{pages.table(columns, rows, words=(4, 5))}"


def _pictures(alignments: Mapping[str, Alignment], pictures: Mapping[str, Mapping[str, Image.Image]]) -> str:
    if not alignments:
        note = "The studies were not aligned, so there is no picture of the change and new lesions were not looked for."
        return pages.section("Alignment", pages.paragraph(note))
    parts = []
    for day, alignment in alignments.items():
        drawn = pictures.get(day, {})
        shown = [pages.picture(_png(one), f"{_PICTURES[name]}, {day}") for name, one in drawn.items()]
        parts += [f"<h3>{day}</h3>", pages.paragraph(alignment_text(alignment)), pages.panels(shown, wide=True)]
    return pages.section("Alignment with the first study", *parts, pages.paragraph(_MAP_NOTE, "note"))


def _method(report: GrowthReport) -> str:
    share = 100 * report.error.repeat_share
    pairs = [
        ("Measurement error", f"{share:.1f} % of the volume (one standard deviation): {report.error.source}"),
        ("Slope", _SLOPE_NOTE),
        ("Doubling time", _DOUBLING_NOTE),
        ("Treatments", ", ".join(map(str, report.treatments)) or "none stated"),
        ("Written by", f"lggseg {lggseg.__version__}"),
    ]
    if any(treatment.kind == SURGERY for treatment in report.treatments):
        pairs.append(("After surgery", "the model has not been measured there"))
    return pages.section("How it was made", pages.facts(pairs))


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
