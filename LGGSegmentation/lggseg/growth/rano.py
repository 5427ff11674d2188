"""Response criteria for glioma, their imaging part only.

Clinical state, steroids and the enhancing part belong to them as well and are not known here, so a result of this
module is never a response by itself.

* Product of diameters: M. J. van den Bent et al., Response assessment in neuro-oncology (a report of the RANO group):
  assessment of outcome in trials of diffuse low-grade gliomas, Lancet Oncology 12 (2011) 583-593.
* Volume: P. Y. Wen et al., RANO 2.0: update to the Response Assessment in Neuro-Oncology criteria for high- and
  low-grade gliomas in adults, Journal of Clinical Oncology 41 (2023) 5187-5199.

Progression is measured against the nadir, the smallest since the baseline, response against the baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from lggseg.growth.timeline import Part, TimePoint

CONFIRMATION = timedelta(days=28)
"""A response or progression is confirmed by a study at least four weeks later."""

MOST_TARGETS = 3
"""So many pieces at most are added up, those with the largest products (RANO 2.0: two to three target lesions)."""

_ROUNDING = 1e-9


class Category(StrEnum):
    """Categories of response."""

    BASELINE = "baseline"
    COMPLETE = "complete response"
    PARTIAL = "partial response"
    MINOR = "minor response"
    STABLE = "stable disease"
    PROGRESSION = "progression"
    NOT_ASSESSED = "not assessed"


RESPONSES = (Category.COMPLETE, Category.PARTIAL, Category.MINOR)
"""Responses, the best first."""


@dataclass(frozen=True)
class Criteria:
    """Limits of a set of criteria, as shares of the baseline or the nadir.

    Attributes:
        name: Name with year.
        measure: What is measured.
        progression: Increase over the nadir.
        partial: Decrease from the baseline for a partial response.
        minor: Decrease from the baseline for a minor response.
    """

    name: str
    measure: str
    progression: float
    partial: float
    minor: float


RANO_LGG = Criteria("RANO-LGG (2011), imaging part only", "product of diameters", 0.25, 0.50, 0.25)
RANO_2_VOLUME = Criteria("RANO 2.0 (2023), imaging part only", "volume", 0.40, 0.65, 0.40)


CONFIRMABLE = (*RESPONSES, Category.PROGRESSION)
"""What another study has to confirm."""


@dataclass(frozen=True)
class Assessment:
    """Response criteria applied to one study.

    Attributes:
        date: Day of the study.
        category: What the image alone says.
        value: What was measured, in mm2 or ml; None where it could not be.
        from_baseline: Change from the baseline as a share of it; None where the baseline is 0.
        from_nadir: Change from the nadir as a share of it; None where the nadir is 0.
        confirmed: Whether a study at least four weeks later says the same; None where nothing needs to be confirmed,
            or there is no such study yet.
        reason: Why it is not assessed, or what else there is to know.
    """

    date: date
    category: Category
    value: float | None = None
    from_baseline: float | None = None
    from_nadir: float | None = None
    confirmed: bool | None = None
    reason: str = ""

    @property
    def words(self) -> str:
        """The category and whether it is confirmed."""
        if self.category not in CONFIRMABLE:
            return str(self.category)
        return f"{self.category}, {_CONFIRMED[self.confirmed]}"


_CONFIRMED = {True: "confirmed", False: "not confirmed", None: "to be confirmed"}


def assess_volume(part: Part) -> tuple[Assessment, ...]:
    """Apply RANO 2.0 to the volumes of one part of a series, its baseline first."""
    points = part.assessed
    return _assess(RANO_2_VOLUME, points, [point.volume_ml for point in points])


def assess_diameters(part: Part) -> tuple[Assessment, ...]:
    """Apply RANO-LGG to the sums of products of diameters of one part of a series, its baseline first.

    Without a measurable lesion in the baseline (both diameters at least 10 mm, on at least two slices) nothing can be
    assessed; what has shrunk below that afterwards still counts.
    """
    points = part.assessed
    if any(point.lesions is None for point in points):
        return _not_assessed(points, "diameters of some studies are not known")
    if not any(lesion.measurable for lesion in points[0].lesions or ()):
        return _not_assessed(points, f"the baseline of {points[0].date} shows no measurable lesion (10 mm x 10 mm)")
    return _assess(RANO_LGG, points, [sum_of_products_mm2(point) for point in points])


def sum_of_products_mm2(point: TimePoint) -> float:
    """Return the sum of the products of diameters of the three largest pieces at most."""
    return sum(sorted((lesion.product_mm2 for lesion in point.lesions or ()), reverse=True)[:MOST_TARGETS])


def _not_assessed(points: Sequence[TimePoint], reason: str) -> tuple[Assessment, ...]:
    return tuple(Assessment(point.date, Category.NOT_ASSESSED, reason=reason) for point in points)


def _assess(criteria: Criteria, points: Sequence[TimePoint], values: Sequence[float]) -> tuple[Assessment, ...]:
    found = [Assessment(points[0].date, Category.BASELINE, values[0])]
    for n in range(1, len(points)):
        found.append(_assess_one(criteria, points[n], values[n], values[0], min(values[:n])))
    return tuple(_confirmed(n, found, points, criteria) for n in range(len(found)))


def _assess_one(criteria: Criteria, point: TimePoint, value: float, baseline: float, nadir: float) -> Assessment:
    category, reason = categorise(criteria, value, baseline, nadir), ""
    if point.new_lesions:
        many = "lesion" if point.new_lesions == 1 else "lesions"
        category, reason = Category.PROGRESSION, f"{point.new_lesions} new {many}"
    elif point.new_lesions is None:
        reason = "new lesions were not looked for"
    from_baseline, from_nadir = (value / start - 1 if start > 0 else None for start in (baseline, nadir))
    return Assessment(point.date, category, value, from_baseline, from_nadir, reason=reason)


def categorise(criteria: Criteria, value: float, baseline: float, nadir: float) -> Category:
    """Return the category of one measurement.

    Args:
        criteria: The limits.
        value: What the study shows.
        baseline: What the baseline showed.
        nadir: The smallest from the baseline to the study before this one.
    """
    if baseline <= 0 and value <= 0:
        return Category.STABLE
    if value > 0 and value >= nadir * (1 + criteria.progression) * (1 - _ROUNDING):
        return Category.PROGRESSION
    if value <= 0:
        return Category.COMPLETE
    for category, decrease in ((Category.PARTIAL, criteria.partial), (Category.MINOR, criteria.minor)):
        if value <= baseline * (1 - decrease) * (1 + _ROUNDING):
            return category
    return Category.STABLE


def _confirmed(n: int, found: list[Assessment], points: Sequence[TimePoint], criteria: Criteria) -> Assessment:
    """Look for a study at least four weeks later that says the same; the first one decides about a response."""
    one = found[n]
    later = [m for m in range(n + 1, len(found)) if found[m].date - one.date >= CONFIRMATION]
    if not later:
        return one
    if one.category in RESPONSES:
        as_good = RESPONSES[: RESPONSES.index(one.category) + 1]
        return replace(one, confirmed=found[later[0]].category in as_good)
    if one.category == Category.PROGRESSION:
        limit = min(known.value or 0.0 for known in found[:n]) * (1 + criteria.progression) * (1 - _ROUNDING)
        still = any(((found[m].value or 0.0) >= limit and found[m].value) or points[m].new_lesions for m in later)
        return replace(one, confirmed=bool(still))
    return one
