"""Whether slices lie evenly behind each other, as a volume must."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from lggseg.errors import GeometryError, InputError
from lggseg.volumes.native import shown

_UNEVEN_SHARE = 0.05  # of the distance between slices; positions in headers are rounded
_TILT_SHARE = 0.02
_SAME_PLACE_MM = 1e-3


def order_of_slices(
    path: Path, positions: npt.NDArray[np.float64], normal: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return the order of the slices along the normal, after making sure that they are evenly spaced.

    Args:
        path: What to name in a message.
        positions: ``(N, 3)`` LPS positions of the first voxel of each slice in millimetres.
        normal: ``(3,)`` unit vector across the slices.

    Returns:
        ``(N,)`` indices of the slices from one end to the other.

    Raises:
        InputError: If a slice is missing, or several are at the same place.
        GeometryError: If the distances vary, or the stack is tilted.
    """
    heights = positions @ normal
    order = np.argsort(heights, kind="stable")
    gaps = np.diff(heights[order])
    usual = float(gaps.min())
    if usual < _SAME_PLACE_MM:
        doubled = int(np.count_nonzero(gaps < _SAME_PLACE_MM))
        msg = (
            f"{shown(path)}: expected one slice at each place, got {doubled} doubled; the series holds several volumes "
            "(echoes, time points): export the one wanted"
        )
        raise InputError(msg)
    _check_gaps(path, gaps, usual)
    sideways = np.linalg.norm(np.diff(positions[order] - np.outer(heights[order], normal), axis=0), axis=1)
    if sideways.max() > _TILT_SHARE * usual:
        msg = f"{shown(path)}: expected slices straight behind each other, got a tilted stack; resample it straight"
        raise GeometryError(msg)
    return order


def _check_gaps(path: Path, gaps: npt.NDArray[np.float64], usual: float) -> None:
    wide = gaps > 1.5 * usual
    multiple = np.abs(gaps / usual - np.round(gaps / usual)) < _UNEVEN_SHARE
    if wide.any() and multiple.all():
        lost = int(np.round(gaps[wide] / usual - 1).sum())
        msg = (
            f"{shown(path)}: expected a slice every {usual:.2f} mm, got {lost} missing among {len(gaps) + 1 + lost}; "
            "copy or export the series again"
        )
        raise InputError(msg)
    if np.abs(gaps - usual).max() > _UNEVEN_SHARE * usual:
        msg = (
            f"{shown(path)}: expected even distances between slices, got {gaps.min():.2f} to {gaps.max():.2f} mm; "
            "resample the volume, or choose another series"
        )
        raise GeometryError(msg)
