"""The voxel values of DICOM files: decoded, scaled each by its own slope, padding taken out."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import FormatError
from lggseg.volumes import invalid_voxels
from lggseg.volumes.dicom_header import (
    INVERTED,
    SliceHeader,
    highest_stored,
    is_beyond_itk,
    read_dataset,
    transfer_syntax,
)
from lggseg.volumes.native import plain_name, shown

Array = npt.NDArray[np.generic]


def decode(path: Path) -> Array:
    """Return the ``(K, J, I)`` values of a file, scaled as its header says.

    Raises:
        FormatError: If they are damaged, or encoded in a way that nothing here can read.
    """
    if is_beyond_itk(transfer_syntax(path)):
        return _decode_with_pydicom(path)
    with plain_name(path) as name:
        try:
            image = sitk.ReadImage(name, imageIO="GDCMImageIO")
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            msg = f"{shown(path)}: expected a readable DICOM slice, got «{reason}»; copy or export the series again"
            raise FormatError(msg) from error
    if image.GetNumberOfComponentsPerPixel() != 1:
        msg = f"{shown(path)}: expected one value a voxel, got a colour image; choose the series of the scanner itself"
        raise FormatError(msg)
    return np.asarray(sitk.GetArrayFromImage(image))


def decode_stored(path: Path) -> Array:
    """Return the ``(K, J, I)`` values of an enhanced file as they are stored, whatever the slopes of its frames.

    Raises:
        FormatError: As for ``decode``.
    """
    dataset = read_dataset(path, pixels=True)
    groups = [*dataset.get("SharedFunctionalGroupsSequence", ()), *dataset.get("PerFrameFunctionalGroupsSequence", ())]
    for group in groups:
        if "PixelValueTransformationSequence" in group:
            del group.PixelValueTransformationSequence
    with tempfile.TemporaryDirectory(prefix="lggseg-frames-") as folder:
        bare = Path(folder, "frames.dcm")
        _save(dataset, bare, path)
        return decode(bare)


def stored_frames(path: Path) -> int | None:
    """Return of how many frames a file has voxels, or None where that cannot be told.

    The header is not asked for the number of frames: by the length of the voxels, or by the table of where each
    compressed frame begins.

    Raises:
        FormatError: If the file is damaged.
    """
    from pydicom import encaps  # noqa: PLC0415  (as in read_dataset)

    dataset = read_dataset(path, pixels=True)
    voxels = dataset.get("PixelData", b"")
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    try:
        if syntax is not None and syntax.is_encapsulated:
            begins = dataset.get("ExtendedOffsetTable") or b""
            return len(begins) // 8 or len(encaps.parse_basic_offsets(voxels)) or None
        values = dataset.Rows * dataset.Columns * dataset.get("SamplesPerPixel", 1)
        return int(8 * len(voxels) // (values * dataset.BitsAllocated))
    except (AttributeError, TypeError, ValueError, ZeroDivisionError):
        return None  # what the header lacks is named where the voxels are decoded


def stack(arrays: Sequence[Array]) -> Array:
    """Put slices into one ``(K, J, I)`` array of a type that holds the values of each; fractions as float32."""
    common = np.result_type(*arrays)
    return np.concatenate([array.astype(common, copy=False) for array in arrays]).astype(
        np.float32 if common.kind == "f" else common, copy=False
    )


def without_padding(array: Array, headers: Sequence[SliceHeader]) -> tuple[Array, str]:
    """Put the level of the air where a file says that its voxels are padding.

    Args:
        array: ``(K, J, I)`` scaled values.
        headers: That of each slice, or one for all.

    Returns:
        The array, and a sentence on what was done, empty where nothing was.
    """
    padded = np.zeros(array.shape, bool)
    of_slices = headers if len(headers) == len(array) else [headers[0]] * len(array)
    for k, header in enumerate(of_slices):
        if header.padding is not None:
            slope, intercept = header.rescale
            ends = [slope * value + intercept for value in header.padding]
            tolerance = 1e-3 * abs(slope)
            padded[k] = (array[k] >= min(ends) - tolerance) & (array[k] <= max(ends) + tolerance)
    return invalid_voxels.fill(array, padded, "their PixelPaddingValue says")


def _decode_with_pydicom(path: Path) -> Array:
    dataset = read_dataset(path, pixels=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stored = np.asarray(dataset.pixel_array)
    except Exception as error:
        syntax = dataset.file_meta.TransferSyntaxUID.name
        msg = (
            f"{shown(path)}: expected an encoding that can be read here, got {syntax}; install pylibjpeg with "
            "pylibjpeg-openjpeg, or export the series uncompressed"
        )
        raise FormatError(msg) from error
    if dataset.get("PhotometricInterpretation") == INVERTED:  # as ITK does it
        signed = bool(dataset.PixelRepresentation)
        stored = highest_stored(int(dataset.BitsStored), signed=signed) - stored.astype(np.int64)
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    scaled = stored if (slope, intercept) == (1.0, 0.0) else stored * np.float32(slope) + np.float32(intercept)
    return np.asarray(scaled if scaled.ndim == 3 else scaled[None])


def _save(dataset: Any, target: Path, source: Path) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset.save_as(target)
    except Exception as error:
        msg = f"{shown(source)}: expected a readable DICOM file, got a damaged one («{error}»); export it again"
        raise FormatError(msg) from error
