"""One DICOM file that holds all slices to a volume: frames in any order, each in its own scale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import FormatError, GeometryError, InputError
from lggseg.volumes import dicom_pixels, geometry, given_spacing, notes
from lggseg.volumes.dicom_header import SliceHeader, read_dataset
from lggseg.volumes.given_spacing import Spacing
from lggseg.volumes.native import shown
from lggseg.volumes.slice_places import order_of_slices

FloatArray = npt.NDArray[np.float64]

_SAME = 1e-3


def read(header: SliceHeader, spacing: Spacing | None = None) -> sitk.Image:
    """Read a multi-frame file.

    Args:
        header: That of the file.
        spacing: Voxel size ``(i, j, k)`` in millimetres, where the file does not store it.

    Raises:
        FormatError: If the file is damaged or cannot be decoded.
        InputError: If it holds one slice only, or several volumes.
        GeometryError: If its slices do not lie evenly behind each other, or it does not say how.
    """
    name = shown(header.path)
    if header.frames < 2:
        msg = f"{name}: expected a volume, got a single slice; give the folder that holds all slices"
        raise InputError(msg)
    stored = dicom_pixels.stored_frames(header.path)
    if stored is not None and stored > header.frames:
        msg = f"{name}: expected voxels of {header.frames} frames (NumberOfFrames), got of {stored}; export it again"
        raise FormatError(msg)
    frames = _Frames(header.path)
    array = frames.values(header)
    if array.shape != (header.frames, *header.size[::-1]):
        msg = f"{name}: expected {header.frames} frames of {header.size}, got values of shape {array.shape}"
        raise FormatError(msg)
    return frames.placed(array, header, spacing) if frames.has_places else frames.piled(array, header, spacing)


class _Frames:
    """What the functional groups of a multi-frame file say of each frame."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = shown(path)
        self._dataset = read_dataset(path)
        self._groups = list(self._dataset.get("PerFrameFunctionalGroupsSequence", None) or ())
        self._shared = list(self._dataset.get("SharedFunctionalGroupsSequence", None) or ())

    @property
    def has_places(self) -> bool:
        """Whether the file says of each frame where it is."""
        return bool(self._groups) and all(
            self._macro(group, "PlanePositionSequence") is not None for group in self._groups
        )

    def values(self, header: SliceHeader) -> npt.NDArray[np.generic]:
        """Return the ``(K, J, I)`` values in the order of the file, each frame in its own scale, without padding."""
        scales = self._scales()
        if len(scales) == header.frames and np.ptp(scales, axis=0).any():
            stored = dicom_pixels.decode_stored(self._path)
            if len(stored) == len(scales):
                slope, intercept = scales.T[:, :, None, None].astype(np.float32)
                scaled = stored * slope + intercept
                per_frame = [replace(header, rescale=header.scale(s, i)) for s, i in scales.tolist()]
                return self._clean(scaled, per_frame)
        one = replace(header, rescale=header.scale(*scales[0].tolist())) if len(scales) else header
        return self._clean(dicom_pixels.decode(self._path), [one])

    def _clean(self, array: npt.NDArray[np.generic], headers: list[SliceHeader]) -> npt.NDArray[np.generic]:
        cleaned, self.said = dicom_pixels.without_padding(array, headers)
        return cleaned

    def placed(self, array: npt.NDArray[np.generic], header: SliceHeader, spacing: Spacing | None) -> sitk.Image:
        """Return the volume by the places that the file gives."""
        positions = self._all("PlanePositionSequence", "ImagePositionPatient", 3)
        orientations = self._all("PlaneOrientationSequence", "ImageOrientationPatient", 6)
        if len(positions) != header.frames:
            msg = f"{self._name}: expected places of {header.frames} frames, got {len(positions)}; export it again"
            raise FormatError(msg)
        if np.abs(orientations - orientations[0]).max() > _SAME:
            msg = f"{self._name}: expected parallel frames, got several orientations; choose another file"
            raise GeometryError(msg)
        rows, columns = orientations[0, :3], orientations[0, 3:]
        normal = np.cross(rows, columns)
        order = order_of_slices(self._path, positions, normal)
        heights = positions[order] @ normal
        between = float(heights[-1] - heights[0]) / (len(order) - 1)
        edges = given_spacing.completed([*self._pixel_edges(header), between], spacing, self._name)
        geometry.check_edges(edges[:2], self._name, "PixelSpacing (0028,0030)")
        origin = positions[order[0]]
        return self._image(array[order], edges, origin, np.column_stack([rows, columns, normal]))

    def piled(self, array: npt.NDArray[np.generic], header: SliceHeader, spacing: Spacing | None) -> sitk.Image:
        """Return the volume of a file without places, evenly spaced as its header says, and a note on that."""
        edges = given_spacing.completed([*header.spacing, self._distance()], spacing, self._name)
        geometry.check_edges(np.array(edges), self._name, "PixelSpacing and SpacingBetweenSlices")
        image = self._image(array, edges, np.zeros(3), np.eye(3))
        size = " x ".join(f"{edge:g}" for edge in edges)
        notes.add(image, f"The file does not say where its frames lie: taken as axial, from below, {size} mm a voxel.")
        return image

    def _image(
        self, array: npt.NDArray[np.generic], edges: list[float], origin: FloatArray, direction: FloatArray
    ) -> sitk.Image:
        image = sitk.GetImageFromArray(np.ascontiguousarray(array))
        image.SetSpacing(edges)
        image.SetOrigin(origin.tolist())
        image.SetDirection(direction.ravel().tolist())
        if self.said:
            notes.add(image, self.said)
        return image

    def _pixel_edges(self, header: SliceHeader) -> FloatArray:
        measures = [self._macro(group, "PixelMeasuresSequence") for group in self._groups]
        if not any(item is not None and item.get("PixelSpacing") is not None for item in measures):
            return header.spacing  # in the place of files with one slice, or nowhere
        spacings = self._all("PixelMeasuresSequence", "PixelSpacing", 2)[:, ::-1]
        for spacing in spacings:
            geometry.check_edges(spacing, self._name, "PixelSpacing (0028,0030)")
        if np.abs(spacings / spacings[0] - 1).max() > _SAME:
            msg = f"{self._name}: expected frames of one PixelSpacing, got several; export single slices"
            raise GeometryError(msg)
        return np.asarray(spacings[0])

    def _distance(self) -> float:
        for keyword in ("SpacingBetweenSlices", "SliceThickness"):
            value = self._dataset.get(keyword)
            if value is not None:
                return float(self._parsed([value], keyword, 1)[0])
        return float("nan")

    def _scales(self) -> FloatArray:
        """Return the ``(N, 2)`` slope and intercept of the frames, 1 and 0 of those that say nothing.

        No rows where the file gives none at all.
        """
        items = [self._macro(group, "PixelValueTransformationSequence") for group in self._groups]
        if all(item is None for item in items):
            return np.empty((0, 2))
        pairs = [
            [1, 0] if item is None else [item.get("RescaleSlope", 1), item.get("RescaleIntercept", 0)] for item in items
        ]
        return np.array([self._parsed(pair, "RescaleSlope and RescaleIntercept", 2) for pair in pairs]).reshape(-1, 2)

    def _all(self, sequence: str, keyword: str, count: int) -> FloatArray:
        rows = []
        for group in self._groups:
            item = self._macro(group, sequence)
            value = None if item is None else item.get(keyword)
            if value is None:
                msg = f"{self._name}: expected {keyword} of each frame, got frames without; export the series again"
                raise GeometryError(msg)
            rows.append(self._parsed(value, keyword, count))
        return np.array(rows).reshape(-1, count)

    def _parsed(self, value: Any, keyword: str, count: int) -> FloatArray:
        try:
            numbers = np.array([float(part) for part in value], dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            numbers = np.empty(0)
        if len(numbers) != count or not np.isfinite(numbers).all():
            msg = f"{self._name}: expected {count} numbers in {keyword}, got «{value}»; export the series again"
            raise FormatError(msg)
        return numbers

    def _macro(self, group: Any, sequence: str) -> Any:
        """Return an item of the functional groups: of the frame, or what all frames share."""
        for place in (group, *self._shared):
            items = place.get(sequence)
            if items:
                return items[0]
        return None
