"""Numbers of growth in words: alike on the page, in 3D Slicer's panel and in a browser."""

from __future__ import annotations

from lggseg.growth.alignment import DOUBTFUL_BELOW, Alignment
from lggseg.growth.rano import RANO_2_VOLUME, RANO_LGG
from lggseg.growth.report import PartReport
from lggseg.growth.velocity import DoublingTime, PalludClass, Slope

Fact = tuple[str, str]
"""What it is, and how it is."""

DASH = "\N{EN DASH}"


def alignment_text(alignment: Alignment) -> str:
    """Say how well a study is aligned."""
    if alignment.stated:
        return "Taken as it lies, because the studies were said to lie in one space."
    moved = f"moved by {alignment.shift_mm:.1f} mm and {alignment.rotation_degrees:.1f} degrees"
    words = f"Similarity {alignment.similarity:.2f} (before {alignment.before:.2f}), {moved}."
    if alignment.doubtful:
        words += f" Doubtful (below {DOUBTFUL_BELOW:g}): the alignment failed, or this is not the same head. Look."
    return words


def part_facts(part: PartReport) -> list[Fact]:
    """Return what is known of the growth in one part of a series."""
    facts = [("Velocity of diametric expansion, mm a year", slope_text(part.velocity))]
    if part.velocity is not None:
        facts.append(("Its interval rests on", part.velocity.basis))
    if part.pallud is not None:
        facts.append(("Class before treatment (Pallud et al. 2013), mm a year", pallud_text(part.pallud)))
    facts.append(("Volume doubling time", doubling_text(part.doubling)))
    return facts


def criteria_facts(part: PartReport) -> list[Fact]:
    """Return what the criteria say of the last study of a part, from the image alone; none of a baseline."""
    found = ((RANO_2_VOLUME, part.by_volume), (RANO_LGG, part.by_diameters))
    return [
        (f"{criteria.name}: {criteria.measure}", " ".join(filter(None, (one.words, one.reason and f"({one.reason})"))))
        for criteria, (*_, one) in found
        if len(part.by_volume) > 1
    ]


def pallud_text(classes: PalludClass) -> str:
    """Write a class of velocity, with the others that the interval allows."""
    if len(classes.possible) < 2:
        return classes.name
    return f"{classes.name}; the interval allows {', '.join(classes.possible)}"


def slope_text(slope: Slope | None) -> str:
    """Write a slope with its interval."""
    if slope is None:
        return DASH
    return f"{signed(slope.value, 1)} ({signed(slope.low, 1)} to {signed(slope.high, 1)})"


def doubling_text(time: DoublingTime | None) -> str:
    """Write a doubling time with its interval, in days or, where it is long, in years."""
    if time is None:
        return DASH
    if time.low is None:
        return "none: no growth"
    if time.days is None:
        return f"at least {_duration(time.low)}, or no growth"
    if time.high is None:
        return f"{_duration(time.days)} (at least {_duration(time.low)}, or no growth)"
    return f"{_duration(time.days)} ({_duration(time.low)} to {_duration(time.high)})"


def _duration(days: float) -> str:
    return f"{days:.0f} days" if days < 730 else f"{days / 365.25:.1f} years"


def signed(value: float, decimals: int) -> str:
    """Write a number with its sign, and a true minus."""
    return f"{value:+.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def percent(share: float | None) -> str:
    """Write a share as a percentage with its sign."""
    return DASH if share is None else f"{signed(100 * share, 0)} %"
