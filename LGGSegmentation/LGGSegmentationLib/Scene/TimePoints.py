"""Volume over time: a table node for each patient, saved with the scene, whose rows follow their outlines."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from LGGSegmentationLib.Scene import TableColumns
from LGGSegmentationLib.Scene.Identity import ReadTag, hasIdentity, identityOf, newPatient, patientOf, setPatient
from LGGSegmentationLib.Scene.Outline import Outlines
from LGGSegmentationLib.Scene.Result import Result, currentResult, flairOf, latestResultOf, nodesOf
from LGGSegmentationLib.Scene.Texts import _

DATE_TAGS = ("0008,0022", "0008,0020")
"""AcquisitionDate, then StudyDate."""

DAYS, MILLILITERS = "Days", "Volume (ml)"
_VOLUME, _DATE, _LONGEST, _ID = "Volume", "Date", "Longest diameter (mm)", "ID"
_THRESHOLD, _MODEL, _OUTLINE, _ORIGIN = "Threshold", "Model", "Outline", "Origin"
_PATIENT_ATTRIBUTE = "LGGSegmentation.TimePointsOf"
_OUTLINE_ROLE = "LGGSegmentation.OutlineOf"

SamePatient = Callable[[str, str], bool]
"""Asked whether two volumes, given by their names, are of one patient."""


@dataclass(frozen=True)
class TimePoint:
    """One segmented volume.

    Attributes:
        identifier: Of the volume node: a second result of the same volume replaces the first.
        name: Of the volume.
        date: ISO date, empty where it is not known.
        volumeMl: Volume of the abnormality.
        longestMm: Its longest diameter on a slice, None without abnormality and before it is measured again.
        threshold: What the outline was made with, None where that is not known.
        model: Name and version of the model, empty where they are not known.
        outline: Tells the outline that the numbers belong to from any other.
        origin: What made the outline, weights and threshold included: volumes of different origin are not compared.
    """

    identifier: str
    name: str
    date: str
    volumeMl: float
    longestMm: float | None = None
    threshold: float | None = None
    model: str = ""
    outline: str = ""
    origin: str = ""


def parseDate(text: str) -> str:
    """Return a date in ISO form.

    Args:
        text: ``2024-03-01`` or DICOM's ``20240301``; empty stays empty.

    Raises:
        ValueError: With a sentence for the user.
    """
    text = text.strip()
    if not text:
        return ""
    for form in ("%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    raise ValueError(_("“{text}” is no date: write it as 2024-03-01.").format(text=text))


def dateOf(volumeNode: Any, readTag: ReadTag) -> str:
    """Return the date of a volume that came from DICOM, in ISO form, else an empty text."""
    for tag in DATE_TAGS:
        try:
            date = parseDate(readTag(volumeNode, tag))
        except ValueError:
            continue
        if date:
            return date
    return ""


def read(tableNode: Any) -> list[TimePoint]:
    """Return the time points in a table node, none without."""
    return [_readRow(tableNode, row) for row in range(tableNode.GetNumberOfRows())] if tableNode is not None else []


def _readRow(tableNode: Any, row: int) -> TimePoint:
    return TimePoint(
        TableColumns.text(tableNode, row, _ID),
        TableColumns.text(tableNode, row, _VOLUME),
        TableColumns.text(tableNode, row, _DATE),
        TableColumns.number(tableNode, row, MILLILITERS) or 0.0,
        TableColumns.number(tableNode, row, _LONGEST),
        TableColumns.number(tableNode, row, _THRESHOLD),
        TableColumns.text(tableNode, row, _MODEL),
        TableColumns.text(tableNode, row, _OUTLINE),
        TableColumns.text(tableNode, row, _ORIGIN),
    )


def write(tableNode: Any, points: list[TimePoint]) -> None:
    """Write time points into a table node, in the order of their dates; those without date come last."""
    points = sorted(points, key=lambda point: (not point.date, point.date))
    texts, numbers = TableColumns.texts, TableColumns.numbers
    TableColumns.fill(
        tableNode,
        {
            _VOLUME: texts([point.name for point in points]),
            _DATE: texts([point.date for point in points]),
            DAYS: numbers([float(day) for day in daysSinceFirst(points)]),
            MILLILITERS: numbers([point.volumeMl for point in points]),
            _LONGEST: numbers([point.longestMm for point in points]),
            _THRESHOLD: numbers([point.threshold for point in points]),
            _MODEL: texts([point.model for point in points]),
            _ID: texts([point.identifier for point in points]),
            _OUTLINE: texts([point.outline for point in points]),
            _ORIGIN: texts([point.origin for point in points]),
        },
    )
    tableNode.SetColumnUnitLabel(MILLILITERS, "ml")
    tableNode.SetColumnUnitLabel(DAYS, "d")


def add(tableNode: Any, result: Result, outlines: Outlines, longestMm: float | None, readTag: ReadTag) -> None:
    """Add a result; an older row of its volume is replaced, and keeps its date, which may have been corrected."""
    flair, outline = result.flair, outlines.of(result)
    if flair is None or outline is None:
        raise RuntimeError(_("The volume of this result is gone: load it again."))
    identifier = identityOf(flair)
    points = read(tableNode)
    known = next((old.date for old in points if old.identifier == identifier), "")
    point = TimePoint(
        identifier, flair.GetName(), known or dateOf(flair, readTag), outline.milliliters, longestMm,
        result.threshold, result.model, outline.fingerprint, result.origin,
    )  # fmt: skip
    write(tableNode, [*(old for old in points if old.identifier != identifier), point])
    tableNode.SetNodeReferenceID(f"{_OUTLINE_ROLE}.{identifier}", result.node.GetID())


def follow(tableNode: Any, outlines: Outlines) -> None:
    """Bring the rows up to their outlines as they are now; a length waits until it is measured again."""
    if tableNode is None:
        return
    points = read(tableNode)
    followed = [_followed(point, resultOf(tableNode.GetScene(), point), outlines) for point in points]
    if followed != points:
        write(tableNode, followed)


def _followed(point: TimePoint, result: Result | None, outlines: Outlines) -> TimePoint:
    outline = outlines.of(result) if result is not None else None
    if result is None or outline is None:
        return point
    same = outline.fingerprint == point.outline
    return replace(
        point, volumeMl=outline.milliliters, longestMm=point.longestMm if same else None, threshold=result.threshold,
        model=result.model, outline=outline.fingerprint, origin=result.origin,
    )  # fmt: skip


def volumeOf(scene: Any, point: TimePoint) -> Any:
    """Return the volume of a time point, None where it is gone."""
    volumes = nodesOf(scene, "vtkMRMLScalarVolumeNode")
    return next((node for node in volumes if hasIdentity(node, point.identifier)), None)


def resultOf(scene: Any, point: TimePoint) -> Result | None:
    """Return the result that a time point stands for, None where it is gone.

    It is in the segmentation that was added: a copy of that, made to keep an outline, would follow nobody's brush.
    """
    volume = volumeOf(scene, point)
    nodes = (table.GetNodeReference(f"{_OUTLINE_ROLE}.{point.identifier}") for table in tables(scene))
    added = next((currentResult(node) for node in nodes if node is not None and flairOf(node) is volume), None)
    return added or latestResultOf(volume)


def tables(scene: Any) -> list[Any]:
    """Return the tables of all patients of a scene."""
    return [table for table in nodesOf(scene, "vtkMRMLTableNode") if patientOfTable(table)]


def tableOf(scene: Any, patient: str) -> Any:
    """Return the table of a patient, None without."""
    return next((table for table in tables(scene) if patient and patientOfTable(table) == patient), None)


def patientOfTable(tableNode: Any) -> str:
    """Return the key of the patient whose time points a table holds; empty where it is no such table."""
    return str(tableNode.GetAttribute(_PATIENT_ATTRIBUTE) or "")


def tableFor(flairNode: Any, readTag: ReadTag, samePatient: SamePatient = lambda _first, _second: False) -> Any:
    """Return the table of a volume's patient, made when there is none.

    Args:
        flairNode: The volume.
        readTag: Gives DICOM values, which tell the patient where there are any.
        samePatient: Asked where DICOM does not tell. Patients are never mixed unasked.
    """
    scene = flairNode.GetScene()
    patient = patientOf(flairNode, readTag)
    if not patient:
        filled = [(table, read(table)) for table in reversed(tables(scene))]
        same = (t for t, points in filled if points and samePatient(flairNode.GetName(), points[-1].name))
        table = next(same, None)
        patient = patientOfTable(table) if table is not None else newPatient()
    setPatient(flairNode, patient)
    table = tableOf(scene, patient)
    if table is None:
        table = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(_("LGG time points")))
        table.SetAttribute(_PATIENT_ATTRIBUTE, patient)
    return table


def daysSinceFirst(points: list[TimePoint]) -> list[int]:
    """Return days since the first date; points without date follow one day apart, after the last."""
    dates = [datetime.date.fromisoformat(point.date) if point.date else None for point in points]
    known = [date for date in dates if date is not None]
    days, last = [], -1
    for date in dates:
        last = (date - known[0]).days if date is not None else last + 1
        days.append(last)
    return days


def notComparable(points: list[TimePoint]) -> str:
    """Return why volumes may not be compared, empty where they may."""
    models = sorted({point.model for point in points})
    if len(models) > 1:
        text = _("Made by different models ({models}): segment all of them again before they are compared.")
        return text.format(models=", ".join(model or _("unknown") for model in models))
    thresholds = sorted({f"{point.threshold:g}" for point in points if point.threshold is not None})
    if len(thresholds) > 1:
        text = _("Made with different thresholds ({thresholds}): choose one for all before they are compared.")
        return text.format(thresholds=", ".join(thresholds))
    origins = sorted({point.origin for point in points if point.origin})
    if len(origins) > 1:
        text = _("Made in different ways ({origins}): segment all of them again before they are compared.")
        return text.format(origins="; ".join(origins))
    return ""


def change(points: list[TimePoint]) -> str:
    """Say in one sentence how the volume changed from the first to the last time point."""
    if len(points) < 2:
        return ""
    problem = notComparable(points)
    if problem:
        return problem
    first, last = points[0], points[-1]
    difference = last.volumeMl - first.volumeMl
    percent = f" ({difference / first.volumeMl:+.0%})" if first.volumeMl > 0 else ""
    return _("From {first} to {last}: {difference:+.1f} ml{percent}.").format(
        first=first.date or first.name, last=last.date or last.name, difference=difference, percent=percent
    )
