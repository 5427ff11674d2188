"""One patient from files to a report: read, outline where there is no outline, measure, align, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.growth.alignment import Alignment, align
from lggseg.growth.conclusion import Seen, SeriesResult, conclude
from lggseg.growth.finding import Study
from lggseg.growth.measurement_error import MeasurementError, interval_of
from lggseg.growth.measuring import time_point
from lggseg.growth.timeline import Treatment
from lggseg.volumes import io, notes
from lggseg.volumes.masks import on_grid, read_mask


@dataclass(frozen=True)
class Outline:
    """What an outliner gives for a FLAIR volume.

    Attributes:
        flair: The volume.
        mask: On its grid.
        origin: What made it.
        doubt: Its interval where that is known: ``volume_low_ml``, ``volume_high_ml`` and their ``coverage``.
        notes: What a reader has to know.
    """

    flair: sitk.Image | None
    mask: sitk.Image
    origin: str
    doubt: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


Outliner = Callable[[str], Outline]
"""Reads and outlines a FLAIR volume: a path, perhaps with the UID of a series."""
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
    said: list[str] = []
    seen: list[Seen] = []
    for study in studies:
        step(f"{patient}: {study.day}")
        outline = _outline(study, outliner, choices)
        said += [f"{study.day}: {note}" for note in outline.notes]
        point = time_point(outline.mask, study.day, origin=outline.origin, name=study.name)
        interval = interval_of(point.volume_ml, outline.doubt)
        seen.append(Seen(replace(point, interval_ml=interval), outline.mask, outline.flair))
    seen = _aligned(seen, choices, lambda day: step(f"{patient}: aligning {day}"), said)
    return conclude(patient, seen, treatments, choices.error, said)


def _outline(study: Study, outliner: Outliner, choices: Choices) -> Outline:
    """Return the mask that there is, or outline the FLAIR volume."""
    if study.mask is not None and not choices.recompute:
        mask = read_mask(study.mask)
        flair = io.read_volume(study.flair) if study.flair is not None and choices.align else None
        if flair is not None:
            on_grid(mask, flair, str(study.mask))  # refuses one that lies elsewhere
        return Outline(flair, mask, study.origin, study.doubt, (*study.notes, *notes.of(mask)))
    if study.flair is None:
        msg = f"{study.mask}: expected a FLAIR volume to outline anew, got a mask alone; add it or omit --recompute"
        raise InputError(msg)
    outline = outliner(study.flair)
    return replace(outline, notes=(*study.notes, *outline.notes))


def _aligned(seen: list[Seen], choices: Choices, begin: Callable[[date], None], said: list[str]) -> list[Seen]:
    """Align every study that can be with the first; the others are measured all the same."""
    if choices.aligned:
        same = Alignment(sitk.Euler3DTransform(), 1.0, 1.0, 0.0, 0.0, stated=True)
        return [replace(one, alignment=same) for one in seen]
    first, *later = seen
    return [first, *(_align_one(first, one, choices, begin, said) for one in later)]


def _align_one(first: Seen, one: Seen, choices: Choices, begin: Callable[[date], None], said: list[str]) -> Seen:
    day = one.point.date
    if not choices.align or first.flair is None or one.flair is None:
        return one
    begin(day)
    try:
        alignment = align(first.flair, first.mask, one.flair, one.mask)
    except InputError as error:
        said.append(f"{day}: {error}")
        return one
    return replace(one, alignment=alignment)
