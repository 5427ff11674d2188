"""From dated measurements to a report: pure arithmetic, no image and no file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from lggseg.growth import rano
from lggseg.growth.measurement_error import Z_95, MeasurementError
from lggseg.growth.report import Change, GrowthReport, PartReport, StudyRow
from lggseg.growth.timeline import Part, TimePoint, Treatment, in_order, split, years_between
from lggseg.growth.velocity import Slope, doubling_time, pallud_class, weighted_slope

AFTER_SURGERY = "After surgery the model has not been measured: cavity, scar and swelling may count as abnormality."
_UNKNOWN_ORIGIN = "Nothing says what made the outlines: that all were made in one way is taken for granted."


def analyse(
    points: Iterable[TimePoint],
    treatments: Sequence[Treatment] = (),
    *,
    patient: str = "",
    error: MeasurementError | None = None,
) -> GrowthReport:
    """Say how an abnormality grew.

    Args:
        points: Studies of one patient, in any order.
        treatments: Treatments of the patient, in any order. They split the series.
        patient: Name of the patient for people.
        error: Error of a measurement; by default from published repeated measurements.

    Returns:
        The report. Where outlines of different origin are mixed, it has the measurements but neither slope nor
        criteria, and says so.

    Raises:
        InputError: If there is no study, or two events of one day have no order.
    """
    error = error or MeasurementError()
    ordered = in_order(points)
    parts = split(ordered, treatments)
    withheld = _mixed_origins(ordered)
    return GrowthReport(
        patient=patient,
        studies=tuple(_row(point, error, previous) for previous, point in zip((None, *ordered), ordered, strict=False)),
        parts=() if withheld else tuple(_part_report(part, error) for part in parts),
        treatments=tuple(sorted(treatments, key=lambda one: one.date)),
        error=error,
        withheld=withheld,
        notes=_notes(ordered, parts),
    )


def change_between(first: TimePoint, second: TimePoint, error: MeasurementError) -> Change:
    """Compare two studies: change in volume and mean diameter, and whether it is beyond what repeats differ by."""
    by_chance = Z_95 * math.hypot(error.diameter_sd_mm(first), error.diameter_sd_mm(second))
    diameter = second.mean_diameter_mm - first.mean_diameter_mm
    share = second.volume_ml / first.volume_ml - 1 if first.volume_ml > 0 else None
    return Change(first.date, second.volume_ml - first.volume_ml, share, diameter, abs(diameter) > by_chance)


def _mixed_origins(points: Sequence[TimePoint]) -> str:
    origins = list(dict.fromkeys(point.origin or "unknown origin" for point in points))
    if len(origins) < 2:
        return ""
    return f"outlines of different origin cannot be compared: {'; '.join(origins)}. Segment all studies in one way."


def _row(point: TimePoint, error: MeasurementError, previous: TimePoint | None) -> StudyRow:
    comparable = previous is not None and previous.origin == point.origin
    return StudyRow(
        point=point,
        volume_range_ml=error.volume_range_ml(point),
        diameter_sd_mm=error.diameter_sd_mm(point),
        product_mm2=None if point.lesions is None else rano.sum_of_products_mm2(point),
        change=change_between(previous, point, error) if previous is not None and comparable else None,
    )


def _part_report(part: Part, error: MeasurementError) -> PartReport:
    velocity = _slope(part.points, lambda point: point.mean_diameter_mm, error.diameter_sd_mm)
    log_volume = _slope(part.points, lambda point: math.log(point.volume_ml), error.log_volume_sd)
    untreated = part.treatment is None
    return PartReport(
        part=part,
        velocity=velocity,
        pallud=pallud_class(velocity) if velocity and untreated else None,
        doubling=doubling_time(log_volume) if log_volume else None,
        by_volume=rano.assess_volume(part),
        by_diameters=rano.assess_diameters(part),
        notes=_part_notes(part),
    )


def _slope(
    points: Sequence[TimePoint], value: Callable[[TimePoint], float], deviation: Callable[[TimePoint], float]
) -> Slope | None:
    """Return the slope over at least two studies that all show something."""
    if len(points) < 2 or any(point.volume_ml <= 0 for point in points):
        return None
    years = [years_between(points[0].date, point.date) for point in points]
    return weighted_slope(years, [value(point) for point in points], [deviation(point) for point in points])


def _part_notes(part: Part) -> tuple[str, ...]:
    notes = []
    if len(part.points) < 2:
        notes.append("One study has no slope.")
    if any(point.volume_ml <= 0 for point in part.points):
        notes.append("A study without abnormality has no diameter: there is no slope.")
    if part.surgery:
        notes.append(AFTER_SURGERY)
    if not part.stated and len(part.points) > 1:
        notes.append("No treatment was stated: the class holds only if there was none.")
    if part.treatment is not None:
        notes.append("The published classes of velocity hold before treatment only.")
    return tuple(notes)


def _notes(points: Sequence[TimePoint], parts: Sequence[Part]) -> tuple[str, ...]:
    notes = []
    if any(not point.origin for point in points):
        notes.append(_UNKNOWN_ORIGIN)
    if any(point.interval_ml is None for point in points):
        notes.append("Some outlines come without an interval of their own: their error is the published one alone.")
    if any(part.surgery for part in parts):
        notes.append(AFTER_SURGERY)
    return tuple(notes)
