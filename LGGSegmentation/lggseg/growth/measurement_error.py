"""How far two measurements of an unchanged abnormality differ.

Two parts add as variances do: what another scan, another position and another session change, from published
repeated measurements, and what the outline itself leaves open, from the interval that a study brings along. Most of
the latter is where along a diffuse edge an outline runs; one model draws it alike in all studies of a person, so only
a part of it counts when studies are compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy.special import ndtri

from lggseg.errors import InputError
from lggseg.growth.timeline import TimePoint, mean_diameter_mm

Z_95 = 1.959964
"""Half the width of a 95 % interval in standard deviations."""

_PUBLISHED_REPEATABILITY = 0.15
_PUBLISHED_SOURCE = (
    "experienced readers reliably tell changes of the FLAIR volume of less than 15 % with a semi-automated tool "
    "(Huber et al., Clinical Neuroradiology 27 (2017) 153-161)"
)
_SMALLEST_ML = 0.1


@dataclass(frozen=True)
class MeasurementError:
    """Standard deviation of one measurement.

    Attributes:
        repeat_share: Standard deviation of a repeated measurement, as a share of the volume.
        common: Share of the variance of an outline that all studies of a person have in common: chosen, not measured.
        floor_ml: Standard deviation in millilitres below which none is taken to lie, however small the volume.
        source: Where the share comes from.
    """

    repeat_share: float = _PUBLISHED_REPEATABILITY / (Z_95 * math.sqrt(2))
    floor_ml: float = _SMALLEST_ML
    common: float = 0.9
    source: str = _PUBLISHED_SOURCE

    def __post_init__(self) -> None:
        """Refuse an error that is none.

        Raises:
            InputError: If a number is negative or both are zero.
        """
        if (
            not (0 <= self.repeat_share < 1 and 0 <= self.floor_ml < math.inf)
            or self.repeat_share == self.floor_ml == 0
        ):
            msg = (
                "measurement error: expected a share of the volume from 0 to 1 and millilitres of 0 or more, not both "
                f"0, got {self.repeat_share:g} and {self.floor_ml:g} ml"
            )
            raise InputError(msg)

    def volume_sd_ml(self, point: TimePoint) -> float:
        """Return the standard deviation of a volume in millilitres, compared with the other studies of the person."""
        low, high = point.interval_ml or (point.volume_ml, point.volume_ml)
        outline = math.sqrt(1 - self.common) * (high - low) / (2 * Z_95)
        return math.hypot(max(self.repeat_share * point.volume_ml, self.floor_ml), outline)

    def volume_range_ml(self, point: TimePoint) -> tuple[float, float]:
        """Return the 95 % interval of a volume, compared with the other studies; it does not reach below 0."""
        reach = Z_95 * self.volume_sd_ml(point)
        return max(0.0, point.volume_ml - reach), point.volume_ml + reach

    def diameter_sd_mm(self, point: TimePoint) -> float:
        """Return the standard deviation of the mean diameter in millimetres.

        Half the way between the diameters of the ends of the volume's interval, because the cube root is steep
        where the volume is small.
        """
        low, high = (mean_diameter_mm(volume) for volume in self.volume_range_ml(point))
        return (high - low) / (2 * Z_95)

    def log_volume_sd(self, point: TimePoint) -> float:
        """Return the standard deviation of the natural logarithm of a volume above 0."""
        return math.sqrt(math.log1p((self.volume_sd_ml(point) / point.volume_ml) ** 2))


def interval_95_ml(volume_ml: float, low_ml: float, high_ml: float, coverage: float) -> tuple[float, float]:
    """Widen an interval of another coverage to one of 95 %, as if the logarithm were normally distributed.

    Args:
        volume_ml: What was measured; the result holds it.
        low_ml: Lower end.
        high_ml: Upper end.
        coverage: Share that lies within, between 0 and 1.
    """
    if not (volume_ml > 0 and 0 < low_ml <= high_ml and 0 < coverage < 1):
        return volume_ml, volume_ml
    factor = Z_95 / float(ndtri(0.5 + coverage / 2))
    low, high = (volume_ml * (end / volume_ml) ** factor for end in (low_ml, high_ml))
    return min(low, volume_ml), max(high, volume_ml)


def interval_of(volume_ml: float, doubt: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the 95 % interval of a volume from what a model says of its outline; None where it says nothing.

    Args:
        volume_ml: The volume.
        doubt: ``volume_low_ml``, ``volume_high_ml`` and their ``coverage``, as in a report.
    """
    ends = [doubt.get(name) for name in ("volume_low_ml", "volume_high_ml", "coverage")]
    if any(end is None for end in ends):
        return None
    low, high, coverage = (float(str(end)) for end in ends)
    if volume_ml > 0 and not (0 < low <= high and 0 < coverage < 1):
        return None  # no width follows from such numbers, which is not a width of none
    return interval_95_ml(volume_ml, low, high, coverage)


def of_percent(percent: float) -> MeasurementError:
    """Return the error of a stated repeatability: 95 % of repeated measurements differ by less, in percent.

    Raises:
        InputError: If it is not between 0 and 100.
    """
    if not 0 < percent < 100:
        msg = f"measurement error: expected a percentage between 0 and 100, got {percent:g}"
        raise InputError(msg)
    return MeasurementError(
        percent / 100 / (Z_95 * math.sqrt(2)), source=f"stated: repeats differ by up to {percent:g} %"
    )
