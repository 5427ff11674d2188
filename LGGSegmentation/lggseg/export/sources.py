"""The source images of a result: one dataset a slice, in the order of the mask, complete enough to refer to."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.volumes.dicom_header import read_dataset

_MUST_BE_THERE = {  # may be empty, must not be absent, in objects that refer to the study
    "PatientName": "", "PatientID": "", "PatientBirthDate": "", "PatientSex": "", "StudyDate": "", "StudyTime": "",
    "StudyID": "", "AccessionNumber": "", "ReferringPhysicianName": "", "PositionReferenceIndicator": "",
    "SeriesNumber": None, "InstanceNumber": None,
}  # fmt: skip
_FARTHEST_SHARE = 0.1  # of a voxel, by which a slice may lie beside its place in the mask


class Sources:
    """Datasets of the FLAIR series, and which frame of the mask belongs to which of them.

    Attributes:
        datasets: One a slice from the lowest index of the mask up, or the one multi-frame file.
        frames: ``frames[n]`` is the slice of the mask that the nth source frame shows.
    """

    def __init__(self, datasets: Sequence[Any], frames: Sequence[int]) -> None:
        self.datasets = list(datasets)
        self.frames = list(frames)


def sources_of(files: Iterable[Path], mask: sitk.Image, name: str) -> Sources:
    """Read the source images that a mask belongs to.

    Args:
        files: Those of the FLAIR series.
        mask: On the grid of the series.
        name: What to call the series in a message.

    Raises:
        InputError: If the mask does not lie on the slices of the series.
    """
    datasets = [_completed(read_dataset(file)) for file in files]
    _share_frame_of_reference(datasets)
    if len(datasets) == 1 and int(datasets[0].get("NumberOfFrames") or 1) > 1:
        dataset = datasets[0]
        places = [_frame_position(dataset, group, name) for group in dataset.PerFrameFunctionalGroupsSequence]
        frames = [_slice_at(mask, place) for place in places]
        _refuse_elsewhere(frames, mask, name)
        return Sources([dataset], [int(frame) for frame in frames if frame is not None])
    by_slice: dict[int, Any] = {}
    for dataset in datasets:
        place = dataset.get("ImagePositionPatient")
        k = None if place is None or not _same_size(dataset, mask) else _slice_at(mask, place)
        if k is not None:
            by_slice.setdefault(k, dataset)
    _refuse_elsewhere(list(by_slice), mask, name)
    return Sources([by_slice[k] for k in sorted(by_slice)], sorted(by_slice))


def _completed(dataset: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keyword, value in _MUST_BE_THERE.items():
            if keyword not in dataset:
                setattr(dataset, keyword, value)
    return dataset


def _share_frame_of_reference(datasets: Sequence[Any]) -> None:
    """Give sources that name no frame of reference one of their own: places need a space to be in."""
    from highdicom.uid import UID  # noqa: PLC0415  (an extra)

    own = UID()
    for dataset in datasets:
        if not dataset.get("FrameOfReferenceUID"):
            dataset.FrameOfReferenceUID = own


def _same_size(dataset: Any, mask: sitk.Image) -> bool:
    return bool((int(dataset.get("Columns", 0)), int(dataset.get("Rows", 0))) == mask.GetSize()[:2])


def _frame_position(dataset: Any, group: Any, name: str) -> Any:
    for place in (group, *dataset.get("SharedFunctionalGroupsSequence", ())):
        items = place.get("PlanePositionSequence")
        if items:
            return items[0].ImagePositionPatient
    msg = f"{name}: expected the place of each frame, got frames without; DICOM objects cannot refer to them"
    raise InputError(msg)


def _slice_at(mask: sitk.Image, place: Any) -> int | None:
    """Return the slice of the mask whose first voxel lies at a place, or None where none does."""
    try:
        index = mask.TransformPhysicalPointToContinuousIndex([float(value) for value in place])
    except (TypeError, ValueError):
        return None
    k = round(index[2])
    beside = np.abs(np.array(index) - (0, 0, k)).max()
    return k if beside < _FARTHEST_SHARE and 0 <= k < mask.GetSize()[2] else None


def _refuse_elsewhere(frames: Sequence[int | None], mask: sitk.Image, name: str) -> None:
    missing = set(range(mask.GetSize()[2])) - {frame for frame in frames if frame is not None}
    if missing:
        msg = (
            f"{name}: expected the series that the segmentation was made of, got one that lacks {len(missing)} of its "
            f"{mask.GetSize()[2]} slices; give the study and series that were segmented"
        )
        raise InputError(msg)
