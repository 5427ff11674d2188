"""Finds the studies in folders: which files belong together, of whom and of which day they are.

Nothing is guessed in silence: two days in one name, two people in one series or two candidates for FLAIR are refused
with the files named.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lggseg.cohort.patients import patient_key
from lggseg.errors import InputError
from lggseg.growth.dates import StudyTable, dates_in, without_dates
from lggseg.growth.record import record_in
from lggseg.growth.walking import Volume, volumes_in
from lggseg.segmentation import input_check
from lggseg.volumes import io
from lggseg.volumes.sequence import Kind, kind_of_name
from lggseg.volumes.studies.choice import choose
from lggseg.volumes.studies.index import index_of

_SECONDARY = (Kind.T1, Kind.T1_CONTRAST, Kind.T2, Kind.DIFFUSION, Kind.CT, Kind.OTHER)
_FILLING = re.compile(
    r"(?i)(?<![a-z0-9])(flair|t2f|masks?|labels?|seg(mentations?)?|study|session|ses|scan|visit|mri?|mr|brain|date|"
    r"\.?nii(\.gz)?|nrrd|nhdr|mha|mhd|seg\.nrrd)(?![a-z0-9])"
)


@dataclass(frozen=True)
class Study:
    """The files of one study.

    Attributes:
        patient: Name for people.
        day: Day of the study.
        flair: What ``lggseg.volumes.io.read_volume`` reads, where there is a FLAIR volume.
        mask: File of the mask, where there is one.
        origin: What made the mask, where that is known.
        doubt: What the record of the mask says of its interval: ``volume_low_ml``, ``volume_high_ml``, ``coverage``.
        person: PatientID of its DICOM tags.
        notes: What a reader has to know.
    """

    patient: str
    day: date
    flair: str | None
    mask: Path | None
    origin: str = ""
    person: str = ""
    notes: tuple[str, ...] = ()
    doubt: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """Where it came from, for people."""
        return Path(self.mask or str(self.flair).partition(io.SERIES_SEPARATOR)[0]).name


def find_studies(
    paths: Sequence[Path], *, table: StudyTable | None = None, pattern: str | None = None
) -> dict[str, list[Study]]:
    """Find the studies in files and folders, by patient, in order of date.

    Args:
        paths: Studies, folders of studies, folders of patients with folders of studies, masks, or folders of masks.
        table: Says of which day, and perhaps of whom, each is. Before DICOM tags, and these before names.
        pattern: Rule for the patient: a regular expression on the path; its first group (or all it matches).

    Raises:
        FormatError: If a path does not exist.
        InputError: If there is nothing, a day is missing or ambiguous, people are mixed, or it is not clear which
            volume is FLAIR or the mask.
    """
    volumes = [volume for path in paths for volume in volumes_in(path.absolute(), path.absolute())]
    if not volumes:
        msg = f"{', '.join(map(str, paths))}: expected studies or masks, got no volume; choose another folder"
        raise InputError(msg)
    if table is not None and (unused := table.unused([volume.path for volume in volumes])):
        msg = f"{table.path}: expected studies among those given, got {', '.join(unused)}; correct the paths"
        raise InputError(msg)
    volumes = list({volume.path: volume for volume in reversed(volumes)}.values())[::-1]  # given twice counts once
    patients = _people({volume: _patient(volume, table, pattern) for volume in volumes}, told=bool(table or pattern))
    groups: dict[tuple[str, date], list[Volume]] = {}
    for volume in volumes:
        groups.setdefault((patients[volume], _day(volume, table)), []).append(volume)
    series: dict[str, list[Study]] = {}
    for (patient, day), members in sorted(groups.items()):
        series.setdefault(patient, []).append(_study(patient, day, members))
    for patient, studies in series.items():
        _refuse_two_people(patient, studies)
    return series


def _names(volume: Volume) -> list[str]:
    """Return the names that may tell day and patient: of the volume itself and the folders up to the one named."""
    below = volume.path.relative_to(volume.root).parts
    return [*reversed(below), volume.root.name]


def _day(volume: Volume, table: StudyTable | None) -> date:
    if table is not None and (row := table.find(volume.path)):
        return row[0]
    if volume.day is not None:
        return volume.day
    for name in _names(volume):
        found = dates_in(name)
        if len(found) > 1:
            msg = f"{volume.path}: expected one day in «{name}», got {', '.join(map(str, found))}; name it in --dates"
            raise InputError(msg)
        if found:
            return found[0]
    msg = (
        f"{volume.path}: expected the day of the study in its DICOM tags or its name (such as 2020-03-04), got "
        "neither; name it in a table: --dates CSV with the columns study, date"
    )
    raise InputError(msg)


def _patient(volume: Volume, table: StudyTable | None, pattern: str | None) -> str:
    if table is not None and (row := table.find(volume.path)) and row[1]:
        return row[1]
    if pattern is not None:
        return patient_key(volume.path.as_posix(), pattern)
    # The name with the day in it, then the folders above, the first that says more than that it is a study.
    names = [*_names(volume), volume.root.parent.name]
    dated = next((n for n, name in enumerate(names) if dates_in(name)), 1)
    for name in names[dated:]:
        left = _FILLING.sub("", without_dates(name)).strip("-_. ")
        if left:
            return patient_key(left)
    return volume.root.name


def _people(patients: dict[Volume, str], *, told: bool) -> dict[Volume, str]:
    """Give the volumes of one person by their DICOM tags one name, where their folders have several.

    It is that of the folder that holds them all, or a number where that folder holds others too.
    """
    result = dict(patients)
    for number, person in enumerate(dict.fromkeys(volume.person for volume in patients if volume.person), start=1):
        own = [volume for volume in patients if volume.person == person]
        if told or len({patients[volume] for volume in own}) == 1:
            continue
        folder = Path(os.path.commonpath([volume.path for volume in own]))
        shared = any(volume.person != person and folder in volume.path.parents for volume in patients)
        result |= dict.fromkeys(own, f"patient {number}" if shared else folder.name)
    return result


def _study(patient: str, day: date, members: Sequence[Volume]) -> Study:
    record = record_in(dict.fromkeys(volume.path.parent for volume in members))
    if record is not None and all(volume.path != record.mask for volume in members):
        record = None
    kinds = {volume: _kind(volume) for volume in members}
    masks = [volume.path for volume in members if kinds[volume] == Kind.MASK]
    if record is not None:
        masks = list(dict.fromkeys((record.mask, *masks)))  # one beside it may be a correction of it: nobody can tell
    mask = _one(masks, "mask", patient, day)
    source, notes = _flair(kinds, patient, day, refuse=mask is None)
    if record is not None:
        source, notes = source or record.flair, (*record.notes, *notes)
    if source is None and mask is None:
        msg = f"{members[0].path}: expected a FLAIR volume or a mask for {day}, got neither; name the files so"
        raise InputError(msg)
    notes = (*notes, *_other_days(members, day))
    person = next((volume.person for volume in members if volume.person), "")
    origin, doubt = ("", {}) if record is None else (record.origin, record.doubt)
    return Study(patient, day, source, mask, origin, person, notes, doubt)


def _other_days(members: Sequence[Volume], day: date) -> tuple[str, ...]:
    """Say where a name or DICOM holds another day than the one that is used.

    DICOM's own is not named: a table may be there to keep it out of the results.
    """
    named = {name: dates_in(name) for volume in members for name in _names(volume)}
    others = [name for name, days in named.items() if days and day not in days]
    said = [f"«{name}» names another day; {day} is used, from --dates or DICOM's StudyDate." for name in others]
    if any(volume.day not in (None, day) for volume in members):
        said.append(f"DICOM's StudyDate is another day; {day} is used, from --dates.")
    return tuple(said)


def _flair(
    kinds: Mapping[Volume, Kind], patient: str, day: date, *, refuse: bool
) -> tuple[str | None, tuple[str, ...]]:
    """Return what to read FLAIR from, and what to say of the choice.

    Without a mask it is refused if that is not clear; with one the study can still be measured.
    """
    files = [volume.path for volume, kind in kinds.items() if kind == Kind.FLAIR]
    files = files or [volume.path for volume, kind in kinds.items() if kind == Kind.UNKNOWN]
    slices = [volume.path for volume in kinds if volume.dicom]
    try:
        if slices and not files:
            return _series(slices, f"{patient}, {day}", certain=not refuse)
        path = _one(files, "FLAIR volume", patient, day)
        return (None if path is None else str(path)), ()
    except InputError as error:
        if refuse:
            raise
        return None, (f"No FLAIR volume was taken: {error}",)


def _series(folders: Sequence[Path], name: str, *, certain: bool) -> tuple[str | None, tuple[str, ...]]:
    """Choose the FLAIR series of a DICOM study as ``lggseg segment`` does.

    What is certainly no FLAIR is refused here where nobody will look at it again, that is where there is a mask.
    """
    found = [(folder, series) for folder in folders for series in index_of(folder).series]
    if not found:
        return None, ()
    choice = choose([series for _, series in found], name=name, advice="give the folder of one of them alone")
    input_check.refuse(choice.flair.assessment, force=not certain)
    folder = next(folder for folder, series in found if series is choice.flair)
    return f"{folder}{io.SERIES_SEPARATOR}{choice.flair.uid}", choice.notes[:1]


def _kind(volume: Volume) -> Kind:
    if volume.path.is_dir():
        return Kind.OTHER if volume.dicom else Kind.FLAIR  # of TIFF slices, FLAIR is read
    kind = kind_of_name(volume.path.name)
    return Kind.OTHER if kind in _SECONDARY else kind


def _one(found: Sequence[Path], what: str, patient: str, day: date) -> Path | None:
    if len(found) > 1:
        names = ", ".join(map(str, found))
        msg = f"{patient}, {day}: expected one {what}, got {names}; give one of them, or each a day of its own"
        raise InputError(msg)
    return found[0] if found else None


def _refuse_two_people(patient: str, studies: Sequence[Study]) -> None:
    """Make sure that the DICOM tags of a series name one person; what they name is not shown."""
    known = {study.person: study for study in studies if study.person}
    if len(known) > 1:
        first, second = list(known.values())[:2]
        msg = (
            f"{patient}: expected studies of one person, got {first.name} of {first.day} and {second.name} of "
            f"{second.day} with different PatientID; give one person, or say with --patient or --dates who is who"
        )
        raise InputError(msg)
