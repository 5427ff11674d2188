"""Volumes from files and into files."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from lggseg.errors import FormatError, GeometryError, InputError, OutputError
from lggseg.files import replacing
from lggseg.segmentation import segment_identity
from lggseg.volumes import dicom, geometry, tiff_stack

NIFTI_SUFFIXES = (".nii", ".nii.gz")
VOLUME_SUFFIXES = (*NIFTI_SUFFIXES, ".nrrd", ".nhdr", ".mha", ".mhd")
"""Endings of the volume files that can be read."""

SEGMENTATION_SUFFIX = ".seg.nrrd"
OUTPUT_SUFFIXES = (*NIFTI_SUFFIXES, ".nrrd", ".mha")
"""Endings of the volume files that can be written; ``.seg.nrrd`` is one of ``.nrrd``."""

SERIES_SEPARATOR = "::"
"""Between a DICOM folder and the UID of one of its series."""

_COMPRESSED_HEADERS = {
    ".nrrd": (re.compile(rb"\r?\n\r?\n"), re.compile(rb"^encoding: *gz", re.MULTILINE)),
    ".mha": (
        re.compile(rb"^ElementDataFile *= *LOCAL\r?\n", re.MULTILINE),
        re.compile(rb"^CompressedData *= *True", re.MULTILINE),
    ),
}
"""What ends the header of these files, and what in it says that compressed data follow."""

_DETACHED = re.compile(rb"^data ?file:", re.MULTILINE)
"""In the header of an NRRD file whose data lie in another file."""

_ZLIB_OR_GZIP = 47  # as zlib wants it: told apart by the stream's own head
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 20
_LONGEST_NIFTI_HEADER = 540
_NIFTI_HEADERS = {348: (40, "h", 72, 108), 540: (16, "q", 14, 168)}  # by size: where and what dim, bitpix, offset are


def read_volume(
    path: Path | str, *, spacing: tuple[float, float, float] | None = None, wanted: str | None = "FLAIR"
) -> sitk.Image:
    """Read a volume.

    Args:
        path: A NIfTI, NRRD or MetaImage file, a multi-frame DICOM file, a folder of DICOM slices (with
            ``::`` and the UID of a series, if it holds several), or a folder of TIFF slices, of which FLAIR is read.
        spacing: Voxel size ``(i, j, k)`` in millimetres, for TIFF slices, which do not store it.
        wanted: Word in the description of the DICOM series to prefer where there are several.

    Returns:
        A 3D volume with one finite value a voxel, in its own orientation.

    Raises:
        FormatError: If the file is missing, truncated, or of a kind that is not supported.
        InputError: If it is not clear what to read, slices are missing, or values are not finite.
        GeometryError: If it is not 3D or its grid is not usable.
    """
    folder, _, uid = str(path).partition(SERIES_SEPARATOR)
    path = Path(folder)
    _check_readable(path)
    if path.is_dir() and tiff_stack.is_tiff_folder(path):
        return tiff_stack.read_tiff_stack(path, spacing)["flair"]
    if spacing is not None:
        msg = f"{path}: expected TIFF slices with --spacing, got a volume that stores its own voxel size; leave it out"
        raise InputError(msg)
    if path.is_dir():
        image = dicom.read_series(path, uid or None, wanted)
    elif _has_suffix(path, VOLUME_SUFFIXES):
        image = _read_volume_file(path)
    elif dicom.is_dicom(path):
        image = dicom.read_file(path)
    else:
        msg = (
            f"{path}: expected NIfTI, NRRD, MetaImage, DICOM or a folder of slices, got a file of another kind; "
            f"known endings are {', '.join(VOLUME_SUFFIXES)}"
        )
        raise FormatError(msg)
    geometry.check_volume(image, str(path))
    return image


def write_volume(image: sitk.Image, path: Path) -> None:
    """Write a volume; the ending of the name decides the format.

    Args:
        image: The volume.
        path: Name ending in ``.nii``, ``.nii.gz``, ``.nrrd`` or ``.mha``.

    Raises:
        OutputError: If there are no rights or no space, or the ending is unknown.
    """
    if not _has_suffix(path, OUTPUT_SUFFIXES):
        msg = f"{path}: expected a name that ends in {', '.join(OUTPUT_SUFFIXES)}, got {path.name}; rename the output"
        raise OutputError(msg)
    with replacing(path) as temporary:
        sitk.WriteImage(image, str(temporary), useCompression=not path.name.lower().endswith(".nii"))
        try:
            _check_complete(temporary)
        except FormatError as error:  # ITK does not notice a full disk
            msg = "the file came out incomplete"
            raise OSError(msg) from error


def write_segmentation(mask: sitk.Image, path: Path) -> None:
    """Write a segmentation; as ``.seg.nrrd`` it opens in 3D Slicer with its segment named and coloured.

    Args:
        mask: Volume of any type; what is not zero belongs to the segment.
        path: Name ending in ``.seg.nrrd`` or as for ``write_volume``.

    Raises:
        OutputError: As for ``write_volume``.
    """
    label = sitk.Cast(mask != 0, sitk.sitkUInt8) * segment_identity.LABEL_VALUE
    for key in label.GetMetaDataKeys():
        label.EraseMetaData(key)
    if path.name.lower().endswith(SEGMENTATION_SUFFIX):
        for key, value in _segment_fields(label).items():
            label.SetMetaData(key, value)
    write_volume(label, path)


def _segment_fields(label: sitk.Image) -> dict[str, str]:
    """Return the header fields by which Slicer knows a segmentation from a plain volume."""
    present = np.argwhere(sitk.GetArrayViewFromImage(label))
    if len(present):
        ends = zip(present.min(axis=0)[::-1], present.max(axis=0)[::-1], strict=True)
        extent = " ".join(f"{first} {last}" for first, last in ends)
    else:
        extent = "0 -1 0 -1 0 -1"  # Slicer's way to write an empty segment
    return {
        "Segment0_ID": segment_identity.SEGMENT_ID,
        "Segment0_Name": segment_identity.SEGMENT_NAME,
        "Segment0_NameAutoGenerated": "0",
        "Segment0_Color": " ".join(f"{part:g}" for part in segment_identity.SEGMENT_COLOR),
        "Segment0_ColorAutoGenerated": "0",
        "Segment0_Extent": extent,
        "Segment0_LabelValue": str(segment_identity.LABEL_VALUE),
        "Segment0_Layer": "0",
        "Segment0_Tags": f"TerminologyEntry:{segment_identity.TERMINOLOGY_ENTRY}|",
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_ConversionParameters": _reference_geometry(label),
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
    }


def _reference_geometry(label: sitk.Image) -> str:
    """Return the grid in Slicer's notation, so that an empty segment also knows where it would be."""
    matrix = ";".join(f"{value:.17g}" for value in geometry.ras_affine(label).ravel())
    extent = ";".join(f"0;{count - 1}" for count in label.GetSize())
    return f"Reference image geometry|{matrix};{extent};|Grid of the segmented volume&"


def _has_suffix(path: Path, suffixes: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(suffixes)


def _check_readable(path: Path) -> None:
    try:
        if path.is_dir():
            next(path.iterdir(), None)
            return
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        msg = f"{path}: expected a readable file or folder, got «{error.strerror}»; check name and rights"
        raise FormatError(msg) from error
    if empty:
        msg = f"{path}: expected a volume, got an empty file; copy it again"
        raise FormatError(msg)


def _read_volume_file(path: Path) -> sitk.Image:
    _check_complete(path)
    _check_compressed(path)
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        if "orthonormal" in reason:
            msg = f"{path}: expected orthogonal image axes, got sheared ones; resample onto a straight grid"
            raise GeometryError(msg) from error
        msg = f"{path}: expected a complete volume, got «{reason}»; check its kind, or copy it again"
        raise FormatError(msg) from error
    if image.GetDimension() == 4:
        size = image.GetSize()
        if size[3] != 1:
            msg = f"{path}: expected one 3D volume, got {size[3]} in a 4D file; save the one wanted by itself"
            raise GeometryError(msg)
        image = sitk.Extract(image, [*size[:3], 0])
    return image


def _check_complete(path: Path) -> None:
    """Make sure that a NIfTI file is whole: ITK fills in zeros without a word where it is cut off or damaged."""
    if not _has_suffix(path, NIFTI_SUFFIXES):
        return
    with path.open("rb") as stream:
        compressed = stream.read(2) == _GZIP_MAGIC
    try:
        with gzip.open(path) if compressed else path.open("rb") as content:
            header = content.read(_LONGEST_NIFTI_HEADER)
            expected = _nifti_bytes(path, header)
            # To the end, also where the length is noted there: on the way, gzip compares its checksum.
            length = len(header) + sum(iter(lambda: len(content.read(_CHUNK_BYTES)), 0))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        msg = f"{path}: expected a complete file, got one that is cut off or damaged («{error}»); copy it again"
        raise FormatError(msg) from error
    if length < expected:
        msg = f"{path}: expected {expected} bytes by its header, got {length}; the file is cut off, copy it again"
        raise FormatError(msg)


def _check_compressed(path: Path) -> None:
    """Make sure that the data of a compressed NRRD or MetaImage file are as they were: ITK does not look."""
    if path.suffix.lower() not in _COMPRESSED_HEADERS:
        return
    end, compressed = _COMPRESSED_HEADERS[path.suffix.lower()]
    with path.open("rb") as stream:
        head = stream.read(_CHUNK_BYTES)
        ended = end.search(head)
        if not ended or not compressed.search(head, 0, ended.start()) or _DETACHED.search(head, 0, ended.start()):
            return
        stream.seek(ended.end())
        unpacker = zlib.decompressobj(_ZLIB_OR_GZIP)
        try:
            while not unpacker.eof and (chunk := stream.read(_CHUNK_BYTES)):
                unpacker.decompress(chunk)
            unpacker.flush()
        except zlib.error as error:
            msg = f"{path}: expected a complete file, got one that is damaged («{error}»); copy it again"
            raise FormatError(msg) from error
    if not unpacker.eof:
        msg = f"{path}: expected a complete file, got one that is cut off; copy it again"
        raise FormatError(msg)


def _nifti_bytes(path: Path, header: bytes) -> int:
    """Return how long a NIfTI file must be."""
    for order in "<>":
        size = struct.unpack_from(order + "i", header)[0] if len(header) >= 348 else 0
        if size in _NIFTI_HEADERS and len(header) >= size:
            dim_at, dim_kind, bits_at, offset_at = _NIFTI_HEADERS[size]
            dims = struct.unpack_from(order + "8" + dim_kind, header, dim_at)
            bits = struct.unpack_from(order + "h", header, bits_at)[0]
            offset = struct.unpack_from(order + ("f" if size == 348 else "q"), header, offset_at)[0]
            count = int(np.prod([max(1, n) for n in dims[1 : 1 + dims[0]]], dtype=np.int64))
            return int(offset) + count * int(bits) // 8
    msg = f"{path}: expected a NIfTI file as its name says, got something else; check its origin and name"
    raise FormatError(msg)
