"""One patient from files to a report: read, outline where there is no outline, measure, align, compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.growth import change
from lggseg.growth.alignment import Alignment, align, bring
from lggseg.growth.analysis import analyse
from lggseg.growth.finding import Study
from lggseg.growth.measurement_error import MeasurementError
from lggseg.growth.measuring import time_point, with_new_lesions
from lggseg.growth.report import GrowthReport
from lggseg.growth.timeline import TimePoint, Treatment, split
from lggseg.volumes import io
from lggseg.volumes.geometry import corners


@dataclass(frozen=True)
class Outline:
    """What an outliner gives for a FLAIR volume.

    Attributes:
        mask: On the grid of the volume.
        origin: What made it.
        interval_ml: Lowest and highest volume that it leaves open, where that is known.
        notes: What a reader has to know.
    """

    mask: sitk.Image
    origin: str
    interval_ml: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


Outliner = Callable[[sitk.Image], Outline]
Step = Callable[[str], None]
"""Is told in words what begins; what it raises ends the run."""


@dataclass(frozen=True)
class Choices:
    """How a series is to be worked up.

    Attributes:
        recompute: Outline every FLAIR volume anew, whether there is a mask or not.
        align: Align the studies with the first.
        aligned: The studies lie in one space already.
        error: Error of a measurement.
    """

    recompute: bool = False
    align: bool = True
    aligned: bool = False
    error: MeasurementError = field(default_factory=MeasurementError)


@dataclass(frozen=True)
class Seen:
    """A study with its volumes.

    Attributes:
        point: What was measured.
        mask: On its own grid.
        flair: The volume, where there is one.
        alignment: How it lies in the space of the first study; None where nobody aligned it.
    """

    point: TimePoint
    mask: sitk.Image
    flair: sitk.Image | None
    alignment: Alignment | None = None


@dataclass(frozen=True)
class SeriesResult:
    """All that is known of one patient.

    Attributes:
        report: The numbers.
        seen: The studies with their volumes, in order of date.
        maps: Change since the first study as a label map on its grid, by day; see :mod:`lggseg.growth.change`.
        notes: What a reader has to know of single studies.
    """

    report: GrowthReport
    seen: tuple[Seen, ...]
    maps: dict[date, sitk.Image]
    notes: tuple[str, ...] = ()


def run_series(
    patient: str,
    studies: Sequence[Study],
    treatments: Sequence[Treatment],
    outliner: Outliner,
    choices: Choices,
    step: Step,
) -> SeriesResult:
    """Work up the studies of one patient.

    Args:
        patient: Name for people.
        studies: In order of date.
        treatments: In any order.
        outliner: Outlines a FLAIR volume; called only where it is needed.
        choices: How.
        step: Is told what begins.

    Raises:
        LggsegError: With a message that names the study.
    """
    notes: list[str] = []
    seen: list[Seen] = []
    for study in studies:
        step(f"{patient}: {study.day}")
        seen.append(_see(study, outliner, choices, notes))
    seen = _aligned(seen, choices, patient, step)
    points = _with_new_lesions(seen, treatments)
    seen = [replace(one, point=point) for one, point in zip(seen, points, strict=True)]
    report = analyse(points, treatments, patient=patient, error=choices.error)
    maps = {
        one.point.date: change.change_map(seen[0].mask, one.mask, one.alignment.transform)
        for one in seen[1:]
        if one.alignment is not None
    }
    return SeriesResult(report, tuple(seen), maps, tuple(notes))


def _see(study: Study, outliner: Outliner, choices: Choices, notes: list[str]) -> Seen:
    notes += [f"{study.day}: {note}" for note in study.notes]
    outline_it = choices.recompute or study.mask is None
    flair = io.read_volume(study.flair) if study.flair is not None and (outline_it or choices.align) else None
    if not outline_it:
        mask = io.read_volume(str(study.mask))
        if flair is not None:
            _refuse_apart(study, flair, mask)
        return Seen(time_point(mask, study.day, origin=study.origin, name=study.name), mask, flair)
    if flair is None:
        msg = f"{study.mask}: expected a FLAIR volume to outline anew, got a mask alone; add it or omit --recompute"
        raise InputError(msg)
    outline = outliner(flair)
    notes += [f"{study.day}: {note}" for note in outline.notes]
    interval, origin = outline.interval_ml, outline.origin
    return Seen(
        time_point(outline.mask, study.day, interval_ml=interval, origin=origin, name=study.name), outline.mask, flair
    )


def _refuse_apart(study: Study, flair: sitk.Image, mask: sitk.Image) -> None:
    """Make sure that mask and FLAIR lie in one space: a header that was lost puts the mask elsewhere."""
    boxes = [(corners(image).min(axis=0), corners(image).max(axis=0)) for image in (flair, mask)]
    shared = [
        min(a, b) - max(c, d) for (a, b, c, d) in zip(boxes[0][1], boxes[1][1], boxes[0][0], boxes[1][0], strict=True)
    ]
    whole = [high - low for low, high in zip(*boxes[1], strict=True)]
    if any(part < 0.5 * length for part, length in zip(shared, whole, strict=True)):
        msg = (
            f"{study.mask}: expected a mask that lies in its FLAIR volume {study.flair}, got one elsewhere in space; "
            "correct its header, or leave the FLAIR volume out with --no-align"
        )
        raise InputError(msg)


def _aligned(seen: list[Seen], choices: Choices, patient: str, step: Step) -> list[Seen]:
    """Align every study that can be with the first."""
    if choices.aligned:
        same = Alignment(sitk.Euler3DTransform(), 1.0, 1.0, 0.0, 0.0, stated=True)
        return [replace(one, alignment=same) for one in seen]
    first = seen[0]
    if not choices.align or first.flair is None:
        return seen
    done = [first]
    for one in seen[1:]:
        if one.flair is not None:
            step(f"{patient}: aligning {one.point.date}")
            one = replace(one, alignment=align(first.flair, first.mask, one.flair, one.mask))  # noqa: PLW2901
        done.append(one)
    return done


def _with_new_lesions(seen: Sequence[Seen], treatments: Sequence[Treatment]) -> list[TimePoint]:
    """Look for new lesions in every study that lies reliably in the space of its part's baseline."""
    by_day = {one.point.date: one for one in seen}
    found = {one.point.date: one.point for one in seen}
    for part in split([one.point for one in seen], treatments):
        baseline, *later = (by_day[point.date] for point in part.assessed)
        for one in later:
            transform = _between(one, baseline, first=seen[0])
            if transform is not None:
                known = bring(baseline.mask, one.mask, transform, mask=True)
                found[one.point.date] = with_new_lesions(one.point, one.mask, known)
    return [found[one.point.date] for one in seen]


def _between(one: Seen, baseline: Seen, *, first: Seen) -> sitk.Transform | None:
    """Return the transform from points of a study to points of a baseline; None where one is not reliably aligned."""
    legs = []
    for study, inverse in ((baseline, False), (one, True)):
        if study is first:
            continue
        if study.alignment is None or study.alignment.doubtful:
            return None
        legs.append(study.alignment.transform.GetInverse() if inverse else study.alignment.transform)
    return sitk.CompositeTransform(legs) if legs else sitk.Transform(3, sitk.sitkIdentity)
