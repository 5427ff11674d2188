"""The tags of one DICOM file that tell series, sequence and place, from single and multi-frame files alike."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lggseg.volumes.native import shown
from lggseg.volumes.sequence.tags import TAGS

IDENTITY = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "SeriesNumber", "InstanceNumber",
    "StudyDate", "AcquisitionTime", "ContentTime", "NumberOfFrames", "Rows", "Columns", "ImageOrientationPatient",
    "ImagePositionPatient", "AcquisitionDateTime",
    "FrameOfReferenceUID",
)  # fmt: skip
_LISTS = ("ImageType", "ScanningSequence")
_NESTED = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_MACROS = {  # where a multi-frame file keeps what a single slice says at its top
    "PlaneOrientationSequence": {"ImageOrientationPatient": "ImageOrientationPatient"},
    "PlanePositionSequence": {"ImagePositionPatient": "ImagePositionPatient"},
    "MRTimingAndRelatedParametersSequence": {"RepetitionTime": "RepetitionTime"},
    "MREchoSequence": {"EffectiveEchoTime": "EchoTime"},
    "MRModifierSequence": {"InversionTimes": "InversionTime"},
    "MRDiffusionSequence": {"DiffusionBValue": "DiffusionBValue"},
    "MRImageFrameTypeSequence": {"FrameType": "ImageType"},
}


@dataclass(frozen=True)
class Header:
    """Tags of one file by keyword, and where it is."""

    path: Path
    values: dict[str, Any]

    def text(self, keyword: str) -> str:
        """Return a value as text, readable whatever its bytes were."""
        value = self.values.get(keyword)
        return "" if value is None else shown(str(value)).strip()

    def number(self, keyword: str) -> float | None:
        """Return a value as a finite number, or None where it is none."""
        try:
            value = float(self.values[keyword])
        except (KeyError, TypeError, ValueError, OverflowError):
            return None
        return value if math.isfinite(value) else None


def read(path: Path) -> Header | None:
    """Read the tags of a file, or return None where it is no DICOM image."""
    import pydicom  # noqa: PLC0415  (0.3 s that nobody else should wait for)

    wanted = [*TAGS, *IDENTITY, *_NESTED, "ContrastBolusAgentSequence", "EffectiveEchoTime", "InversionTimes"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values against the standard: they are looked at where they are used
            dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=wanted, force=True)
            values = dict(_values(dataset, [*TAGS, *IDENTITY]))
            for group in _groups(dataset):
                values = {**dict(_from_macros(group)), **values}
            if dataset.get("ContrastBolusAgentSequence"):
                values.setdefault("ContrastBolusAgent", _agent(dataset.ContrastBolusAgentSequence[0]))
    except Exception:  # noqa: BLE001  (damaged files of any kind: the reader of pixels names them)
        return None
    return Header(path, values) if "Rows" in values and values.get("SOPClassUID") else None


def _values(dataset: Any, keywords: list[str]) -> Iterator[tuple[str, Any]]:
    for keyword in keywords:
        value = dataset.get(keyword)
        if value is None or value == "":
            continue
        if keyword in _LISTS and not isinstance(value, str):
            value = "\\".join(map(str, value))
        yield keyword, value


def _groups(dataset: Any) -> Iterator[Any]:
    for name in _NESTED:
        items = dataset.get(name)
        if items:
            yield items[0]


def _from_macros(group: Any) -> Iterator[tuple[str, Any]]:
    for sequence, keywords in _MACROS.items():
        items = group.get(sequence)
        if not items:
            continue
        for keyword, known_as in keywords.items():
            value = items[0].get(keyword)
            if value is None:
                continue
            if known_as == "ImageType":
                value = "\\".join(map(str, value))
            elif known_as == "InversionTime" and not isinstance(value, float):
                value = next(iter(value), None)
            yield known_as, value


def _agent(item: Any) -> str:
    return str(item.get("CodeMeaning") or "contrast agent")
