"""What is known of the growth in one patient, as data: for a page, a table, 3D Slicer's panel and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import lggseg
from lggseg.growth.measurement_error import MeasurementError
from lggseg.growth.rano import Assessment
from lggseg.growth.timeline import Part, TimePoint, Treatment
from lggseg.growth.velocity import DoublingTime, PalludClass, Slope
from lggseg.notice import RESEARCH_USE


@dataclass(frozen=True)
class Change:
    """Difference from an earlier study.

    Attributes:
        since: Day of the earlier study.
        volume_ml: Difference in volume.
        volume_share: The same as a share of the earlier volume; None where that is 0.
        diameter_mm: Difference in mean diameter.
        beyond_error: Whether it is more than 95 % of repeated measurements would differ by.
    """

    since: date
    volume_ml: float
    volume_share: float | None
    diameter_mm: float
    beyond_error: bool


@dataclass(frozen=True)
class StudyRow:
    """One study in the table.

    Attributes:
        point: What was measured.
        volume_range_ml: 95 % interval of the volume.
        diameter_sd_mm: Standard deviation of the mean diameter.
        product_mm2: Sum of the products of diameters; None where diameters are not known.
        change: Difference from the study before; None for the first, and where the two cannot be compared.
    """

    point: TimePoint
    volume_range_ml: tuple[float, float]
    diameter_sd_mm: float
    product_mm2: float | None
    change: Change | None


@dataclass(frozen=True)
class PartReport:
    """One part of the series, from one treatment to the next.

    Attributes:
        part: Its studies.
        velocity: Velocity of diametric expansion in mm a year; None where there is no slope.
        pallud: Class of it; None after treatment.
        doubling: Volume doubling time.
        by_volume: RANO 2.0 by volume, its imaging part only.
        by_diameters: RANO-LGG by products of diameters, its imaging part only.
        notes: What a reader has to know.
    """

    part: Part
    velocity: Slope | None
    pallud: PalludClass | None
    doubling: DoublingTime | None
    by_volume: tuple[Assessment, ...]
    by_diameters: tuple[Assessment, ...]
    notes: tuple[str, ...]

    def own(self, found: tuple[Assessment, ...]) -> list[Assessment]:
        """Return those of its own studies: the baseline of a drug belongs to the part before, which says more of it."""
        days = {point.date for point in self.part.points}
        return [one for one in found if one.date in days]

    @property
    def verdict(self) -> str:
        """The result in a few words."""
        if self.velocity is None:
            return "no slope"
        if not self.velocity.beyond_error:
            return "no change beyond error"
        return "it grows" if self.velocity.value > 0 else "it shrinks"

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        slope, title, verdict = self.velocity, self.part.title, self.verdict
        said = f"{title[0].upper()}{title[1:]}: {verdict}" if self.part.stated else verdict[0].upper() + verdict[1:]
        if slope is None:
            return f"{said}."
        return f"{said}, mean diameter {slope.value:+.1f} mm a year (95 %: {slope.low:+.1f} to {slope.high:+.1f})."

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; its studies by their days."""
        part = {
            "title": self.part.title,
            "studies": [point.date for point in self.part.points],
            "after_surgery": self.part.surgery,
            "sentence": self.sentence,
        }
        results = ("velocity", "pallud", "doubling", "by_volume", "by_diameters", "notes")
        return part | {name: asdict(self)[name] for name in results}


@dataclass(frozen=True)
class GrowthReport:
    """How the abnormality of one patient grew.

    Attributes:
        patient: Name for people.
        studies: All studies in order of date.
        parts: Parts of the series between treatments; empty where ``withheld`` says why.
        treatments: Treatments in order of date.
        error: Error of a measurement.
        withheld: Why neither slopes nor criteria are given; empty where they are.
        notes: What a reader has to know.
    """

    patient: str
    studies: tuple[StudyRow, ...]
    parts: tuple[PartReport, ...]
    treatments: tuple[Treatment, ...]
    error: MeasurementError
    withheld: str = ""
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The result, one sentence a part, or why there is none."""
        return (f"No slope: {self.withheld}",) if self.withheld else tuple(part.sentence for part in self.parts)

    @property
    def by_volume(self) -> dict[date, Assessment]:
        """What RANO 2.0 says of each study by volume, in the part that it belongs to."""
        return {one.date: one for part in self.parts for one in part.own(part.by_volume)}

    @property
    def by_diameters(self) -> dict[date, Assessment]:
        """What RANO-LGG says of each study by diameters, in the part that it belongs to."""
        return {one.date: one for part in self.parts for one in part.own(part.by_diameters)}

    def as_dict(self) -> dict[str, Any]:
        """Return plain values with versions and the notice of use; days are ISO text."""
        content = {
            "lggseg": lggseg.__version__,
            "notice": RESEARCH_USE,
            "patient": self.patient,
            "sentences": self.sentences,
            "withheld": self.withheld,
            "notes": self.notes,
            "measurement_error": asdict(self.error),
            "treatments": [asdict(treatment) for treatment in self.treatments],
            "studies": [asdict(row) | {"mean_diameter_mm": row.point.mean_diameter_mm} for row in self.studies],
            "parts": [part.as_dict() for part in self.parts],
        }
        plain: dict[str, Any] = json.loads(json.dumps(content, default=str))
        return plain

    def to_json(self, outputs: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """Return :meth:`as_dict` as text.

        Args:
            outputs: ``file`` and ``sha256`` of each file that lies beside it, by what it is.
        """
        return json.dumps({**self.as_dict(), "outputs": outputs or {}}, indent=2) + "\n"
