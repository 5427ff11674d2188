"""From measured and aligned studies of one patient to what is known of the growth; no file is read or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import SimpleITK as sitk

from lggseg.growth import change
from lggseg.growth.alignment import Alignment, bring
from lggseg.growth.analysis import analyse
from lggseg.growth.measurement_error import MeasurementError
from lggseg.growth.measuring import with_new_lesions
from lggseg.growth.report import GrowthReport
from lggseg.growth.timeline import TimePoint, Treatment, in_order, split


@dataclass(frozen=True)
class Seen:
    """A study with its volumes.

    Attributes:
        point: What was measured.
        mask: On its own grid; None where only the numbers are left.
        flair: The volume, where there is one.
        alignment: How it lies in the space of the first study; None where nobody aligned it.
    """

    point: TimePoint
    mask: sitk.Image | None
    flair: sitk.Image | None
    alignment: Alignment | None = None


@dataclass(frozen=True)
class SeriesResult:
    """All that is known of one patient.

    Attributes:
        report: The numbers.
        seen: The studies with their volumes, in order of date.
        notes: What a reader has to know of single studies.
    """

    report: GrowthReport
    seen: tuple[Seen, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def maps(self) -> dict[date, sitk.Image]:
        """Change since the first study as a label map on its grid, by day; see :mod:`lggseg.growth.change`."""
        first = self.seen[0]
        return {
            one.point.date: change.change_map(first.mask, one.mask, one.alignment.transform)
            for one in self.seen[1:]
            if one.alignment is not None and one.mask is not None and first.mask is not None
            if one.point.origin == first.point.origin
        }


def conclude(
    patient: str,
    seen: Sequence[Seen],
    treatments: Sequence[Treatment],
    error: MeasurementError,
    notes: Sequence[str] = (),
) -> SeriesResult:
    """Look for new lesions, and say how the abnormality grew.

    Args:
        patient: Name for people.
        seen: The studies; the first by date is the one that others are aligned with.
        treatments: In any order.
        error: Error of a measurement.
        notes: What is known of single studies already.

    Raises:
        InputError: If there is no study, or two events of one day have no order.
    """
    in_order(one.point for one in seen)
    ordered = sorted(seen, key=lambda one: one.point.date)
    points = _with_new_lesions(ordered, treatments)
    said = [*notes, *map(_doubtful, ordered), *map(_look, points)]
    ordered = [replace(one, point=point) for one, point in zip(ordered, points, strict=True)]
    report = analyse(points, treatments, patient=patient, error=error)
    return SeriesResult(report, tuple(ordered), tuple(dict.fromkeys(filter(None, said))))


def _with_new_lesions(seen: Sequence[Seen], treatments: Sequence[Treatment]) -> list[TimePoint]:
    """Look for new lesions in every study that lies reliably in the space of its part's baseline."""
    by_day = {one.point.date: one for one in seen}
    found = {one.point.date: one.point for one in seen}
    for part in split([one.point for one in seen], treatments):
        baseline, *later = (by_day[point.date] for point in part.assessed)
        for one in later:
            transform = between(one, baseline, first=seen[0])
            if transform is not None and baseline.mask is not None and one.mask is not None:
                known = bring(baseline.mask, one.mask, transform, mask=True)
                found[one.point.date] = with_new_lesions(one.point, one.mask, known)
    return [found[one.point.date] for one in seen]


def _doubtful(one: Seen) -> str:
    if one.alignment is None or not one.alignment.doubtful:
        return ""
    return f"{one.point.date}: the alignment with the first study is doubtful; it failed, or this is another head."


def _look(point: TimePoint) -> str:
    if not point.new_lesions:
        return ""
    pieces = "1 measurable piece lies" if point.new_lesions == 1 else f"{point.new_lesions} measurable pieces lie"
    return (
        f"{point.date}: {pieces} away from the abnormality of the baseline. Look before you believe it: a bright spot "
        "that is no lesion adds to the volume and makes a progression; correct the mask then."
    )


def between(one: Seen, baseline: Seen, *, first: Seen) -> sitk.Transform | None:
    """Return the transform from points of a study to points of a baseline; None where one is not reliably aligned.

    Args:
        one: The study.
        baseline: The study to go to.
        first: The study that all others are aligned with.
    """
    legs = []
    for study, inverse in ((baseline, False), (one, True)):
        if study is first:
            continue
        if study.alignment is None or study.alignment.doubtful:
            return None
        legs.append(study.alignment.transform.GetInverse() if inverse else study.alignment.transform)
    return sitk.CompositeTransform(legs) if legs else sitk.Transform(3, sitk.sitkIdentity)
