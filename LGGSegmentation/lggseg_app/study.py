"""What a person brought: its series, which of them is what, and the volumes once they are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.growth.dates import dates_in
from lggseg.segmentation.hospital import OpenStudy, open_study
from lggseg.segmentation.request import SegmentRequest
from lggseg.segmentation.study import Study, read_study
from lggseg.volumes import geometry, io, tiff_stack
from lggseg.volumes.dicom_header import read_dataset
from lggseg.volumes.sequence import assess
from lggseg.volumes.studies.choice import ROLES, candidates, choose
from lggseg.volumes.studies.index import Index, has_volume_suffix, series_of_volume
from lggseg.volumes.studies.places import Place, files_in, is_packed
from lggseg.volumes.studies.series import UNKNOWN_PLANE, Series
from LGGSegmentationLib.Scene import VolumeExchange

_LISTED_REASONS = 3


@dataclass(frozen=True)
class StudyFiles:
    """The series of a study, not read yet.

    Attributes:
        opened: Where they are; what was unpacked or sent goes with the last reference to it.
        name: What the person knows it by.
        wanted: Number of the series that was named, where a file of one was.
    """

    opened: OpenStudy
    name: str
    wanted: int | None = None
    _tags: dict[int, Any] = field(default_factory=dict)

    @property
    def series(self) -> tuple[Series, ...]:
        """All image series, or volume files where there is no DICOM."""
        return self.opened.index.series

    def titles(self) -> list[dict[str, Any]]:
        """Return the series as they are offered: ``title``, ``value`` and, in ``subtitle``, what speaks against it."""
        days = {one.day for one in self.series}
        listed = []
        for number, one in enumerate(candidates(self.series)):
            said = one.reasons_against if one.role else one.reasons_for
            title = one.series.label if one.series.is_dicom else one.series.description
            day = f" ({_iso(one.series.day)})" if len(days) > 1 else ""
            listed.append({"title": title + day, "value": number, "subtitle": "; ".join(said[:_LISTED_REASONS])})
        return listed

    def roles(self, flair: int | None = None) -> dict[str, int]:
        """Return the number of the series of each role, as ``lggseg segment`` chooses them; none where it would ask.

        Args:
            flair: The FLAIR series, where a person named it.
        """
        flair = self.wanted if flair is None else flair
        try:
            choice = choose(self.series, None if flair is None else self.series[flair].uid, name=self.name)
        except InputError:
            return {}
        found = {role: getattr(choice, role) for role in ROLES}
        return {role: number for role, one in found.items() for number, other in enumerate(self.series) if one is other}

    def question(self) -> str:
        """Return what is asked where it is not clear which series is FLAIR."""
        fitting = sum(one.role == "flair" and one.fits for one in candidates(self.series))
        found = f"{fitting} series fit" if fitting else "none is certainly one"
        return (
            f"Which of the {len(self.series)} series is the axial T2-FLAIR? {found[0].upper()}{found[1:]}: choose it."
        )

    def request(self, numbers: Mapping[str, int], *, force: bool) -> SegmentRequest:
        """Return the request that names series by role, as the command line would.

        Raises:
            InputError: If a series is named twice.
        """
        if len(set(numbers.values())) < len(numbers):
            msg = "expected another series for each sequence, got one twice; choose another, or none"
            raise InputError(msg)
        chosen = {role: self.series[number] for role, number in numbers.items()}
        flair = chosen.pop("flair")
        source = f"{self.opened.path}{io.SERIES_SEPARATOR}{flair.uid}" if flair.is_dicom else str(flair.files[0])
        others = {role: one.uid if one.is_dicom else str(one.files[0]) for role, one in chosen.items()}
        return SegmentRequest(source, others.get("pre"), others.get("post"), force=force)

    def read(self, request: SegmentRequest) -> Study:
        """Read the volumes of a request, FLAIR or not.

        Raises:
            InputError: If they cannot be used; files are called as the person knows them.
        """
        is_dicom = io.SERIES_SEPARATOR in str(request.flair)
        try:
            return read_study(replace(request, force=True), self.opened if is_dicom else None)
        except InputError as error:
            raise type(error)(self._plain(str(error))) from error

    def tag(self, number: int, tag: str) -> str:
        """Return the value of a DICOM tag, written as ``0010,0020``; empty where there is none."""
        one = self.series[number]
        if not one.is_dicom:
            return ""
        if number not in self._tags:
            self._tags[number] = read_dataset(one.files[0])
        element = self._tags[number].get(tuple(int(part, 16) for part in tag.split(",")))
        return "" if element is None else str(element.value or "")

    def day_in_name(self, number: int) -> str:
        """Return the day that the name of a volume file holds, in ISO form; empty where it holds none or several."""
        found = () if self.series[number].is_dicom else dates_in(self.series[number].description)
        return found[0].isoformat() if len(found) == 1 else ""

    def _plain(self, text: str) -> str:
        for folder in dict.fromkeys((self.opened.place.folder, self.opened.path, self.opened.path.parent)):
            text = text.replace(f"{folder}/", "").replace(str(folder), self.name)
        return text


def sent_study(folder: Path) -> StudyFiles:
    """Open what came into a folder, which goes when it is no longer needed: files, a folder, or a zip.

    Raises:
        InputError: If there is no volume in it.
    """
    files = list(files_in(folder))
    sent = Place(folder, temporary=True)
    if len(files) == 1 and is_packed(files[0]):
        opened = open_study(files[0])  # unpacked elsewhere: the zip itself goes
        return _with_series(OpenStudy(files[0], opened.place, opened.index), files[0].name)
    opened = open_study(folder)
    tops = {file.relative_to(folder).parts[0] for file in files}
    name = tops.pop() if len(tops) == 1 else "the study"
    return _with_series(OpenStudy(folder, sent, opened.index), name)


def named_study(path: Path) -> StudyFiles:
    """Open a study by its name, as the command line does.

    Raises:
        InputError: If there is no volume in it.
    """
    if path.is_dir() or is_packed(path):
        return _with_series(open_study(path), path.name)
    if has_volume_suffix(path):
        index = Index((series_of_volume(path, path.parent),))
        return StudyFiles(OpenStudy(path.parent, Place(path.parent), index), path.name)
    opened = open_study(path.parent)
    holding = [number for number, one in enumerate(opened.index.series) if path in one.files]
    if not holding:
        msg = f"{path.name}: expected a volume or a folder of slices, got a file of another kind; choose another"
        raise InputError(msg)
    return StudyFiles(opened, path.name, wanted=holding[0])


def add_volume(scene: Any, image: sitk.Image, name: str) -> Any:
    """Put an image into a scene; return its node."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", scene.GenerateUniqueName(name))
    VolumeExchange.setVoxels(node, sitk.GetArrayFromImage(image))
    node.SetIJKToRASMatrix(VolumeExchange.matrixOfArray(geometry.ras_affine(image)))
    node.CreateDefaultDisplayNodes()
    return node


def _with_series(opened: OpenStudy, name: str) -> StudyFiles:
    """Return the study; without DICOM and volume files, its folders of TIFF slices."""
    if opened.index.series:
        return StudyFiles(opened, name)
    folders = sorted({file.parent for file in files_in(opened.place.folder)})
    found = tuple(_of_slices(folder) for folder in folders if tiff_stack.is_tiff_folder(folder))
    if found:
        return StudyFiles(replace(opened, index=Index(found)), name)
    unread = f"; {len(opened.index.unread)} files are damaged DICOM" if opened.index.unread else ""
    msg = f"{name}: expected NIfTI, NRRD, MetaImage, DICOM or TIFF slices, got none of them{unread}; choose another"
    raise InputError(msg)


def _of_slices(folder: Path) -> Series:
    name = folder.name
    return Series(str(folder), "", name, {}, assess(None, {}, name), UNKNOWN_PLANE, 0, files=(folder,))


def _iso(day: str) -> str:
    found = dates_in(day)
    return found[0].isoformat() if found else day or "no date"
