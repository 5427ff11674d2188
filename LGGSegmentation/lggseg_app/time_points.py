"""The time points of the session on the page: rows, days, treatments, growth; the numbers are the core's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import SimpleITK as sitk

from lggseg.errors import InputError, LggsegError
from lggseg.growth.alignment import Alignment, align
from lggseg.growth.conclusion import SeriesResult
from lggseg.growth.dates import day_of
from lggseg.growth.plot import growth_plots
from lggseg.growth.report import GrowthReport
from lggseg.growth.timeline import Treatment
from lggseg_app.cases import Case
from LGGSegmentationLib.Scene import Alignments, Identity, TimePoints, Treatments, VolumeExchange
from LGGSegmentationLib.Scene.Growth import Growth, Study
from LGGSegmentationLib.Scene.Measurements import Values
from LGGSegmentationLib.Scene.Outline import Outlines

ANOTHER = "another"
"""The answer that a volume is of a patient who has no time points yet."""


@dataclass(frozen=True)
class Pair:
    """Two studies to be aligned, with copies of their volumes, so that it can be done beside the scene."""

    first: Study
    later: Study
    images: tuple[sitk.Image, ...]

    @classmethod
    def of(cls, first: Study, later: Study) -> Pair:
        """Copy the volumes: FLAIR and mask of the first, FLAIR and mask of the later study."""
        results = [study.result for study in (first, later) if study.result is not None]
        return cls(
            first, later, tuple(i for r in results for i in (VolumeExchange.imageFromVolume(r.flair), r.image()))
        )

    def align(self) -> Alignment | str:
        """Align the two; return how, or why not, in words. May run beside the scene."""
        try:
            return align(*self.images)
        except InputError as error:
            return f"{self.later.row.date}: {error}"

    def keep(self, alignment: Alignment) -> None:
        """Keep an alignment in the scene, where both volumes are still there."""
        first, later = (study.result.flair if study.result is not None else None for study in (self.first, self.later))
        if first is not None and later is not None and first.GetScene() is later.GetScene() is not None:
            Alignments.keep(first, later, alignment)


class Series:
    """The time points of each patient of the scene.

    Attributes:
        growth: Judges them.
    """

    def __init__(self, scene: Any, outlines: Outlines) -> None:
        """Start with the tables that the scene has."""
        self._scene, self._outlines = scene, outlines
        self.growth = Growth(outlines)
        self._judged: dict[str, tuple[Any, dict[str, Any]]] = {}

    # ---- changes

    def whose(self, case: Case) -> list[dict[str, str]]:
        """Return the patients that a person may choose from where nothing tells whose a volume is; else none."""
        if Identity.patientOf(case.node, case.tag):
            return []
        known = [
            {"title": f"{title}, with {TimePoints.read(table)[-1].name}", "value": TimePoints.patientOfTable(table)}
            for title, table in self._titled()
        ]
        return [*known, {"title": "Another patient", "value": ANOTHER}] if known else []

    def add(self, case: Case, values: Values, patient: str = "") -> None:
        """Add the outline of a case as it is now; a row that it has already is brought up to date.

        Args:
            case: With an outline.
            values: Its measurements.
            patient: The answer where ``whose`` asked.
        """
        assert case.outline is not None  # the button is off without
        if patient:
            Identity.setPatient(case.node, Identity.newPatient() if patient == ANOTHER else patient)
        table = TimePoints.tableFor(case.node, case.tag)
        TimePoints.add(table, case.outline.result, self._outlines, values.get("longest_diameter_mm"), case.tag)
        self._change(table, Identity.identityOf(case.node), lambda date: date or case.day_in_name())

    def holds(self, case: Case) -> bool:
        """Tell whether a case is a time point."""
        return self._table_with(Identity.identityOf(case.node)) is not None

    def set_day(self, identity: str, text: str) -> None:
        """Note the day of a study.

        Raises:
            InputError: If it is none.
        """
        try:
            day = TimePoints.parseDate(text)
        except ValueError as error:
            raise InputError(str(error)) from error
        self._change(self._table_with(identity), identity, lambda _date: day)

    def remove(self, identity: str) -> None:
        """Remove a time point."""
        table = self._table_with(identity)
        if table is not None:
            TimePoints.write(table, [point for point in TimePoints.read(table) if point.identifier != identity])

    def treat(self, patient: str, day: str, kind: str) -> None:
        """Note a treatment of a patient.

        Raises:
            InputError: If the day is none, or the kind is unknown.
        """
        table = TimePoints.tableOf(self._scene, patient)
        treatment = Treatment(day_of(day, "treatment"), kind)
        Treatments.write(table, [*Treatments.read(table), treatment])

    def untreat(self, patient: str, number: int) -> None:
        """Take a treatment back, by its number in the order of dates."""
        table = TimePoints.tableOf(self._scene, patient)
        kept = [one for n, one in enumerate(Treatments.read(table)) if n != number]
        Treatments.write(table, kept)

    def forget(self) -> None:
        """Forget all: the scene was cleared."""
        self.growth.forget()
        self._judged.clear()

    # ---- what the page shows

    def follow(self) -> list[dict[str, Any]]:
        """Return the patients with their rows as they are now; growth that was judged of other outlines is left out."""
        return [self._shown(title, table, judge=False) for title, table in self._titled()]

    def judge(self) -> list[dict[str, Any]]:
        """Return the patients with their rows and with growth, measured anew where something changed."""
        return [self._shown(title, table, judge=True) for title, table in self._titled()]

    def result(self, patient: str) -> SeriesResult:
        """Return all that is known of a patient's growth, with the volumes.

        Raises:
            InputError: If there is no such patient, or growth cannot be judged.
        """
        return self.growth.withVolumes(self._table_of(patient))

    def not_aligned(self, patient: str) -> list[Pair]:
        """Return the later studies of a patient that nobody aligned with the first, each with that.

        Raises:
            InputError: As ``result``.
        """
        first, *later = self.growth.studies(self._table_of(patient))
        if first.result is None:
            return []
        return [Pair.of(first, one) for one in later if one.result is not None and one.alignment is None]

    def _table_of(self, patient: str) -> Any:
        table = TimePoints.tableOf(self._scene, patient)
        if table is None or not TimePoints.read(table):
            msg = "expected a patient with time points, got one that is gone; load the page again"
            raise InputError(msg)
        return table

    def _shown(self, title: str, table: Any, *, judge: bool) -> dict[str, Any]:
        TimePoints.follow(table, self._outlines)
        patient, points = TimePoints.patientOfTable(table), TimePoints.read(table)
        treatments = Treatments.read(table)
        state = ([(point.identifier, point.date, point.outline, point.threshold) for point in points], treatments)
        if judge:
            self._judged[patient] = (state, self._said(table) if len(points) > 1 else _nothing())
        judged = self._judged.get(patient)
        current = judged is not None and judged[0] == state
        return {
            "id": patient,
            "title": title,
            "rows": [self._row(point) for point in points],
            "treatments": [{"title": str(one)} for one in treatments],
            "outdated": len(points) > 1 and not current,
            **(judged[1] if judged is not None and current else _nothing()),
        }

    def _row(self, point: TimePoints.TimePoint) -> dict[str, Any]:
        result = TimePoints.resultOf(self._scene, point)
        return {
            "id": point.identifier,
            "name": point.name,
            "date": point.date,
            "volume": f"{point.volumeMl:.1f}",
            "edited": result is not None and result.isEdited(),
        }

    def _said(self, table: Any) -> dict[str, Any]:
        try:
            report = self.growth.result(table).report
        except LggsegError as error:
            return {**_nothing(), "problem": str(error)}
        return {**_nothing(), "sentences": list(report.sentences), "notes": _notes(report), "plots": _plots(report)}

    def _titled(self) -> list[tuple[str, Any]]:
        """Return the tables that hold something, with what their patients are called: no name is known here."""
        filled = [table for table in TimePoints.tables(self._scene) if TimePoints.read(table)]
        return [(f"Patient {number}", table) for number, table in enumerate(filled, start=1)]

    def _table_with(self, identity: str) -> Any:
        tables = TimePoints.tables(self._scene)
        return next((t for t in tables if any(p.identifier == identity for p in TimePoints.read(t))), None)

    def _change(self, table: Any, identity: str, day: Any) -> None:
        points = TimePoints.read(table)
        TimePoints.write(table, [replace(p, date=day(p.date)) if p.identifier == identity else p for p in points])


def _nothing() -> dict[str, Any]:
    return {"sentences": [], "notes": [], "plots": [], "problem": ""}


def _notes(report: GrowthReport) -> list[str]:
    return list(dict.fromkeys([*report.notes, *(note for part in report.parts for note in part.notes)]))


def _plots(report: GrowthReport) -> list[str]:
    return list(growth_plots(report))
