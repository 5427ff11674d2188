"""What the header of one DICOM file says, and whether a file is DICOM at all."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import FormatError
from lggseg.volumes.native import plain_name, shown

FloatArray = npt.NDArray[np.float64]

NO_IMAGES = frozenset({"SEG", "SR", "PR", "KO", "RTSTRUCT", "RTDOSE", "RTPLAN", "REG", "DOC", "FID", "AU", "ECG"})
"""Modalities whose objects are about images, and are none that could be segmented."""

INVERTED = "MONOCHROME1"
"""What a file calls its values where the lowest is the brightest, as on film."""

_MAGIC_AT = 128
_HEAD_BYTES = 4096
_LITTLE_ENDIAN_STARTS = (b"\x08\x00", b"\x02\x00")  # the groups that come first in a file without the mark
_LARGEST_FIRST_ELEMENT = 0x0100
_NUMBERED_SYNTAXES = "1.2.840.10008.1.2.4."
_BEYOND_ITK = range(100, 300)  # last numbers of the UIDs of video, JPEG XL and HTJ2K
_ALPHABETS = {
    **{f"ISO_IR {number}": f"iso8859_{part}" for number, part in ((100, 1), (101, 2), (109, 3), (110, 4), (144, 5))},
    **{f"ISO_IR {number}": f"iso8859_{part}" for number, part in ((127, 6), (126, 7), (138, 8), (148, 9))},
    "ISO_IR 13": "shift_jis",
    "ISO_IR 166": "iso8859_11",
    "GB18030": "gb18030",
    "GBK": "gbk",
    "ISO 2022 IR 149": "euc_kr",
    "ISO 2022 IR 87": "iso2022_jp",
    "ISO 2022 IR 58": "gb2312",
}
_TRANSFER_SYNTAX = b"\x02\x00\x10\x00UI"


@dataclass(frozen=True)
class SliceHeader:
    """The header of one image file.

    Attributes:
        path: The file.
        series: Series instance UID.
        description: Series description.
        instance: SOP instance UID.
        modality: Such as ``MR``.
        frames: How many slices the file holds.
        size: Columns and rows.
        position: ``(3,)`` LPS millimetres of the first voxel; NaN where the file does not say.
        orientation: ``(6,)`` directions of rows and columns; NaN where the file does not say.
        spacing: ``(2,)`` pixel edges along ``(i, j)`` in millimetres; NaN where the file does not say.
        padding: Range of stored values that are no measurement, or None.
        rescale: Slope and intercept from stored values to those of the volume.
        turned_from: What ITK takes stored values from, where the lowest is the brightest (MONOCHROME1); else None.
        number: Instance number, or None.
        acquired: How many images the acquisition had, 0 where the file does not say.
        faults: Elements that are not the numbers they should be, in words.
    """

    path: Path
    series: str
    description: str
    instance: str
    modality: str
    frames: int
    size: tuple[int, int]
    position: FloatArray
    orientation: FloatArray
    spacing: FloatArray
    padding: tuple[float, float] | None
    rescale: tuple[float, float]
    turned_from: int | None
    number: int | None
    acquired: int
    faults: tuple[str, ...]

    def scale(self, slope: float, intercept: float) -> tuple[float, float]:
        """Return slope and intercept that lead from stored values to those of the volume, turned round or not."""
        return _turned(self.turned_from, slope, intercept)


def highest_stored(bits: int, *, signed: bool) -> int:
    """Return what ITK takes stored values from that are turned round."""
    return -1 if signed else 2**bits - 1


def _turned(origin: int | None, slope: float, intercept: float) -> tuple[float, float]:
    return (slope, intercept) if origin is None else (-slope, intercept + slope * origin)


def has_mark(path: Path) -> bool:
    """Tell whether a file has the mark of DICOM."""
    with path.open("rb") as stream:
        stream.seek(_MAGIC_AT)
        return stream.read(4) == b"DICM"


def may_be_dicom(path: Path) -> bool:
    """Tell whether a file has the mark of DICOM, or begins as old files without the mark do."""
    with path.open("rb") as stream:
        head = stream.read(_MAGIC_AT + 4)
    return head[_MAGIC_AT:] == b"DICM" or (
        head[:2] in _LITTLE_ENDIAN_STARTS and int.from_bytes(head[2:4], "little") < _LARGEST_FIRST_ELEMENT
    )


def read_header(path: Path) -> SliceHeader | None:
    """Read the header of an image file, or return None where there is none or it is damaged."""
    if is_beyond_itk(transfer_syntax(path)):
        dataset = read_dataset(path)
        return _Elements(_Dataset(dataset)).header(path) if "Rows" in dataset else None
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    with plain_name(path) as name:
        reader.SetFileName(name)
        try:
            reader.ReadImageInformation()
        except RuntimeError:
            return None
        return _Elements(reader).header(path)


def read_dataset(path: Path, *, pixels: bool = False) -> Any:
    """Read a file with pydicom, which knows nested elements and files without an image.

    Raises:
        FormatError: If it is damaged.
    """
    import pydicom  # noqa: PLC0415  (0.3 s that nobody else should wait for)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values against the standard, which are looked at where they are used
            dataset = pydicom.dcmread(path, stop_before_pixels=not pixels, force=True)
            for _ in (*dataset.file_meta, *dataset.iterall()):
                pass  # elements are parsed when they are asked for: here, so that a damaged one is found here
            return dataset
    except Exception as error:
        msg = f"{shown(path)}: expected a readable DICOM file, got a damaged one («{error}»); copy or export it again"
        raise FormatError(msg) from error


def transfer_syntax(path: Path) -> str:
    """Return the UID of the encoding of a file, or nothing where its head does not say."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    at = head.find(_TRANSFER_SYNTAX)
    if at < 0:
        return ""
    length = int.from_bytes(head[at + 6 : at + 8], "little")
    return head[at + 8 : at + 8 + length].decode("ascii", "replace").strip("\0 ")


def is_beyond_itk(syntax: str) -> bool:
    """Tell whether only pydicom with a plug-in may decode an encoding; ITK fails, with noise."""
    number = syntax.removeprefix(_NUMBERED_SYNTAXES)
    return number != syntax and number.isdigit() and int(number) in _BEYOND_ITK


class _Dataset:
    """A header as pydicom reads it, with the face of ITK's reader."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def GetSize(self) -> tuple[int, int]:  # noqa: N802
        return int(self._dataset.Columns), int(self._dataset.Rows)

    def HasMetaDataKey(self, key: str) -> bool:  # noqa: N802
        return int(key.replace("|", ""), 16) in self._dataset

    def GetMetaData(self, key: str) -> str:  # noqa: N802
        value = self._dataset[int(key.replace("|", ""), 16)].value
        several = isinstance(value, Sequence) and not isinstance(value, str)  # pydicom's own kind of list
        return "\\".join(map(str, value)) if several else str(value)


class _Elements:
    """Elements of one header; what is not the number it should be is noted."""

    def __init__(self, reader: sitk.ImageFileReader | _Dataset) -> None:
        self._reader = reader
        self._faults: list[str] = []

    def header(self, path: Path) -> SliceHeader:
        columns, rows = self._reader.GetSize()[:2]
        return SliceHeader(
            path=path,
            series=self._text("0020|000e"),
            description=self._words("0008|103e"),
            instance=self._text("0008|0018"),
            modality=self._text("0008|0060"),
            frames=max(1, int(self._number("0028|0008", "NumberOfFrames", 1))),
            size=(columns, rows),
            position=self._numbers("0020|0032", "ImagePositionPatient", 3),
            orientation=self._numbers("0020|0037", "ImageOrientationPatient", 6),
            spacing=self._numbers("0028|0030", "PixelSpacing", 2)[::-1],
            padding=self._padding(),
            rescale=_turned(
                self._turned_from(),
                self._number("0028|1053", "RescaleSlope", 1),
                self._number("0028|1052", "RescaleIntercept", 0),
            ),
            turned_from=self._turned_from(),
            number=self._whole("0020|0013"),
            acquired=self._whole("0020|1002") or 0,
            faults=tuple(self._faults),
        )

    def _words(self, key: str) -> str:
        """Return a text in the alphabet that the file names."""
        text = self._text(key)
        character_set = self._text("0008|0005").rpartition("\\")[2].strip()
        try:
            return text.encode(errors="surrogateescape").decode(_ALPHABETS.get(character_set, "utf-8"))
        except UnicodeError:
            return shown(text)

    def _padding(self) -> tuple[float, float] | None:
        if not self._text("0028|0120"):
            return None
        signed = self._text("0028|0103") == "1"
        bits = int(self._number("0028|0100", "BitsAllocated", 16))
        first = self._number("0028|0120", "PixelPaddingValue", 0)
        last = self._number("0028|0121", "PixelPaddingRangeLimit", first)
        ends = [value - 2**bits if signed and value >= 2 ** (bits - 1) else value for value in (first, last)]
        return min(ends), max(ends)

    def _turned_from(self) -> int | None:
        if self._text("0028|0004") != INVERTED:
            return None
        return highest_stored(self._whole("0028|0101") or 16, signed=self._text("0028|0103") == "1")

    def _text(self, key: str) -> str:
        return str(self._reader.GetMetaData(key)).strip("\0 ") if self._reader.HasMetaDataKey(key) else ""

    def _number(self, key: str, name: str, default: float) -> float:
        value = self._numbers(key, name, 1)[0]
        return float(value) if np.isfinite(value) else default

    def _whole(self, key: str) -> int | None:
        """Return a whole number that nothing rests on, or None where there is none that can be read."""
        text = self._text(key)
        return int(text) if text.isascii() and text.isdigit() else None

    def _numbers(self, key: str, name: str, count: int) -> FloatArray:
        text = self._text(key)
        if not text:
            return np.full(count, np.nan)
        try:
            values = np.array([float(part) for part in text.split("\\")], dtype=np.float64)
        except ValueError:
            values = np.empty(0)
        if len(values) == count and np.isfinite(values).all():
            return values
        expected = "a number" if count == 1 else f"{count} numbers"
        self._faults.append(f"expected {expected} in {name} ({key.replace('|', ',')}), got «{shown(text)}»")
        return np.full(count, np.nan)
