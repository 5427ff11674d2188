"""Slope of a series with its interval, and what follows from it: Pallud's classes and the volume doubling time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from lggseg.errors import InputError
from lggseg.growth.measurement_error import Z_95
from lggseg.growth.timeline import DAYS_A_YEAR

FROM_ERROR, FROM_REGRESSION = "measurement error", "scatter about the line"


@dataclass(frozen=True)
class Slope:
    """Change a year.

    Attributes:
        value: The slope.
        low: Lower end of the 95 % interval.
        high: Upper end of it.
        basis: What the interval rests on: the measurement error, or the scatter of the studies about the line.
        studies: Number of studies.
        middle: A point of the line: weighted mean of the times, in years, and of the values.
    """

    value: float
    low: float
    high: float
    basis: str
    studies: int
    middle: tuple[float, float] = (0.0, 0.0)

    @property
    def beyond_error(self) -> bool:
        """Whether the interval leaves out no change at all."""
        return self.low > 0 or self.high < 0


def weighted_slope(years: Sequence[float], values: Sequence[float], deviations: Sequence[float]) -> Slope:
    """Fit a line by least squares, each value weighted by the inverse of its variance.

    The interval of two values follows from their errors. That of three and more is the wider one of what the errors
    and what the scatter about the line give (Student's t with n - 2 degrees of freedom): a model that errs the same
    way in every study scatters little, and few studies scatter little by chance.

    Args:
        years: Times, not all the same.
        values: What was measured.
        deviations: Standard deviation of each, above 0.

    Raises:
        InputError: If there are fewer than two times.
    """
    t, y, w = np.array(years), np.array(values), 1 / np.square(deviations)
    middle = float(np.average(t, weights=w)), float(np.average(y, weights=w))
    centred = t - middle[0]
    spread = float(np.sum(w * centred**2))
    if len(t) < 2 or spread <= 0:
        msg = f"expected studies of at least two days, got {len(t)} of {len(set(years))}"
        raise InputError(msg)
    slope = float(np.sum(w * centred * y)) / spread
    reach, basis = Z_95 / math.sqrt(spread), FROM_ERROR
    if len(t) > 2:
        rest = y - middle[1] - slope * centred
        scatter = float(np.sum(w * rest**2)) / (len(t) - 2)
        by_scatter = float(stdtrit(len(t) - 2, 0.975)) * math.sqrt(scatter / spread)
        if by_scatter > reach:
            reach, basis = by_scatter, FROM_REGRESSION
    return Slope(slope, slope - reach, slope + reach, basis, len(t), middle)


PALLUD_LIMITS = (4.0, 8.0, 12.0)
"""Limits between the classes in millimetres a year."""

PALLUD_CLASSES = ("< 4", "4 to < 8", "8 to < 12", "\N{GREATER-THAN OR EQUAL TO} 12")


@dataclass(frozen=True)
class PalludClass:
    """Class of the velocity of diametric expansion before treatment.

    J. Pallud et al., Velocity of tumor spontaneous expansion predicts long-term outcomes for diffuse low-grade gliomas,
    Neuro-Oncology 15 (2013) 595-606: below 4, 4 to 8, 8 to 12, and 12 mm a year and more, in 407 adults with a newly
    diagnosed supratentorial glioma and before any treatment.

    Attributes:
        name: The class of the slope itself, in mm a year.
        possible: All classes that the slope's interval touches.
    """

    name: str
    possible: tuple[str, ...]


def pallud_class(velocity: Slope) -> PalludClass:
    """Return the class of a velocity of diametric expansion in millimetres a year."""
    low, middle, high = (_class_number(value) for value in (velocity.low, velocity.value, velocity.high))
    return PalludClass(PALLUD_CLASSES[middle], PALLUD_CLASSES[low : high + 1])


def _class_number(velocity: float) -> int:
    return sum(velocity >= limit for limit in PALLUD_LIMITS)


_LONGEST_YEARS = 100.0


@dataclass(frozen=True)
class DoublingTime:
    """Days in which the volume doubles at the rate seen, if it grows exponentially.

    Attributes:
        days: ``ln 2`` by the slope of the logarithm of the volume; None where the volume does not grow, or would need
            more than a century.
        low: Shortest time that the interval leaves open; None where even its upper end is no growth.
        high: Longest; None where the interval leaves out growth to no end, that is includes no change.
    """

    days: float | None
    low: float | None
    high: float | None


def doubling_time(log_volume: Slope) -> DoublingTime:
    """Return the doubling time that belongs to a slope of the natural logarithm of the volume a year."""

    def days(rate: float) -> float | None:
        return math.log(2) / rate * DAYS_A_YEAR if rate > math.log(2) / _LONGEST_YEARS else None

    return DoublingTime(days(log_volume.value), days(log_volume.high), days(log_volume.low))
