"""The picture of a result: a montage of axial slices with the outline on top."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from PIL import Image, ImageDraw
from scipy import ndimage

from lggseg.model import intensity
from lggseg.model.preprocessing import foreground_mask
from lggseg.segmentation.segment_identity import SEGMENT_COLOR
from lggseg.volumes import geometry

ByteArray = npt.NDArray[np.uint8]

OUTLINE_COLOR_RGB = tuple(round(255 * part) for part in SEGMENT_COLOR)
"""Colour of the outline: that of the segment in 3D Slicer."""

_TILE_PIXELS = 220
_COLUMNS = 4
_ROWS = 3
TRUTH_COLOR_RGB = (90, 200, 255)
_FILL = 0.22
_MARGIN_PIXELS = 3
_VALUES_COUNTED = 8_000_000


def montage(flair: sitk.Image, mask: sitk.Image, truth: sitk.Image | None = None) -> Image.Image:
    """Draw up to twelve slices, spread over the abnormality, in radiological view (patient's right on the left).

    Args:
        flair: The volume, in any orientation.
        mask: The segmentation, on the same grid; its outline is drawn and its inside tinted.
        truth: A reference segmentation on the same grid, drawn as a thin second outline.
    """
    shown = [image for image in (intensity.clean(flair).image, mask, truth) if image]
    spacing = geometry.axial_spacing(flair)
    arrays = [geometry.oriented_view(image, geometry.AXIAL_ORIENTATION) for image in shown]
    head = around_head(arrays[0])
    arrays = [array[head] for array in arrays]
    levels = grey_levels(arrays[0])
    chosen = _slices_to_show(arrays[1])
    tiles = [_tile(window(arrays[0][k], levels), [array[k] > 0 for array in arrays[1:]], spacing, k) for k in chosen]
    columns = min(_COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    page = Image.new("RGB", (columns * _TILE_PIXELS, rows * _TILE_PIXELS))
    for index, tile in enumerate(tiles):
        page.paste(tile, ((index % columns) * _TILE_PIXELS, (index // columns) * _TILE_PIXELS))
    return page


def grey_levels(array: npt.NDArray[Any]) -> tuple[float, float]:
    """Return what is shown black and white: the 1st and the 99.7th percentile, of a part of a large volume."""
    step = max(1, math.ceil((array.size / _VALUES_COUNTED) ** (1 / array.ndim)))
    low, high = np.percentile(array[(slice(None, None, step),) * array.ndim], (1.0, 99.7))
    return float(low), float(high)


def window(array: npt.NDArray[Any], levels: tuple[float, float]) -> ByteArray:
    """Map intensities to grey, from black at the lower to white at the upper level."""
    low, high = levels
    scaled = (array.astype(np.float32) - np.float32(low)) / np.float32(max(high - low, 1e-6))
    return np.asarray(np.clip(scaled * 255.0, 0, 255), dtype=np.uint8)


def around_head(flair: npt.NDArray[Any]) -> tuple[slice, slice, slice]:
    """Return all slices, and the rows and columns that hold more than air."""
    occupied = np.ones(flair.shape[1:], dtype=bool)
    if np.ptp(flair) > 0:
        occupied = np.asarray(foreground_mask(flair, "flair").any(axis=0))
    lines = [np.flatnonzero(occupied.any(axis=axis)) for axis in (1, 0)]
    rows, columns = (slice(max(used[0] - _MARGIN_PIXELS, 0), used[-1] + _MARGIN_PIXELS + 1) for used in lines)
    return slice(None), rows, columns


def _slices_to_show(mask: npt.NDArray[Any]) -> list[int]:
    """Choose slices: all of the abnormality where they fit, else evenly through it; without one, through the volume."""
    most = _COLUMNS * _ROWS
    touched = np.flatnonzero(mask.any(axis=(1, 2)))
    if len(touched):
        first, last = max(touched[0] - 1, 0), min(touched[-1] + 1, len(mask) - 1)
    else:
        first, last = 0, len(mask) - 1
    count = min(most, last - first + 1)
    return [int(k) for k in np.unique(np.linspace(first, last, count).round())]


def _tile(grey: ByteArray, masks: list[npt.NDArray[np.bool_]], spacing: tuple[float, ...], k: int) -> Image.Image:
    """Draw one slice into a square, with square millimetres whatever the pixel spacing."""
    rows, columns = grey.shape
    extent = np.array([columns * spacing[0], rows * spacing[1]])
    size = np.maximum((extent / extent.max() * _TILE_PIXELS).round().astype(int), 1)
    picture = np.array(Image.fromarray(grey).resize(tuple(size), Image.Resampling.BICUBIC).convert("RGB"))
    for order, mask in enumerate(masks):
        enlarged = np.array(Image.fromarray(mask.astype(np.uint8) * 255).resize(tuple(size), Image.Resampling.BICUBIC))
        _paint(picture, enlarged > 127, OUTLINE_COLOR_RGB if order == 0 else TRUTH_COLOR_RGB, fill=order == 0)
    tile = Image.new("RGB", (_TILE_PIXELS, _TILE_PIXELS))
    tile.paste(Image.fromarray(picture), tuple((_TILE_PIXELS - size) // 2))
    ImageDraw.Draw(tile).text((6, 4), f"slice {k + 1}", fill=(190, 190, 190))
    return tile


def _paint(picture: ByteArray, mask: npt.NDArray[np.bool_], color: tuple[int, ...], *, fill: bool) -> None:
    """Tint the inside of a mask and draw its edge, in place."""
    if fill:
        picture[mask] = ((1 - _FILL) * picture[mask] + _FILL * np.array(color)).astype(np.uint8)
    edge = mask & ~ndimage.binary_erosion(mask)
    picture[edge] = color
