"""What a plot of a series shows, as numbers: studies with their error bars, and fitted lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lggseg.growth.report import GrowthReport, PartReport
from lggseg.growth.timeline import mean_diameter_mm, years_between
from lggseg.growth.velocity import Slope

Bar = tuple[date, float, float, float]
"""Day, value, and the ends of its 95 % interval."""


def volume_bars(report: GrowthReport) -> list[Bar]:
    """Return the volume of each study in millilitres."""
    return [(row.point.date, row.point.volume_ml, *row.volume_range_ml) for row in report.studies]


def diameter_bars(report: GrowthReport) -> list[Bar]:
    """Return the mean diameter of each study in millimetres."""
    found = []
    for row in report.studies:
        low, high = (mean_diameter_mm(volume) for volume in row.volume_range_ml)
        found.append((row.point.date, row.point.mean_diameter_mm, low, high))
    return found


def fitted_lines(parts: Sequence[PartReport]) -> list[list[Bar]]:
    """Return the ends of the line of mean diameters in each part, and of those at the ends of its interval."""
    slopes = ((part.part.points, part.velocity) for part in parts if part.velocity is not None)
    return [
        [_on_line(point.date, points[0].date, slope) for point in (points[0], points[-1])] for points, slope in slopes
    ]


def _on_line(day: date, first: date, slope: Slope) -> Bar:
    """Return where the line of a slope is on a day, and those of the ends of its interval."""
    middle, value = slope.middle
    years = years_between(first, day) - middle
    return day, value + slope.value * years, value + slope.low * years, value + slope.high * years
