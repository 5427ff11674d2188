"""How the abnormality of a patient grew, from the outlines of the scene as they are now: the core's own answer."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any

import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.growth.alignment import Alignment
from lggseg.growth.conclusion import Seen, SeriesResult, conclude
from lggseg.growth.measurement_error import MeasurementError, interval_of
from lggseg.growth.measuring import time_point
from lggseg.growth.timeline import TimePoint, Treatment
from lggseg.volumes import geometry
from LGGSegmentationLib.Scene import Alignments, TimePoints, Treatments, VolumeExchange
from LGGSegmentationLib.Scene.Outline import Outline, Outlines
from LGGSegmentationLib.Scene.Result import Result
from LGGSegmentationLib.Scene.Texts import _


@dataclass(frozen=True)
class Study:
    """A row of the time points, with what is left of it in the scene.

    Attributes:
        row: The row.
        result: Its outline, None where that is gone.
        outline: The outline as it is now, None likewise.
        alignment: How its volume lies in the space of the first study's; None for that itself, and where nobody
            aligned it.
    """

    row: TimePoints.TimePoint
    result: Result | None
    outline: Outline | None
    alignment: Alignment | None

    @property
    def edited(self) -> bool:
        """Whether the outline was changed by hand since it was written."""
        if self.result is None or self.outline is None:
            return False
        return not self.result.wasWrittenAs(self.outline.fingerprint)

    @property
    def asRun(self) -> bool:
        """Whether the outline is as its run left it."""
        if self.result is None or self.outline is None:
            return False
        return self.result.isAsRun(self.outline.fingerprint)

    @property
    def outlineKey(self) -> Any:
        """What tells the outline, on its grid, from all others."""
        grid = VolumeExchange.ijkToRas(self.result.flair).ravel() if self.result is not None else ()
        return (self.outline, *grid)


class Growth:
    """Says how abnormalities grew. Each outline is measured anew only when it has changed."""

    def __init__(self, outlines: Outlines) -> None:
        """Start knowing nothing.

        Args:
            outlines: Counts outlines.
        """
        self._outlines = outlines
        self._measured: dict[str, tuple[Any, TimePoint]] = {}
        self._concluded: dict[str, tuple[Any, SeriesResult]] = {}

    def studies(self, tableNode: Any) -> list[Study]:
        """Return the studies of a table of time points, in order of date."""
        scene = tableNode.GetScene()
        rows = sorted(TimePoints.read(tableNode), key=lambda row: row.date)
        first = TimePoints.volumeOf(scene, rows[0]) if rows else None
        return [self._study(row, TimePoints.resultOf(scene, row), first) for row in rows]

    def _study(self, row: TimePoints.TimePoint, result: Result | None, first: Any) -> Study:
        outline = self._outlines.of(result) if result is not None else None
        alignment = None
        if result is not None and first is not None and result.flair is not first:
            alignment = Alignments.find(first, result.flair)
        return Study(row, result if outline is not None else None, outline, alignment)

    def result(self, tableNode: Any, error: MeasurementError | None = None) -> SeriesResult:
        """Say how the abnormality of a table's patient grew; volumes are left out of the answer.

        Raises:
            InputError: With a sentence for the user: a date is missing, or two events of one day have no order.
        """
        studies, treatments = self.studies(tableNode), Treatments.read(tableNode)
        error = error or MeasurementError()
        state = (tableNode.GetName(), tuple(map(_state, studies)), treatments, error)
        known = self._concluded.get(tableNode.GetID())
        if known is None or known[0] != state:
            known = (state, self._conclude(tableNode.GetName(), studies, treatments, error))
            self._concluded[tableNode.GetID()] = known
        return known[1]

    def withVolumes(self, tableNode: Any, error: MeasurementError | None = None) -> SeriesResult:
        """Return the same with the volumes, for files: ``lggseg.growth.writing.write_patient`` takes it.

        Raises:
            InputError: As ``result``.
        """
        result = self.result(tableNode, error)
        seen = zip(self.studies(tableNode), result.seen, strict=True)
        return SeriesResult(
            result.report, tuple(replace(one, flair=_flair(study)) for study, one in seen), result.notes
        )

    def forget(self) -> None:
        """Forget all: another scene comes."""
        self._measured.clear()
        self._concluded.clear()

    def _conclude(
        self, name: str, studies: list[Study], treatments: tuple[Treatment, ...], error: MeasurementError
    ) -> SeriesResult:
        undated = [study.row.name for study in studies if not study.row.date]
        if undated:
            text = _("Type the date of {volumes} into the list: growth needs the date of every study.")
            raise InputError(text.format(volumes=", ".join(f"“{volume}”" for volume in undated)))
        seen = [self._see(study) for study in studies]
        return conclude(name, seen, treatments, error, [note for study in studies for note in _notes(study)])

    def _see(self, study: Study) -> Seen:
        row, result = study.row, study.result
        day = datetime.date.fromisoformat(row.date)
        if result is None:
            return Seen(TimePoint(day, row.volumeMl, origin=row.origin, name=row.name), None, None)
        mask = result.image()
        known = self._measured.get(row.identifier)
        if known is None or known[0] != study.outlineKey:
            self._measured[row.identifier] = known = (study.outlineKey, time_point(mask, day))
        # What the model says of its outline holds for that one alone.
        doubt = result.report.get("doubt", {}) if study.asRun else {}
        measured = known[1]
        interval = interval_of(measured.volume_ml, doubt)
        point = replace(measured, date=day, interval_ml=interval, origin=result.origin, name=row.name)
        return Seen(point, mask, None, study.alignment)


def _state(study: Study) -> Any:
    """Return all that the answer depends on."""
    report = study.result.report if study.result is not None else {}
    said = repr((report.get("doubt"), report.get("notes")))
    return (study.row, study.outlineKey, study.edited, said, _numbers(study.alignment))


def _numbers(alignment: Alignment | None) -> Any:
    if alignment is None:
        return None
    return alignment.similarity, tuple(geometry.ras_matrix(alignment.transform).ravel().round(6))


def _notes(study: Study) -> list[str]:
    """Return what a reader has to know of a study."""
    day, result = study.row.date, study.result
    if result is None:
        return [_("{day}: its outline is no longer in the scene; its volume is as it was.").format(day=day)]
    said = [f"{day}: {note}" for note in result.notes(asRun=study.asRun)]
    if study.edited:
        said.append(_("{day}: the outline was changed by hand after the model had drawn it.").format(day=day))
    return said


def _flair(study: Study) -> sitk.Image | None:
    return VolumeExchange.imageFromVolume(study.result.flair) if study.result is not None else None
