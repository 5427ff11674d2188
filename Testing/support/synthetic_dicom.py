"""Writes small DICOM series and multi-frame files for tests, with the geometry of a SimpleITK image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid


def write_series(
    image: sitk.Image,
    folder: Path,
    *,
    description: str = "AX FLAIR",
    skip: tuple[int, ...] = (),
    shift_mm: dict[int, float] | None = None,
    prefix: str = "IM",
    **elements: Any,
) -> str:
    """Write one file a slice, in shuffled name order, and return the series UID.

    ``skip`` leaves slices out, ``shift_mm`` moves slices along the normal, ``elements`` overrides.
    """
    folder.mkdir(parents=True, exist_ok=True)
    series = generate_uid(entropy_srcs=[description, prefix, str(folder)])
    array = sitk.GetArrayFromImage(image)
    normal = np.array(image.GetDirection()).reshape(3, 3)[:, 2]
    order = np.random.default_rng(0).permutation(len(array))
    for k in range(len(array)):
        if k in skip:
            continue
        dataset = _dataset(MRImageStorage, series, description)
        dataset.InstanceNumber = str(k + 1)
        position = np.array(image.TransformIndexToPhysicalPoint((0, 0, k))) + (shift_mm or {}).get(k, 0.0) * normal
        dataset.ImagePositionPatient = _decimals(position)
        dataset.ImageOrientationPatient = _orientation(image)
        dataset.PixelSpacing = _decimals([image.GetSpacing()[1], image.GetSpacing()[0]])
        dataset.SliceThickness = str(image.GetSpacing()[2])
        _pixels(dataset, array[k])
        for name, value in elements.items():
            setattr(dataset, name, value)
        dataset.save_as(folder / f"{prefix}{order[k]:04d}", enforce_file_format=True)
    return str(series)


def write_multiframe(image: sitk.Image, path: Path, *, description: str = "AX FLAIR") -> None:
    """Write one enhanced MR file that holds all slices."""
    array = sitk.GetArrayFromImage(image)
    dataset = _dataset(EnhancedMRImageStorage, generate_uid(), description)
    dataset.NumberOfFrames = str(len(array))
    measures = Dataset()
    measures.PixelSpacing = _decimals([image.GetSpacing()[1], image.GetSpacing()[0]])
    measures.SliceThickness = str(image.GetSpacing()[2])
    measures.SpacingBetweenSlices = str(image.GetSpacing()[2])
    plane = Dataset()
    plane.ImageOrientationPatient = _orientation(image)
    shared = Dataset()
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.PlaneOrientationSequence = Sequence([plane])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for k in range(len(array)):
        position = Dataset()
        position.ImagePositionPatient = _decimals(image.TransformIndexToPhysicalPoint((0, 0, k)))
        content = Dataset()
        content.DimensionIndexValues = [k + 1]
        content.InStackPositionNumber = k + 1
        content.StackID = "1"
        frame = Dataset()
        frame.PlanePositionSequence = Sequence([position])
        frame.FrameContentSequence = Sequence([content])
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    _pixels(dataset, array)
    dataset.save_as(path, enforce_file_format=True)


def _dataset(sop_class: str, series: str, description: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    dataset.SeriesInstanceUID = series
    dataset.SeriesDescription = description
    dataset.Modality = "MR"
    dataset.PatientName = "Synthetic^Head"
    dataset.PatientID = "synthetic"
    return dataset


def _pixels(dataset: Dataset, array: np.ndarray) -> None:
    dataset.Rows, dataset.Columns = array.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
    dataset.PixelData = np.ascontiguousarray(array, dtype="<i2").tobytes()


def _orientation(image: sitk.Image) -> list[str]:
    direction = np.array(image.GetDirection()).reshape(3, 3)
    return _decimals([*direction[:, 0], *direction[:, 1]])


def _decimals(values: Any) -> list[str]:
    # A decimal string holds at most 16 characters.
    return [f"{value:.10f}"[:16] for value in values]
