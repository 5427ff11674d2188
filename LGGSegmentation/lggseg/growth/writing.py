"""Writes what is known of a patient or a cohort: page, plot, tables, JSON, pictures and label maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from lggseg.cohort.tables import csv_text
from lggseg.files import staged, write_text
from lggseg.growth import change, pictures
from lggseg.growth.alignment import Alignment
from lggseg.growth.conclusion import SeriesResult
from lggseg.growth.page import cohort_page, growth_page
from lggseg.growth.plot import growth_svg
from lggseg.growth.report import GrowthReport
from lggseg.recorded import outputs_of, recorded_outputs, remove_outdated
from lggseg.volumes.io import write_labels

PAGE, PLOT, RECORD, PARTS, STUDIES = "growth.html", "growth.svg", "growth.json", "growth.csv", "studies.csv"

STUDY_COLUMNS = (
    "patient", "date", "volume_ml", "volume_low_ml", "volume_high_ml", "mean_diameter_mm", "diameter_sd_mm",
    "product_mm2", "pieces", "new_lesions", "change_ml", "change_share", "beyond_error", "by_volume", "by_diameters",
    "similarity", "origin",
)  # fmt: skip
"""Columns of the table of studies; one row a study."""

PART_COLUMNS = (
    "patient", "part", "studies", "first", "last", "velocity_mm_per_year", "velocity_low", "velocity_high",
    "interval_from", "beyond_error", "pallud_class", "doubling_days", "doubling_low_days", "doubling_high_days",
    "after_surgery", "reason",
)  # fmt: skip
"""Columns of the table of growth; one row a part of a series, or a reason why there is none."""

Row = dict[str, Any]


def write_patient(result: SeriesResult, folder: Path, *, overwrite: bool) -> dict[str, Path]:
    """Write all files of one patient into a folder, all of them or none.

    Returns:
        The files by what they hold.

    Raises:
        OutputError: If a file would be replaced, or cannot be written.
    """
    report = result.report
    alignments = {str(one.point.date): one.alignment for one in result.seen if one.alignment is not None}
    drawn = _pictures(result)
    page = growth_page(report, alignments=_later(alignments, result), pictures=drawn, notes=result.notes)
    texts = {
        PAGE: page,
        PLOT: growth_svg(report),
        PARTS: csv_text(PART_COLUMNS, part_rows(report)),
        STUDIES: csv_text(STUDY_COLUMNS, study_rows(report, alignments)),
    }
    before = recorded_outputs(folder / RECORD) if overwrite else {}
    with staged(folder, overwrite=overwrite) as stage:
        for name, text in texts.items():
            write_text(stage / name, text)
        for day, shown in drawn.items():
            for kind, picture in shown.items():
                picture.save(stage / f"{kind}_{day}.png")
        for changed, labels in result.maps.items():
            write_labels(labels, stage / f"change_{changed}.seg.nrrd", change.SEGMENTS)
        written = {file.name: file for file in sorted(stage.iterdir())}
        write_text(stage / RECORD, report.to_json(outputs_of(written)))
    remove_outdated(folder, before, written)
    return {"page": folder / PAGE, "plot": folder / PLOT, "record": folder / RECORD, "studies": folder / STUDIES}


def write_cohort(
    reports: Sequence[GrowthReport], failed: Mapping[str, str], folder: Path, *, overwrite: bool
) -> dict[str, Path]:
    """Write the page and the tables of a cohort; each patient has a folder of his name beside them.

    Raises:
        OutputError: If a file would be replaced, or cannot be written.
    """
    links = {report.patient: f"{folder_name(report.patient)}/{PAGE}" for report in reports}
    parts = [row for report in reports for row in part_rows(report)]
    parts += [{"patient": patient, "reason": reason} for patient, reason in failed.items()]
    studies = [row for report in reports for row in study_rows(report, {})]
    with staged(folder, overwrite=overwrite) as stage:
        write_text(stage / PAGE, cohort_page(reports, failed, links))
        write_text(stage / PARTS, csv_text(PART_COLUMNS, parts))
        write_text(stage / STUDIES, csv_text(STUDY_COLUMNS, studies))
    return {"page": folder / PAGE, "growth": folder / PARTS, "studies": folder / STUDIES}


def folder_name(patient: str) -> str:
    """Return a name that every file system takes."""
    return "".join(sign if sign.isalnum() or sign in "-_. " else "_" for sign in patient).strip(". ") or "patient"


def study_rows(report: GrowthReport, alignments: Mapping[str, Alignment]) -> Iterable[Row]:
    """Return the studies as rows of ``STUDY_COLUMNS``."""
    volume, diameters = report.by_volume, report.by_diameters
    for row in report.studies:
        point, since = row.point, row.change
        alignment = alignments.get(str(point.date))
        yield {
            "patient": report.patient,
            "date": point.date,
            "volume_ml": point.volume_ml,
            "volume_low_ml": row.volume_range_ml[0],
            "volume_high_ml": row.volume_range_ml[1],
            "mean_diameter_mm": point.mean_diameter_mm,
            "diameter_sd_mm": row.diameter_sd_mm,
            "product_mm2": row.product_mm2,
            "pieces": point.piece_count,
            "new_lesions": point.new_lesions,
            "change_ml": since and since.volume_ml,
            "change_share": since and since.volume_share,
            "beyond_error": None if since is None else int(since.beyond_error),
            "by_volume": volume[point.date].category if point.date in volume else None,
            "by_diameters": diameters[point.date].category if point.date in diameters else None,
            "similarity": alignment.similarity if alignment and not alignment.stated else None,
            "origin": point.origin,
        }


def part_rows(report: GrowthReport) -> Iterable[Row]:
    """Return the parts of a series as rows of ``PART_COLUMNS``; one with the reason where there are none."""
    if report.withheld:
        yield {"patient": report.patient, "studies": len(report.studies), "reason": report.withheld}
    for part in report.parts:
        points, slope, time = part.part.points, part.velocity, part.doubling
        yield {
            "patient": report.patient,
            "part": part.part.title,
            "studies": len(points),
            "first": points[0].date,
            "last": points[-1].date,
            "velocity_mm_per_year": slope and slope.value,
            "velocity_low": slope and slope.low,
            "velocity_high": slope and slope.high,
            "interval_from": slope and slope.basis,
            "beyond_error": None if slope is None else int(slope.beyond_error),
            "pallud_class": part.pallud and part.pallud.name,
            "doubling_days": time and time.days,
            "doubling_low_days": time and time.low,
            "doubling_high_days": time and time.high,
            "after_surgery": int(part.part.surgery),
            "reason": "; ".join(part.notes) if slope is None else "",
        }


def _pictures(result: SeriesResult) -> dict[str, dict[str, Image.Image]]:
    """Draw every study that is aligned; outlines of different origin are not drawn over each other."""
    first = result.seen[0]
    found: dict[str, dict[str, Image.Image]] = {}
    for one in result.seen[1:]:
        if one.alignment is None or one.flair is None or one.mask is None or first.flair is None or first.mask is None:
            continue
        transform = one.alignment.transform
        drawn = {"checkerboard": pictures.checkerboard(first.flair, first.mask, one.flair, transform)}
        if one.point.date in result.maps:
            drawn["overlay"] = pictures.overlay(first.flair, first.mask, one.flair, one.mask, transform)
        found[str(one.point.date)] = drawn
    return found


def _later(alignments: Mapping[str, Alignment], result: SeriesResult) -> dict[str, Alignment]:
    """Return the alignments without that of the first study with itself."""
    return {day: one for day, one in alignments.items() if day != str(result.seen[0].point.date)}
