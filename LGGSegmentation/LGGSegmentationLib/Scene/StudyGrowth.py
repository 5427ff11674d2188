"""Growth over the time points of a patient: their outlines as they are now, measured and judged by the core."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from lggseg.errors import InputError
from lggseg.growth.timeline import Treatment
from LGGSegmentationLib.Scene import TimePoints, VolumeExchange
from LGGSegmentationLib.Scene.Contours import isAsRun
from LGGSegmentationLib.Scene.Result import Result, fingerprint
from LGGSegmentationLib.Scene.Texts import _

if TYPE_CHECKING:
    from lggseg.growth.conclusion import Seen, SeriesResult
    from lggseg.growth.report import GrowthReport

_TREATMENTS_ATTRIBUTE = "LGGSegmentation.Treatments"


class Growth:
    """Judges growth, and measures an outline anew only where it, its threshold or its day has changed."""

    def __init__(self) -> None:
        """Start knowing none."""
        self._known: dict[str, tuple[Any, Seen, tuple[str, ...]]] = {}

    def report(self, tableNode: Any) -> GrowthReport:
        """Say how the abnormality of a patient grew: from the measurements alone, without looking at the volumes.

        Args:
            tableNode: The time points of the patient.

        Raises:
            InputError: If a day is missing or doubled, or an outline is gone, with a sentence for the user.
        """
        from lggseg.growth import analyse  # noqa: PLC0415  (scipy: not for whoever opens the panel)

        studies = [seen.point for seen, _notes in self._studies(tableNode)]
        return analyse(studies, treatmentsOf(tableNode))

    def inputs(self, tableNode: Any) -> tuple[list[Seen], tuple[Treatment, ...], list[str]]:
        """Return what ``lggseg.growth.series.compare`` takes: studies, treatments, and notes on single studies.

        They hold copies of the volumes, so that the comparison, which aligns them, can run beside the scene.

        Raises:
            InputError: As ``report``.
        """
        studies = self._studies(tableNode)
        notes = [f"{seen.point.date}: {note}" for seen, notes in studies for note in notes]
        return [seen for seen, _notes in studies], treatmentsOf(tableNode), notes

    def forget(self) -> None:
        """Forget all: another scene comes."""
        self._known.clear()

    def _studies(self, tableNode: Any) -> list[tuple[Seen, tuple[str, ...]]]:
        points = TimePoints.read(tableNode)
        return [self._study(point, TimePoints.resultOf(tableNode.GetScene(), point)) for point in points]

    def _study(self, point: TimePoints.TimePoint, result: Result | None) -> tuple[Seen, tuple[str, ...]]:
        if not point.date:
            raise InputError(_("{name}: growth needs the day of each scan; type it.").format(name=point.name))
        if result is None:
            text = _("{name}: the outline is gone; load it again, or remove its row.")
            raise InputError(text.format(name=point.name))
        state = (result.node.GetID(), fingerprint(result.mask()), result.threshold, point.date, point.name)
        known = self._known.get(point.identifier)
        if known is None or known[0] != state:
            self._known[point.identifier] = known = (state, *_measured(point, result))
        return known[1:]


def compare(
    patient: str, studies: Sequence[Seen], treatments: Sequence[Treatment], notes: Sequence[str]
) -> SeriesResult:
    """Align and compare studies: what ``Growth.inputs`` gives, in a thread of its own if need be."""
    from lggseg.growth.series import compare as run  # noqa: PLC0415  (Pillow, which not every build of Slicer has)

    return run(patient, studies, treatments, notes=notes)


def treatmentsOf(tableNode: Any) -> tuple[Treatment, ...]:
    """Return the treatments that were noted beside the time points of a patient, in order of date."""
    noted = json.loads(tableNode.GetAttribute(_TREATMENTS_ATTRIBUTE) or "[]")
    return tuple(Treatment(date.fromisoformat(day), kind) for day, kind in noted)


def setTreatments(tableNode: Any, treatments: Sequence[Treatment]) -> None:
    """Note the treatments of a patient beside the time points, saved with the scene."""
    noted = sorted({(treatment.date.isoformat(), treatment.kind) for treatment in treatments})
    tableNode.SetAttribute(_TREATMENTS_ATTRIBUTE, json.dumps(noted))


def _measured(point: TimePoints.TimePoint, result: Result) -> tuple[Seen, tuple[str, ...]]:
    from lggseg.growth.record import EDITED_NOTE  # noqa: PLC0415
    from lggseg.growth.series import Outline, seen_of  # noqa: PLC0415

    record = result.report
    # What the model says of its outline holds for that one alone.
    doubt = record.get("doubt") or {} if isAsRun(result) else {}
    notes = [str(note) for note in record.get("notes", ())]
    if result.isEdited():
        notes.append(EDITED_NOTE)
    flair = VolumeExchange.imageFromVolume(result.flair)
    outline = Outline(flair, result.image(), _originOf(record), doubt, tuple(notes))
    return seen_of(outline, date.fromisoformat(point.date), point.name), outline.notes


def _originOf(record: dict[str, Any]) -> str:
    """Return what made an outline, in the words of ``lggseg growth``; empty where the record does not say."""
    from lggseg.growth.record import origin_of  # noqa: PLC0415

    try:
        return origin_of(record["model"], record["threshold"], record["components"])
    except (KeyError, TypeError):
        return ""
