"""Volumes from files and into files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import FormatError, GeometryError, OutputError
from lggseg.files import replacing
from lggseg.segmentation import segment_identity
from lggseg.volumes import (
    byte_order,
    dicom,
    geometry,
    given_spacing,
    integrity,
    invalid_voxels,
    native,
    notes,
    tiff_stack,
)
from lggseg.volumes.given_spacing import IfNeeded, Spacing
from lggseg.volumes.header import Facts
from lggseg.volumes.native import shown
from lggseg.volumes.suffixes import OUTPUT_SUFFIXES, SEGMENTATION_SUFFIX, VOLUME_SUFFIXES

SERIES_SEPARATOR = "::"
"""Between a DICOM folder and the UID of one of its series."""

sitk.ProcessObject.SetGlobalWarningDisplay(False)  # warnings of ITK go around our messages, straight to the terminal


def read_volume(
    path: Path | str,
    *,
    spacing: Spacing | None = None,
    wanted: str | None = "FLAIR",
    fill: bool = True,
) -> sitk.Image:
    """Read a volume.

    Args:
        path: A NIfTI, NRRD or MetaImage file, a multi-frame DICOM file, a folder of DICOM slices (with
            ``::`` and the UID of a series, if it holds several), or a folder of TIFF slices, of which FLAIR is read.
        spacing: Voxel size ``(i, j, k)`` in millimetres, for files that do not store it.
        wanted: Word in the description of the DICOM series to prefer where there are several.
        fill: Take voxels that are NaN or infinite as background, rather than refuse them.

    Returns:
        A 3D volume with one finite value a voxel, in its own orientation; ``notes.of`` tells what had to be
        decided about it.

    Raises:
        FormatError: If the file is missing, truncated, or of a kind that is not supported.
        InputError: If it is not clear what to read, slices are missing, or values are no numbers.
        GeometryError: If it is not 3D, or its grid is not usable or not known.
    """
    folder, _, uid = str(path).partition(SERIES_SEPARATOR)
    path = Path(folder)
    integrity.check_regular(path)
    if spacing is not None:
        geometry.check_edges(spacing, "--spacing", "three voxel sizes")
    if tiff_stack.is_tiff_folder(path):
        return tiff_stack.read_tiff_stack(path, spacing)["flair"]
    image = _read(path, uid or None, wanted, spacing)
    if fill:
        image = invalid_voxels.fill_image(image)
    geometry.check_volume(image, shown(path))
    return image


def stores_spacing(path: Path | str) -> bool:
    """Tell whether a file says its voxel size itself, as TIFF slices do not; DICOM is taken to.

    Raises:
        FormatError: If the file is damaged.
    """
    path = Path(str(path).partition(SERIES_SEPARATOR)[0])
    if path.is_dir():
        return not tiff_stack.is_tiff_folder(path)
    facts = integrity.check_file(path) if path.is_file() else None
    return facts is None or facts.has_spacing


def read_labels(path: Path | str, spacing: Spacing | None = None) -> sitk.Image:
    """Read a label map, a file of segments, or the masks of a folder of TIFF slices, with its values as they are.

    Args:
        path: As for ``read_volume``.
        spacing: Voxel size ``(i, j, k)`` in millimetres, for files that do not store it; others keep their own.

    Returns:
        A 3D image; with several values a voxel where a file of segments has several layers.

    Raises:
        InputError: As for ``read_volume``.
    """
    path = Path(path)
    integrity.check_regular(path)
    if tiff_stack.is_tiff_folder(path):
        return tiff_stack.read_tiff_mask(path, spacing)
    image = _read(path, None, None, spacing and IfNeeded(spacing))
    several = image.GetDimension() == 3 and image.GetNumberOfComponentsPerPixel() > 1
    geometry.check_volume(sitk.VectorIndexSelectionCast(image, 0) if several else image, shown(path))
    return image


def _read(path: Path, uid: str | None, wanted: str | None, spacing: Spacing | None) -> sitk.Image:
    if path.is_dir():
        return dicom.read_series(path, uid, wanted, spacing)
    facts = integrity.check_file(path)
    if facts is not None:
        return _read_volume_file(path, facts, spacing)
    if dicom.is_dicom(path):
        return dicom.read_file(path, spacing)
    msg = (
        f"{shown(path)}: expected NIfTI, NRRD, MetaImage, DICOM or a folder of slices, got a file of another kind; "
        f"known endings are {', '.join(VOLUME_SUFFIXES)}"
    )
    raise FormatError(msg)


def _read_volume_file(path: Path, facts: Facts, spacing: Spacing | None) -> sitk.Image:
    if facts.has_spacing:
        given_spacing.refuse_needless(spacing, shown(path))
    with native.plain_name(path, facts.suffixes) as name:
        try:
            image = sitk.ReadImage(name)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            msg = f"{shown(path)}: expected a complete volume, got «{reason}»; check its kind, or copy it again"
            raise FormatError(msg) from error
    image = _one_volume(image, path)
    byte_order.refuse_swapped(sitk.GetArrayViewFromImage(image), shown(path))
    if facts.invalid is not None:
        image = geometry.like(np.where(facts.invalid.reshape(image.GetSize()[::-1]), np.nan, _values(image)), image)
    if not facts.has_spacing:
        geometry.check_edges(spacing or [float("nan")], shown(path), "voxel sizes")
        image.SetSpacing(spacing)
    for note in facts.notes:
        notes.add(image, note)
    return image


def _values(image: sitk.Image) -> npt.NDArray[np.float32]:
    return np.asarray(sitk.GetArrayViewFromImage(image), dtype=np.float32)


def _one_volume(image: sitk.Image, path: Path) -> sitk.Image:
    size = image.GetSize()
    if image.GetDimension() < 4:
        return image
    if size[3] != 1:
        msg = f"{shown(path)}: expected one 3D volume, got {size[3]} in a 4D file; save the one wanted by itself"
        raise GeometryError(msg)
    return sitk.Extract(image, [*size[:3], 0])


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
        with native.plain_name(temporary) as name:
            sitk.WriteImage(image, name, useCompression=not path.name.lower().endswith(".nii"))
        try:
            whole = integrity.check_file(temporary) is not None
        except (FormatError, OSError):  # ITK does not notice a full disk
            whole = False
        if not whole:
            msg = "the file came out incomplete"
            raise OSError(msg)


def write_segmentation(mask: sitk.Image, path: Path) -> None:
    """Write a segmentation; as ``.seg.nrrd`` it opens in 3D Slicer with its segment named and coloured.

    Args:
        mask: Volume of any type; what is not zero belongs to the segment.
        path: Name ending in ``.seg.nrrd`` or as for ``write_volume``.

    Raises:
        OutputError: As for ``write_volume``.
    """
    write_labels(sitk.Cast(mask != 0, sitk.sitkUInt8), path, (segment_identity.ABNORMALITY,))


def write_labels(labels: sitk.Image, path: Path, segments: Sequence[segment_identity.Segment]) -> None:
    """Write a label map; as ``.seg.nrrd`` it opens in 3D Slicer with its segments named and coloured.

    Args:
        labels: Volume of whole numbers.
        path: Name ending in ``.seg.nrrd`` or as for ``write_volume``.
        segments: What the labels are.

    Raises:
        OutputError: As for ``write_volume``.
    """
    plain = sitk.Cast(labels, sitk.sitkUInt8)
    for key in plain.GetMetaDataKeys():
        plain.EraseMetaData(key)
    if path.name.lower().endswith(SEGMENTATION_SUFFIX):
        for number, segment in enumerate(segments):
            for key, value in _segment_fields(plain, segment).items():
                plain.SetMetaData(f"Segment{number}_{key}", value)
        for key, value in _segmentation_fields(plain).items():
            plain.SetMetaData(f"Segmentation_{key}", value)
    write_volume(plain, path)


def _segment_fields(labels: sitk.Image, segment: segment_identity.Segment) -> dict[str, str]:
    """Return the header fields by which Slicer knows one segment."""
    present = np.argwhere(sitk.GetArrayViewFromImage(labels) == segment.value)
    if len(present):
        ends = zip(present.min(axis=0)[::-1], present.max(axis=0)[::-1], strict=True)
        extent = " ".join(f"{first} {last}" for first, last in ends)
    else:
        extent = "0 -1 0 -1 0 -1"  # Slicer's way to write an empty segment
    return {
        "ID": segment.id,
        "Name": segment.name,
        "NameAutoGenerated": "0",
        "Color": " ".join(f"{part:g}" for part in segment.color),
        "ColorAutoGenerated": "0",
        "Extent": extent,
        "LabelValue": str(segment.value),
        "Layer": "0",
        "Tags": f"TerminologyEntry:{segment_identity.TERMINOLOGY_ENTRY}|",
    }


def _segmentation_fields(labels: sitk.Image) -> dict[str, str]:
    """Return the header fields by which Slicer knows a segmentation from a plain volume."""
    return {
        "MasterRepresentation": "Binary labelmap",
        "ContainedRepresentationNames": "Binary labelmap|",
        "ConversionParameters": _reference_geometry(labels),
        "ReferenceImageExtentOffset": "0 0 0",
    }


def _reference_geometry(label: sitk.Image) -> str:
    """Return the grid in Slicer's notation, so that an empty segment also knows where it would be."""
    matrix = ";".join(f"{value:.17g}" for value in geometry.ras_affine(label).ravel())
    extent = ";".join(f"0;{count - 1}" for count in label.GetSize())
    return f"Reference image geometry|{matrix};{extent};|Grid of the segmented volume&"


def _has_suffix(path: Path, suffixes: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(suffixes)
