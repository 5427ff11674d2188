"""From a study to what the network sees, and back: the only copy of it.

Training wraps these functions as MONAI transforms, the MONAI bundle names those transforms, and the
command line and 3D Slicer call the functions. Nothing here knows which of them is calling.

The network is 2.5D: it sees an axial slice of FLAIR, its neighbours about 5 mm below and above, and
the same slice of T1 before and after contrast. A missing sequence is replaced by FLAIR, as in the
data set that the model learns from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.model import intensity, slabs
from lggseg.volumes import geometry

FloatArray = npt.NDArray[np.float32]

SEQUENCES = ("flair", "pre", "post")
"""Order of the sequences in ``NetworkInput.sequences``; ``pre`` and ``post`` are T1 around contrast."""

CHANNELS = ("flair below", "flair", "flair above", "pre", "post")
"""Order of the network's input channels."""

PIXEL_SPACING_MM = 0.85
"""In-plane pixel edge that the network works at: the middle of the .78 to .94 mm of its training data."""

MINIMUM_SLICE_SPACING_MM = 3.5
"""Thinner slices are averaged to this: the network learnt from slices of 2.5 to 7 mm.

On volumes of 1 mm, 3.5 did better than 2.5 with each of three networks, and as well as 4 and 5.
"""

NEIGHBOR_DISTANCE_MM = 5.0
"""How far below and above the neighbour slices lie."""

SIZE_MULTIPLE = 32
"""Rows and columns of the network's input are multiples of this."""

NORMALIZED_RANGE = (-5.0, 10.0)
"""Normalised intensities are clipped to this range: robust standard deviations around the median."""

_FEWEST_GREY_LEVELS = 8
_VALUES_TO_COUNT = 100_000
_MARGIN_MM = 7.0
_NO_NEED_TO_RESAMPLE = 0.01  # relative difference of pixel edges
_SAMPLE_STEP = 2  # histograms of every second row and column tell the same, four times faster
_SMALLEST_HEAD = 0.05  # of the volume
_IN_THE_MIDDLE = 0.1  # of a head, at least
_LEAST_SPAN = float(np.finfo(np.float32).tiny)  # below it processors take numbers for 0
_MOST_ARTEFACTS = 3
_OCCUPIED_SHARE = 0.02  # of the fullest row or column; less than this is noise, not head
_FWHM_PER_SIGMA = 2.355
_SMOOTH_IF_COARSER_BY = 1.2


@dataclass(frozen=True)
class NetworkInput:
    """A study on the network's grid.

    Attributes:
        sequences: ``(3, K, J, I)`` float32, normalised, in the order of ``SEQUENCES``.
        foreground: ``(K, J, I)`` bool, the head as FLAIR shows it; slices without any need no network.
        grid: The network's grid (axial, LPS).
        neighbor_offset: How many slices below and above the neighbours lie.
    """

    sequences: FloatArray
    foreground: npt.NDArray[np.bool_]
    grid: sitk.Image
    neighbor_offset: int

    @property
    def occupied_slices(self) -> list[int]:
        """Indices of the slices in which there is something to segment."""
        return [int(k) for k in np.flatnonzero(self.foreground.any(axis=(1, 2)))]


def prepare(study: Mapping[str, sitk.Image]) -> NetworkInput:
    """Bring a study onto the network's grid and normalise it.

    Args:
        study: Volumes by sequence name: ``flair``, and where there are any ``pre`` and ``post``, each
            in a grid of its own; any orientation, spacing and intensity scale.

    Raises:
        InputError: If FLAIR is missing or holds nothing but one value, or a volume is not usable.
    """
    if "flair" not in study:
        msg = f"expected a FLAIR volume, got only {sorted(study) or 'nothing'}; FLAIR is the one that is needed"
        raise InputError(msg)
    for name, image in study.items():
        geometry.check_volume(image, name)
    _check_grey(study["flair"])
    flair = geometry.reorient(intensity.clean(study["flair"]).image, geometry.AXIAL_ORIENTATION)
    grid = network_grid(flair, foreground_mask(sitk.GetArrayViewFromImage(flair), "flair"))
    on_grid = {"flair": _array(regrid(flair, grid))}
    for name in SEQUENCES[1:]:
        if name in study:
            on_grid[name] = _array(regrid(intensity.clean(study[name]).image, grid))
    foreground = foreground_mask(on_grid["flair"], "flair")
    normalized = {name: normalize(array, name) for name, array in on_grid.items()}
    sequences = np.stack([normalized.get(name, normalized["flair"]) for name in SEQUENCES])
    return NetworkInput(sequences, foreground, grid, neighbor_offset(grid.GetSpacing()[2]))


def foreground_mask(array: npt.NDArray[Any], name: str) -> npt.NDArray[np.bool_]:
    """Separate the head (skull on) or brain (stripped) from the air by Otsu's threshold.

    Args:
        array: ``(K, J, I)`` intensities of any scale and offset.
        name: What to call the volume in a message.

    Raises:
        InputError: If all voxels have the same value, as far as single precision tells.
    """
    sample = array[:, ::_SAMPLE_STEP, ::_SAMPLE_STEP].astype(np.float32)
    low, high = float(array.min()), float(np.percentile(sample, 99.5))
    if not high - low > _LEAST_SPAN:
        high = float(array.max())
    if not high - low > _LEAST_SPAN:
        msg = f"{name}: expected an image, got {array.size} voxels that are all {low:g}; check the choice of volume"
        raise InputError(msg)
    level = _level_of_head(sample, low, high)
    for _ in range(_MOST_ARTEFACTS):
        if not _lies_beside(sample > level):
            break
        level = _level_of_head(sample, low, float(level))
    return np.asarray(array > level)


def _level_of_head(sample: FloatArray, low: float, high: float) -> np.float32:
    """Return the value that separates head and air, of those from ``low`` to ``high``."""
    # The square root draws tissue together and away from the air: on the plain intensities, bright fat
    # would become the foreground and brain the background.
    scaled = np.clip(sample, low, high)
    scaled -= np.float32(low)
    scaled /= np.float32(high - low)
    counts, edges = np.histogram(np.sqrt(scaled, out=scaled), bins=256)
    return np.float32(low + (high - low) * _otsu(counts, edges) ** 2)


def _lies_beside(found: npt.NDArray[np.bool_]) -> bool:
    """Tell whether what was taken for a head is little and away from the middle: a bright band at the border."""
    middle = tuple(slice(size // 5, size - size // 5) for size in found.shape[1:])
    inside, whole = np.count_nonzero(found[:, *middle]), np.count_nonzero(found)
    return bool(0 < whole < _SMALLEST_HEAD * found.size and inside < _IN_THE_MIDDLE * whole)


def normalize(array: FloatArray, name: str = "volume") -> FloatArray:
    """Centre on the median of the foreground and scale by its robust standard deviation (IQR / 1.349).

    The median and quartiles are those of ordinary brain: neither a tumor nor fat and skin, a few per
    cent of the voxels, moves them much, so that skull-on and stripped volumes come out alike.

    Args:
        array: ``(K, J, I)`` intensities of any scale and offset.
        name: What to call the volume in a message.

    Returns:
        ``(K, J, I)`` float32, clipped to ``NORMALIZED_RANGE``.
    """
    sample = array[:, ::_SAMPLE_STEP, ::_SAMPLE_STEP]
    values = sample[foreground_mask(array, name)[:, ::_SAMPLE_STEP, ::_SAMPLE_STEP]]
    lower, median, upper = np.percentile(values, (25.0, 50.0, 75.0))
    scale = (upper - lower) / 1.349
    if scale <= 0:
        scale = float(values.std()) or 1.0
    normalized = (array - np.float32(median)) / np.float32(scale)
    return np.asarray(np.clip(normalized, *NORMALIZED_RANGE), dtype=np.float32)


def network_grid(flair: sitk.Image, foreground: npt.NDArray[np.bool_]) -> sitk.Image:
    """Return the network's grid: axial, around the head, with the pixel size the network knows.

    Args:
        flair: FLAIR in axial orientation.
        foreground: ``(K, J, I)`` bool on the grid of ``flair``.

    Returns:
        An empty image of that grid; rows and columns are multiples of ``SIZE_MULTIPLE``.
    """
    size, spacing = flair.GetSize(), flair.GetSpacing()
    slice_spacing = max(spacing[2], MINIMUM_SLICE_SPACING_MM)
    slices = size[2] if slice_spacing == spacing[2] else max(1, round(size[2] * spacing[2] / slice_spacing))
    new_spacing, new_size, first = [], [], []
    for axis, other in ((0, (0, 1)), (1, (0, 2))):  # columns, rows
        share = foreground.mean(axis=other)
        occupied = np.flatnonzero(share > _OCCUPIED_SHARE * share.max())
        # A pixel that is right but for rounding stays as it is: then nothing needs interpolation.
        fits = abs(spacing[axis] / PIXEL_SPACING_MM - 1.0) < _NO_NEED_TO_RESAMPLE
        edge = spacing[axis] if fits else PIXEL_SPACING_MM
        extent = min((occupied[-1] - occupied[0] + 1) * spacing[axis] + 2 * _MARGIN_MM, size[axis] * spacing[axis])
        count = SIZE_MULTIPLE * int(np.ceil(extent / edge / SIZE_MULTIPLE - 1e-6))
        start = 0.5 * (occupied[0] + occupied[-1]) - 0.5 * (count - 1) * edge / spacing[axis]
        first.append(float(np.floor(start)) if fits else start)
        new_size.append(count)
        new_spacing.append(edge)
    first.append(0.5 * (size[2] - 1) - 0.5 * (slices - 1) * slice_spacing / spacing[2])
    origin = flair.TransformContinuousIndexToPhysicalPoint(first)
    return geometry.empty_grid([*new_size, slices], [*new_spacing, slice_spacing], origin, flair.GetDirection())


def regrid(image: sitk.Image, grid: sitk.Image, *, nearest: bool = False) -> sitk.Image:
    """Resample a volume onto another grid, in physical space.

    Where the new grid is coarser, the volume is smoothed first, so that a thick slice is the average
    that a scanner would have measured. Outside the volume its lowest value is used.

    Args:
        image: Any volume; for a mask or label set ``nearest``.
        grid: The grid wanted.
        nearest: Take the nearest voxel and smooth nothing.
    """
    outside = 0.0 if nearest else float(sitk.GetArrayViewFromImage(image).min())
    copied = geometry.copy_aligned(image, grid, outside)
    if copied is not None:
        return copied
    if nearest:
        return sitk.Resample(image, grid, sitk.Transform(), sitk.sitkNearestNeighbor, outside)
    return slabs.resample(image, grid, smoothing_variance(image, grid), outside)


def neighbor_offset(slice_spacing_mm: float) -> int:
    """Return how many slices away the neighbour slices are: about 5 mm, at least one."""
    return max(1, round(NEIGHBOR_DISTANCE_MM / slice_spacing_mm))


def stack_channels(sequences: FloatArray, k: int, offset: int) -> FloatArray:
    """Put the network's input for one slice together.

    Args:
        sequences: ``(3, K, J, I)`` normalised volumes in the order of ``SEQUENCES``.
        k: Index of the slice.
        offset: Distance of the neighbours in slices; at the ends of the stack the last slice serves.

    Returns:
        ``(5, J, I)`` float32 in the order of ``CHANNELS``.
    """
    flair, pre, post = sequences
    below, above = max(k - offset, 0), min(k + offset, len(flair) - 1)
    return np.stack([flair[below], flair[k], flair[above], pre[k], post[k]])


def restore(probability: FloatArray, grid: sitk.Image, reference: sitk.Image) -> sitk.Image:
    """Bring a probability map from the network's grid back onto the grid of the user's volume.

    Args:
        probability: ``(K, J, I)`` float32 on ``grid``.
        grid: The network's grid.
        reference: The volume that was segmented, in its own orientation and spacing.
    """
    image = geometry.like(probability, grid)
    copied = geometry.copy_aligned(image, reference, 0.0)
    if copied is not None:
        return copied
    return sitk.Resample(image, reference, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkFloat32)


def _check_grey(flair: sitk.Image) -> None:
    """Refuse a label map: it has edges where a tumor would be, and the network finds one."""
    array = sitk.GetArrayViewFromImage(flair)
    few = np.unique(array.ravel()[:: max(1, array.size // _VALUES_TO_COUNT)])
    if 1 < len(few) < _FEWEST_GREY_LEVELS and 1 < len(np.unique(array)) < _FEWEST_GREY_LEVELS:
        msg = f"flair: expected grey values, got only {len(few)} (a mask or label map?); choose the image"
        raise InputError(msg)


def _array(image: sitk.Image) -> FloatArray:
    return np.asarray(sitk.GetArrayFromImage(image), dtype=np.float32)


def _otsu(counts: npt.NDArray[np.int64], edges: npt.NDArray[np.floating]) -> float:
    """Return the threshold that separates a histogram into two classes best (Otsu 1979)."""
    centers = 0.5 * (edges[:-1] + edges[1:])
    below = np.cumsum(counts)[:-1].astype(np.float64)
    above = counts.sum() - below
    moment = np.cumsum(counts * centers)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (moment[:-1] / below - (moment[-1] - moment[:-1]) / above) ** 2
    return float(edges[1:-1][np.nanargmax(between)])


def smoothing_variance(image: sitk.Image, grid: sitk.Image) -> npt.NDArray[np.float64]:
    """Return by how much to blur along the axes of ``image`` in which ``grid`` is coarser, in square millimetres."""
    aligned = _spacing_along_axes(grid, image)
    fine = np.array(image.GetSpacing())
    coarser = aligned > _SMOOTH_IF_COARSER_BY * fine
    return np.where(coarser, np.maximum(aligned**2 - fine**2, 0) / _FWHM_PER_SIGMA**2, 0.0)


def _spacing_along_axes(grid: sitk.Image, image: sitk.Image) -> npt.NDArray[np.float64]:
    """Return the voxel edges of ``grid`` as seen along the axes of ``image``, in millimetres."""
    to_image = np.abs(np.array(image.GetDirection()).reshape(3, 3).T @ np.array(grid.GetDirection()).reshape(3, 3))
    nearest_axis = np.argmax(to_image, axis=1)
    return np.asarray(np.array(grid.GetSpacing())[nearest_axis])
