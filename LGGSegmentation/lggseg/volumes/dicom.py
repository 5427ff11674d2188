"""DICOM: a folder of slices, or one multi-frame file, to a volume."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import FormatError, GeometryError, InputError
from lggseg.volumes.slice_places import order_of_slices

_log = logging.getLogger(__name__)

_SERIES_UID = "0020|000e"
_DESCRIPTION = "0008|103e"
_POSITION = "0020|0032"
_ORIENTATION = "0020|0037"
_FRAMES = "0028|0008"
_MAGIC_AT = 128


@dataclass
class Series:
    """The files of one series in a folder.

    Attributes:
        uid: Series instance UID.
        description: Series description, such as ``AX FLAIR``.
        files: Its image files, in the order of their names.
    """

    uid: str
    description: str
    files: list[_Slice] = field(default_factory=list)

    def __str__(self) -> str:
        return f"«{self.description}», {sum(file.frames for file in self.files)} slices: {self.uid}"


@dataclass(frozen=True)
class _Slice:
    """One image file: where its first voxel is, and along which lines its rows and columns run."""

    path: Path
    frames: int
    position: npt.NDArray[np.float64]
    orientation: npt.NDArray[np.float64]
    size: tuple[int, ...]


def is_dicom(path: Path) -> bool:
    """Tell whether a file has the mark of DICOM."""
    with path.open("rb") as stream:
        stream.seek(_MAGIC_AT)
        return stream.read(4) == b"DICM"


def list_series(folder: Path) -> list[Series]:
    """Return the image series in a folder and the folders in it.

    Files that are not DICOM, or hold no image, are passed over.
    """
    return _scan(folder)[0]


def read_series(folder: Path, uid: str | None = None, wanted: str | None = "FLAIR") -> sitk.Image:
    """Read a series from a folder.

    Args:
        folder: Folder, searched with the folders in it.
        uid: Which series to read, if there are several.
        wanted: Word that picks a series by its description, when exactly one has it.

    Raises:
        FormatError: If there is no DICOM image in the folder, or a file is damaged.
        InputError: If it is not clear which series is meant, or a slice is missing or doubled.
        GeometryError: If the slices do not lie evenly behind each other.
    """
    try:
        series, unread = _scan(folder)
    except OSError as error:
        msg = f"{folder}: expected a readable folder, got «{error.strerror}» for {error.filename}; check the rights"
        raise FormatError(msg) from error
    if not series:
        msg = f"{folder}: expected DICOM or TIFF slices, got a folder without any; check the choice of folder"
        raise FormatError(msg)
    chosen = _choose(folder, series, uid, wanted)
    _refuse_damaged(chosen, unread)
    if len(chosen.files) == 1:
        return read_multiframe(chosen.files[0].path)
    return _read_slices(folder, chosen)


def read_file(path: Path) -> sitk.Image:
    """Read a multi-frame file, or for one slice the whole series that it belongs to.

    Raises:
        FormatError: If the file is damaged or holds no image.
        InputError: If slices are missing.
    """
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        msg = f"{path}: expected a DICOM image, got a DICOM file without one, or a damaged one"
        raise FormatError(msg) from error
    if _describe(reader, path).frames > 1:
        return read_multiframe(path)
    return read_series(path.parent, _text(reader, _SERIES_UID))


def read_multiframe(path: Path) -> sitk.Image:
    """Read a file that holds all slices.

    Raises:
        FormatError: If the file is damaged.
        InputError: If it holds one slice only, or several volumes.
        GeometryError: If its slices do not lie evenly behind each other.
    """
    image = _read_pixels([path])
    if image.GetSize()[2] < 2:
        msg = f"{path}: expected a volume, got a single slice; give the folder that holds all slices"
        raise InputError(msg)
    positions = _frame_positions(path)
    if positions is None:
        _log.warning("%s does not say where its frames are; they are taken as evenly spaced", path)
        return image
    direction = np.array(image.GetDirection()).reshape(3, 3)
    order = order_of_slices(path, positions, direction[:, 2])
    if not np.array_equal(order, np.arange(len(order))):
        msg = f"{path}: expected frames from one end to the other, got them in another order; export single slices"
        raise GeometryError(msg)
    return image


def _scan(folder: Path) -> tuple[list[Series], list[Path]]:
    """Return the series in a folder, and the DICOM files that hold no image or a damaged one."""
    found: dict[str, Series] = {}
    unread = []
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if not is_dicom(path):
            continue
        reader.SetFileName(str(path))
        try:
            reader.ReadImageInformation()
        except RuntimeError:
            unread.append(path)
            continue
        uid = _text(reader, _SERIES_UID)
        series = found.setdefault(uid, Series(uid, _text(reader, _DESCRIPTION)))
        series.files.append(_describe(reader, path))
    return sorted(found.values(), key=lambda series: (series.description, series.uid)), unread


def _refuse_damaged(series: Series, unread: list[Path]) -> None:
    """Make sure that no unreadable file is a slice of the series: without it the head would be cut off."""
    for path in unread:
        import pydicom  # noqa: PLC0415  (0.3 s that nobody else should wait for)

        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True)
        except (OSError, ValueError, KeyError, EOFError, pydicom.errors.InvalidDicomError) as error:
            _log.warning("%s is passed over: it has the mark of DICOM but cannot be read (%s)", path, error)
            continue
        if "Rows" in dataset and str(dataset.get("SeriesInstanceUID", "")) == series.uid:
            msg = f"{path}: expected a readable DICOM slice, got a damaged one; copy or export the series again"
            raise FormatError(msg)


def _describe(reader: sitk.ImageFileReader, path: Path) -> _Slice:
    size = tuple(reader.GetSize())
    orientation = _numbers(reader, _ORIENTATION)
    position = _numbers(reader, _POSITION)
    return _Slice(
        path=path,
        frames=int(_text(reader, _FRAMES) or 1),
        position=position if len(position) == 3 else np.full(3, np.nan),
        orientation=orientation if len(orientation) == 6 else np.full(6, np.nan),
        size=size[:2],
    )


def _text(reader: sitk.ImageFileReader, key: str) -> str:
    return str(reader.GetMetaData(key)).strip("\0 ") if reader.HasMetaDataKey(key) else ""


def _numbers(reader: sitk.ImageFileReader, key: str) -> npt.NDArray[np.float64]:
    text = _text(reader, key)
    return np.array([float(part) for part in text.split("\\")] if text else [], dtype=np.float64)


def _choose(folder: Path, series: list[Series], uid: str | None, wanted: str | None) -> Series:
    listing = "\n  ".join(str(one) for one in series)
    if uid is not None:
        for one in series:
            if one.uid == uid:
                return one
        msg = f"{folder}: expected series {uid}, got\n  {listing}"
        raise InputError(msg)
    if len(series) == 1:
        return series[0]
    if wanted is not None:
        named = [one for one in series if re.search(re.escape(wanted), one.description, re.IGNORECASE)]
        if len(named) == 1:
            _log.info("%s: took series %s of %d", folder, named[0], len(series))
            return named[0]
    msg = (
        f"{folder}: expected one series, got {len(series)}; choose one by adding :: and its number to the folder, "
        f"as in {folder.name}::{series[0].uid}\n  {listing}"
    )
    raise InputError(msg)


def _read_slices(folder: Path, series: Series) -> sitk.Image:
    name = f"{folder} ({series.description})"
    first = series.files[0]
    if any(file.frames > 1 for file in series.files):
        msg = f"{name}: expected single slices, got {len(series.files)} multi-frame files; choose one of them"
        raise InputError(msg)
    sizes = sorted({file.size for file in series.files})
    if len(sizes) > 1:
        msg = f"{name}: expected slices of one size, got {sizes}; a series of mixed sizes cannot be stacked"
        raise InputError(msg)
    orientations = np.array([file.orientation for file in series.files])
    positions = np.array([file.position for file in series.files])
    if not (np.isfinite(orientations).all() and np.isfinite(positions).all()):
        msg = f"{name}: expected position and orientation in each slice, got slices without; export the series again"
        raise GeometryError(msg)
    if np.abs(orientations - orientations[0]).max() > 1e-3:
        msg = f"{name}: expected parallel slices, got several orientations (a localizer?); choose another series"
        raise GeometryError(msg)
    normal = np.cross(first.orientation[:3], first.orientation[3:])
    order = order_of_slices(folder, positions, normal)
    image = _read_pixels([series.files[n].path for n in order])
    heights = positions[order] @ normal
    image.SetSpacing((*image.GetSpacing()[:2], float(heights[-1] - heights[0]) / (len(order) - 1)))
    image.SetOrigin(positions[order[0]].tolist())
    image.SetDirection(np.column_stack([first.orientation[:3], first.orientation[3:], normal]).ravel().tolist())
    return image


def _frame_positions(path: Path) -> npt.NDArray[np.float64] | None:
    """Return the ``(N, 3)`` positions of the frames in millimetres, or None if the file does not tell."""
    import pydicom  # noqa: PLC0415  (0.3 s that nobody else should wait for)

    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    try:
        groups = dataset.PerFrameFunctionalGroupsSequence
        places = [group.PlanePositionSequence[0].ImagePositionPatient for group in groups]
    except (AttributeError, IndexError):
        return None
    return np.array(places, dtype=np.float64)


def _read_pixels(paths: list[Path]) -> sitk.Image:
    try:
        if len(paths) == 1:
            return sitk.ReadImage(str(paths[0]), imageIO="GDCMImageIO")
        reader = sitk.ImageSeriesReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileNames([str(path) for path in paths])
        return reader.Execute()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        msg = f"{paths[0].parent}: expected readable DICOM slices, got «{reason}»; copy or export the series again"
        raise FormatError(msg) from error
