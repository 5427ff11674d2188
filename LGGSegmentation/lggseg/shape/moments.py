"""Principal axes of a region, and what is derived from their lengths."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lggseg.shape.region import Region

FloatArray = npt.NDArray[np.float64]

_NOTHING = 1e-12


@dataclass(frozen=True)
class PrincipalAxes:
    """Principal axes of the voxel centres.

    Attributes:
        lengths_mm: ``(3,)`` major, minor and least axis length, ``4 * sqrt(eigenvalue)`` of the
            covariance (divided by n) of the voxel centres: the axes of the solid ellipsoid with
            the same second moments, but for a factor of ``sqrt(4 / 5)``, as pyradiomics has it.
        elongation: ``sqrt(minor eigenvalue / major)``, None for a single voxel.
        flatness: ``sqrt(least eigenvalue / major)``, None for a single voxel.
        centroid_lps: ``(3,)`` centroid in LPS millimetres.
    """

    lengths_mm: FloatArray
    elongation: float | None
    flatness: float | None
    centroid_lps: FloatArray


def principal_axes(region: Region) -> PrincipalAxes:
    """Return the principal axes of a region."""
    indices = np.argwhere(region.voxels)[:, ::-1].astype(np.float64)
    centroid = indices.mean(axis=0)
    offsets = (indices - centroid) * region.spacing
    eigenvalues = np.linalg.eigvalsh(offsets.T @ offsets / len(offsets))[::-1]
    # Rounding leaves tiny values, of either sign, for an extent that is exactly zero.
    eigenvalues = np.where(eigenvalues > _NOTHING * max(eigenvalues[0], _NOTHING), eigenvalues, 0.0)
    major, minor, least = (float(value) for value in eigenvalues)
    return PrincipalAxes(
        lengths_mm=4 * np.sqrt(eigenvalues),
        elongation=math.sqrt(minor / major) if major > 0 else None,
        flatness=math.sqrt(least / major) if major > 0 else None,
        centroid_lps=region.to_lps(centroid),
    )
