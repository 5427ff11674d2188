"""What is known of each study of a patient, and the treatments between them. Nothing here looks at an image."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from lggseg.errors import InputError

MEASURABLE_MM = 10.0
"""Both diameters of a measurable lesion reach this length (van den Bent et al. 2011; Wen et al. 2023)."""

MEASURABLE_SLICES = 2
"""It is seen on at least so many axial slices."""

SURGERY, RADIOTHERAPY, DRUG, OTHER = "surgery", "radiotherapy", "drug", "other"
TREATMENT_KINDS = (SURGERY, RADIOTHERAPY, DRUG, OTHER)
"""Kinds of treatment; ``other`` stands for one of which only the date is known."""

_FRESH = (SURGERY, RADIOTHERAPY)
"""Treatments after which response is judged against the first study, not against one before."""

DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Lesion:
    """One piece of the abnormality.

    Attributes:
        volume_ml: Its volume.
        longest_mm: Longest diameter on an axial slice.
        perpendicular_mm: Longest diameter there at a right angle to it.
        slices: Number of axial slices on which it is seen.
    """

    volume_ml: float
    longest_mm: float
    perpendicular_mm: float
    slices: int

    @property
    def product_mm2(self) -> float:
        """Product of the two diameters."""
        return self.longest_mm * self.perpendicular_mm

    @property
    def measurable(self) -> bool:
        """Whether it is measurable: both diameters at least 10 mm, on at least two slices."""
        return self.perpendicular_mm >= MEASURABLE_MM and self.slices >= MEASURABLE_SLICES


@dataclass(frozen=True)
class TimePoint:
    """The abnormality in one study, measured on that study's own grid.

    Attributes:
        date: Day of the study.
        volume_ml: Volume of all pieces.
        interval_ml: Lowest and highest volume that the outline leaves open (95 %), where that is known.
        lesions: The pieces, that with the largest product of diameters first, perhaps without the smallest; None where
            only the volume is known.
        new_lesions: Measurable pieces away from all abnormality of the baseline of this part of the series; None where
            nobody looked, which needs aligned studies.
        origin: What made the outline: model, version, threshold. Outlines of different origin are not compared.
        name: Where it came from, for people.
        pieces: How many pieces there are; by default as many as ``lesions``.
    """

    date: date
    volume_ml: float
    interval_ml: tuple[float, float] | None = None
    lesions: tuple[Lesion, ...] | None = None
    new_lesions: int | None = None
    origin: str = ""
    name: str = ""
    pieces: int | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be a volume.

        Raises:
            InputError: If the volume is negative or not finite, or does not lie within its interval.
        """
        low, high = self.interval_ml or (self.volume_ml, self.volume_ml)
        if not (math.isfinite(high) and 0 <= low <= self.volume_ml <= high):
            msg = (
                f"{self.name or self.date}: expected a volume of 0 ml or more within its interval, got "
                f"{self.volume_ml:g} ml within {low:g} to {high:g} ml; measure the study again"
            )
            raise InputError(msg)

    @property
    def piece_count(self) -> int | None:
        """Number of pieces; None where that is not known."""
        return len(self.lesions) if self.pieces is None and self.lesions is not None else self.pieces

    @property
    def mean_diameter_mm(self) -> float:
        """Mean diameter ``(2 V)^(1/3)`` in millimetres (Mandonnet et al., Annals of Neurology 53 (2003) 524-528)."""
        return mean_diameter_mm(self.volume_ml)


@dataclass(frozen=True)
class Treatment:
    """A treatment, which ends one part of the series and begins another.

    Attributes:
        date: Day of the operation, or first day of the treatment.
        kind: One of ``TREATMENT_KINDS``.
    """

    date: date
    kind: str = OTHER

    def __post_init__(self) -> None:
        """Refuse an unknown kind.

        Raises:
            InputError: If the kind is not one of ``TREATMENT_KINDS``.
        """
        if self.kind not in TREATMENT_KINDS:
            msg = f"treatment of {self.date}: expected {', '.join(TREATMENT_KINDS)}, got {self.kind!r}"
            raise InputError(msg)

    def __str__(self) -> str:
        words = {DRUG: "drug treatment", OTHER: "treatment"}.get(self.kind, self.kind)
        return f"{words} of {self.date}"


@dataclass(frozen=True)
class Part:
    """The studies between two treatments.

    Attributes:
        points: Studies in order of date.
        treatment: The treatment before them; None before any.
        surgery: Whether there was surgery at any time before.
        before: The study before the treatment, where there is one, and no operation or radiotherapy lies between.
        stated: Whether any treatment was stated at all, before or after them.
    """

    points: tuple[TimePoint, ...]
    treatment: Treatment | None = None
    surgery: bool = False
    before: TimePoint | None = field(default=None, repr=False)
    stated: bool = False

    @property
    def title(self) -> str:
        """Name of the part for people."""
        if self.treatment is not None:
            return f"after {self.treatment}"
        return "before treatment" if self.stated else "whole series, no treatment stated"

    @property
    def assessed(self) -> tuple[TimePoint, ...]:
        """The baseline of response criteria and the studies after it.

        After an operation or radiotherapy it is the first study after it, also where a drug followed; else a drug is
        judged against the last study before it (van den Bent et al. 2011; Wen et al. 2023).
        """
        fresh = self.treatment is None or self.treatment.kind in _FRESH
        return self.points if fresh or self.before is None else (self.before, *self.points)


def mean_diameter_mm(volume_ml: float) -> float:
    """Return ``(2 V)^(1/3)`` in millimetres, the mean diameter of an ellipsoid with diameters a, b, c and V = abc/2."""
    return float((2000.0 * volume_ml) ** (1 / 3))


def years_between(first: date, second: date) -> float:
    """Return the time from one day to another in years of 365.25 days."""
    return (second - first).days / DAYS_A_YEAR


def in_order(points: Iterable[TimePoint]) -> tuple[TimePoint, ...]:
    """Return time points in order of date.

    Raises:
        InputError: If there is none, or two are of one day: which came first cannot be told, nor which is right.
    """
    ordered = tuple(sorted(points, key=lambda point: point.date))
    if not ordered:
        msg = "expected at least one study, got none; choose a folder of studies or masks"
        raise InputError(msg)
    for first, second in pairwise(ordered):
        if first.date == second.date:
            names = f"{first.name or 'one'} and {second.name or 'another'}"
            msg = f"expected one study a day, got {names} of {first.date}; choose one of them"
            raise InputError(msg)
    return ordered


def split(points: Sequence[TimePoint], treatments: Iterable[Treatment]) -> tuple[Part, ...]:
    """Cut a series at its treatments; parts without a study are left out.

    Args:
        points: Studies in order of date.
        treatments: Treatments in any order; several on one day count once each.

    Raises:
        InputError: If a study and a treatment are of one day, because nobody can tell which came first.
    """
    parts, rest, last, surgery = [], list(points), None, False
    before: TimePoint | None = None
    ordered = sorted(treatments, key=lambda one: one.date)
    for treatment in ordered:
        if any(point.date == treatment.date for point in points):
            msg = (
                f"expected study and treatment on different days, got both on {treatment.date}; "
                "move the date of the treatment by a day to say which came first"
            )
            raise InputError(msg)
        earlier = [point for point in rest if point.date < treatment.date]
        if earlier:
            parts.append(Part(tuple(earlier), last, surgery, before, stated=True))
            before = earlier[-1]
        rest = rest[len(earlier) :]
        surgery = surgery or treatment.kind == SURGERY
        if treatment.kind in _FRESH:
            before = None  # what a drug does is not told apart from what was cut out or irradiated
        last = treatment
    if rest:
        parts.append(Part(tuple(rest), last, surgery, before, stated=bool(ordered)))
    return tuple(parts)
