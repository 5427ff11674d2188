"""Masks from files: which voxels belong, and whether the file is a mask at all.

A number measured on something that is no mask looks like any other, so what is no label map is refused: a
probability map, an image, a mask with inside and outside exchanged, segments of which none was chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import GeometryError, InputError
from lggseg.volumes import extent, geometry, io, notes
from lggseg.volumes.given_spacing import Spacing
from lggseg.volumes.native import shown

LARGEST_ML = 1000.0
"""More than this is the brain or a head, but no tumor."""

LARGEST_PLAUSIBLE_ML = 350.0
"""Few tumors are larger: more than this is worth a word."""

_PARTS_OF_A_TUMOR = frozenset({1.0, 2.0, 3.0, 4.0})
"""Labels of one tumor in parts (core, oedema, enhancing): together they are the FLAIR abnormality."""

_MOST_LABELS = 20  # more values than this are grey levels
_TWO = 2  # inside and outside, whatever the numbers
_FLAT_SHARE = 0.6
_LISTED = 6
_EXCHANGED_SHARE = 0.5
_MOST_OUTSIDE = 5.0  # per cent
_BY_ITSELF = "save the one wanted in a file of its own"


@dataclass(frozen=True)
class Choice:
    """Which part of a file is the mask.

    Attributes:
        label: Value of its voxels in a label map; None for all that are not 0.
        segment: Name or ID of its segment in a ``.seg.nrrd`` file; None where there is only one.
        options: How the user names label and segment, for messages; None where the command asks for neither.
    """

    label: int | None = None
    segment: str | None = None
    options: tuple[str, str] | None = field(default=None, compare=False)

    @property
    def names(self) -> tuple[str, str]:
        """Words for label and segment."""
        return self.options or ("label", "segment")

    @property
    def of_labels(self) -> str:
        """What the user can do about several labels."""
        return f"choose one with {self.options[0]}" if self.options else _BY_ITSELF

    @property
    def of_segments(self) -> str:
        """What the user can do about several segments."""
        return f"choose one with {self.options[1]} NAME" if self.options else _BY_ITSELF


EVERYTHING = Choice()
"""All voxels that are not 0, and the only segment."""


def read_mask(path: Path | str, choice: Choice = EVERYTHING, spacing: Spacing | None = None) -> sitk.Image:
    """Read a mask.

    Args:
        path: A file or folder as ``io.read_volume`` takes it.
        choice: Which label or segment of it, where there are several.
        spacing: Voxel size ``(i, j, k)`` in millimetres of TIFF slices, which do not store it.

    Returns:
        uint8, 1 inside; ``notes.of`` tells what had to be decided about it.

    Raises:
        InputError: If the file is no mask, or it is not clear which of its parts is meant.
    """
    return mask_of(io.read_labels(path, spacing), shown(path), choice)


def mask_of(image: sitk.Image, name: str, choice: Choice = EVERYTHING) -> sitk.Image:
    """Return a mask from a label map, a binary map or a file of segments; arguments and errors as ``read_mask``."""
    array, said = _chosen(image, name, choice)
    inside = array if array.dtype == bool else _labelled(array, name, choice, said)
    result = geometry.like(inside.astype(np.uint8), image)
    said += _check_extent(result, name, choice)
    for note in (*notes.of(image), *said):
        notes.add(result, note)
    return result


def on_grid(mask: sitk.Image, grid: sitk.Image, name: str) -> sitk.Image:
    """Bring a mask onto the grid of the volume it belongs to.

    Raises:
        GeometryError: If it lies elsewhere: then its header is not that of the volume.
    """
    from lggseg.model.preprocessing import regrid  # noqa: PLC0415  (a circle otherwise: the model reads volumes)

    moved = regrid(mask, grid, nearest=True)
    before, after = (
        np.count_nonzero(sitk.GetArrayViewFromImage(image)) * geometry.voxel_volume_ml(image) for image in (mask, moved)
    )
    outside = 100 * (1 - after / before) if before else 0.0
    if outside > _MOST_OUTSIDE:
        msg = (
            f"{name}: expected a mask inside the volume, got one {outside:.0f} % outside "
            f"(origin {_rounded(mask.GetOrigin())} mm, that of the volume {_rounded(grid.GetOrigin())} mm); give it "
            "the header of the volume"
        )
        raise GeometryError(msg)
    if not geometry.same_grid(mask, grid):
        notes.add(moved, f"{name} lies on another grid and was brought to that of FLAIR by its place in space.")
    for note in notes.of(mask):
        notes.add(moved, note)
    return moved


def _rounded(origin: Any) -> str:
    return " ".join(f"{part:.1f}" for part in origin)


def _chosen(image: sitk.Image, name: str, choice: Choice) -> tuple[npt.NDArray[Any], list[str]]:
    """Return the voxels of one segment, or of the whole image where it has no segments."""
    array = sitk.GetArrayViewFromImage(image)
    segments = _segments(image, name)
    if not segments:
        if choice.segment is not None:
            msg = f"{name}: expected a file with segments, got one without; leave {choice.names[1]} out"
            raise InputError(msg)
        if array.ndim != 3:
            msg = f"{name}: expected one value a voxel, got {array.shape[-1]}; choose one volume"
            raise InputError(msg)
        return array, []
    wanted = None if choice.segment is None else choice.segment.lower()
    listed = ", ".join(f"«{segment.name}»" for segment in segments)
    if choice.label is not None:
        label, segment = choice.names
        msg = f"{name}: expected {segment} for a file with segments, got {label} {choice.label}; it has {listed}"
        raise InputError(msg)
    found = [one for one in segments if wanted in (None, one.name.lower(), one.id.lower())]
    if len(found) != 1:
        asked = "one segment" if wanted is None else f"segment «{choice.segment}»"
        msg = f"{name}: expected {asked}, got {listed}; {choice.of_segments}"
        raise InputError(msg)
    one = found[0]
    if one.layer >= (1 if array.ndim == 3 else array.shape[-1]):
        msg = f"{name}: expected «{one.name}» in one of the layers of the file, got layer {one.layer}; save it again"
        raise InputError(msg)
    layer = array if array.ndim == 3 else array[..., one.layer]
    unknown = set(np.unique(layer)) - {0, *(other.label for other in segments if other.layer == one.layer)}
    if one.label not in layer and unknown:
        got = f"others of {min(unknown)}"
        msg = f"{name}: expected voxels of label {one.label} for «{one.name}», got {got}; save it again"
        raise InputError(msg)
    return layer == one.label, [] if len(segments) == 1 else [f"Of the segments {listed}, «{one.name}» was taken."]


@dataclass(frozen=True)
class _Segment:
    name: str
    id: str
    label: int
    layer: int


def _segments(image: sitk.Image, name: str) -> list[_Segment]:
    """Return the segments that the fields of a ``.seg.nrrd`` file describe.

    Files of 3D Slicer before 4.11 say neither label nor layer: each segment is a layer of its own there.
    """
    several = image.GetNumberOfComponentsPerPixel() > 1

    def field(number: int, key: str, default: str) -> str:
        full = f"Segment{number}_{key}"
        return str(image.GetMetaData(full)) if image.HasMetaDataKey(full) else default

    found: list[_Segment] = []
    while image.HasMetaDataKey(f"Segment{len(found)}_ID"):
        number = len(found)
        try:
            label = int(field(number, "LabelValue", "1"))
            layer = int(field(number, "Layer", str(number) if several else "0"))
        except ValueError as error:
            msg = f"{name}: expected whole numbers for label and layer of a segment, got «{error}»; save it again"
            raise InputError(msg) from error
        identity = field(number, "ID", "")
        found.append(_Segment(shown(field(number, "Name", identity)), identity, label, max(layer, 0)))
    return found


def _labelled(array: npt.NDArray[Any], name: str, choice: Choice, said: list[str]) -> npt.NDArray[np.bool_]:
    """Return which voxels belong, after making sure that the values are labels."""
    label = choice.label
    values = np.unique(array).astype(np.float64)
    inside = values[values != 0]
    _refuse_no_labels(array, values, name, chosen=label is not None)
    if label is not None:
        if label not in inside:
            msg = f"{name}: expected voxels of label {label}, got {_listed(values)}; choose another {choice.names[0]}"
            raise InputError(msg)
        return np.asarray(array == label)
    if values.min() < 0:
        msg = f"{name}: expected a mask without negative values, got {_listed(values)}; {choice.of_labels}"
        raise InputError(msg)
    if len(inside) > 1:
        if not set(inside) <= _PARTS_OF_A_TUMOR:
            msg = f"{name}: expected one label, got {_listed(inside)}; {choice.of_labels}"
            raise InputError(msg)
        how = f" ({choice.options[0]} chooses one)" if choice.options else ""
        said.append(f"The labels {_listed(inside)} were taken together as one abnormality{how}.")
    return np.asarray(array != 0)


def _refuse_no_labels(array: npt.NDArray[Any], values: npt.NDArray[np.float64], name: str, *, chosen: bool) -> None:
    """Refuse values that are no labels; where one of them is chosen, an atlas may have hundreds, in flat regions."""
    whole = bool((values == np.round(values)).all())
    few = len(values) <= _MOST_LABELS
    if (few and (whole or len(values) <= _TWO)) or (chosen and whole and _is_flat(array)):
        return
    probability = not whole and values.min() >= 0 and values.max() <= 1
    kind = "a probability map" if probability else "an image, or a mask that was interpolated"
    msg = f"{name}: expected a mask, got {len(values)} different values ({kind}); make a label map of it first"
    raise InputError(msg)


def _is_flat(array: npt.NDArray[Any]) -> bool:
    """Tell whether neighbours that are not 0 mostly have the same value, as in a label map; an image has noise."""
    inside = (array[..., 1:] != 0) & (array[..., :-1] != 0)
    return bool(inside.any() and np.mean((array[..., 1:] == array[..., :-1])[inside]) > _FLAT_SHARE)


def _check_extent(mask: sitk.Image, name: str, choice: Choice) -> list[str]:
    """Refuse a mask that no tumor fills: inside and outside exchanged, or the whole brain; return what is odd."""
    array = sitk.GetArrayViewFromImage(mask)
    border = np.concatenate([face.ravel() for axis in range(3) for face in (array.take(0, axis), array.take(-1, axis))])
    share = float(array.mean())
    if share > _EXCHANGED_SHARE and float(border.mean()) > _EXCHANGED_SHARE:
        msg = (
            f"{name}: expected a mask with 0 outside, got one that fills {100 * share:.0f} % of the volume and its "
            "border: inside and outside are exchanged; turn it round"
        )
        raise InputError(msg)
    volume_ml = float(np.count_nonzero(array)) * geometry.voxel_volume_ml(mask)
    if volume_ml > LARGEST_ML:
        msg = (
            f"{name}: expected the mask of a tumor, got {volume_ml:.0f} ml: a brain or a head, or a wrong voxel size; "
            f"if it has several labels, {choice.of_labels}; or correct the header"
        )
        raise InputError(msg)
    large = f"{volume_ml:.0f} ml is more than a tumor has: check that it is the mask of one, and its voxel size."
    return [*([large] if volume_ml > LARGEST_PLAUSIBLE_ML else []), *([size] if (size := extent.doubt(mask)) else [])]


def _listed(values: npt.NDArray[np.float64]) -> str:
    shown_values = ", ".join(f"{value:g}" for value in values[:_LISTED])
    return shown_values + (f" and {len(values) - _LISTED} more" if len(values) > _LISTED else "")
