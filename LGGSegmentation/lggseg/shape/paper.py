"""The three shape features of Buda et al. 2019: ASD, BEVR and MF.

M. Buda, A. Saha, M. A. Mazurowski, Association of genomic subtypes of lower-grade gliomas with
shape features automatically extracted by a deep learning algorithm, Computers in Biology and
Medicine 109 (2019) 218-225 (arXiv:1906.03720).

The paper defines each feature in a sentence and leaves several choices open; its code was not
published. Every such choice is a field of :class:`Choices`. What changes when one of them is
taken differently is measured in ``docs/radiogenomics.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from lggseg.shape.ellipsoid import enclosing_ellipsoid
from lggseg.shape.outline import largest_piece, trace
from lggseg.shape.points import PointKind, hull_points
from lggseg.shape.region import Connectivity, Region, largest_component

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Choices:
    """What the paper leaves open, with the defaults used everywhere in this project.

    Attributes:
        component: ``largest`` keeps the largest component, as the paper's post-processing does;
            ``all`` takes the mask as it is.
        connectivity: 6, as the paper states for that post-processing.
        slice: The "one slice" of ASD and MF, which the paper does not name. ``largest`` is the
            slice of largest area: the usual choice where a 2D measure of a 3D lesion is asked for,
            and the one that reproduces the published medians. ``middle`` is the slice nearest to
            the centroid.
        points: What the enclosing ellipsoid encloses, which the paper does not say. ``faces``: the
            middles of the voxel faces, half way out to the background, as the mesh and all
            diameters of this project have it. On digitised smooth bodies it errs less than
            ``corners`` (which encloses every last corner: exact for a box, low for a ball), on
            angular ones less than ``centres`` (high, and nothing at all for a tumor on one
            slice). On masks of a network, of which the published medians are too, it is nearest to
            those medians: 0.014 away, ``corners`` 0.015, ``centres`` 0.072.
        border: What a boundary pixel is: the ``pixels`` of the region that touch the outside, as
            the paper words it, or the ``middles`` of the edges between inside and outside.
        bins: Number of equiangular bins of ASD; ten in the paper.
        phases: Number of rotations of the bins, evenly spread over one bin, that ASD is averaged
            over. 1 is the text taken literally, with a first bin that starts at the patient's
            left: the value then depends on how the head was turned. See ``docs/radiogenomics.md``.
        spread_ddof: 0 divides by n in a standard deviation, 1 by n - 1.
        filter_share: Length of the averaging filter of MF as a share of the number of boundary
            pixels; 0.1 in the paper. Rounded to the nearest odd number, so that the filter has a
            middle and the result does not depend on the direction of the walk.
        closed: True lets the filter run on over the end of the outline, which is closed; False
            repeats the end values.
        order: Order of the boundary pixels of MF: ``walk`` along the outline, or ``angle`` round
            the centroid, which mixes the branches of a folded outline.
    """

    component: Literal["largest", "all"] = "largest"
    connectivity: Connectivity = 6
    slice: Literal["largest", "middle"] = "largest"
    points: PointKind = "faces"
    border: Literal["pixels", "middles"] = "pixels"
    bins: int = 10
    phases: int = 36
    spread_ddof: int = 0
    filter_share: float = 0.1
    closed: bool = True
    order: Literal["walk", "angle"] = "walk"


DEFAULT_CHOICES = Choices()


@dataclass(frozen=True)
class PaperFeatures:
    """The three features; None where one is not defined for the shape at hand."""

    asd: float | None
    bevr: float | None
    mf: float | None


def paper_features(region: Region, choices: Choices = DEFAULT_CHOICES) -> PaperFeatures:
    """Measure the three features of a region under the given choices."""
    voxels = region.voxels
    if choices.component == "largest":
        voxels = largest_component(voxels, choices.connectivity)
    border = _radial_border(voxels, region.spacing, choices)
    if border is None:
        return PaperFeatures(None, bounding_ellipsoid_volume_ratio(voxels, choices), None)
    distances, angles = border
    return PaperFeatures(
        asd=angular_standard_deviation(distances, angles, choices),
        bevr=bounding_ellipsoid_volume_ratio(voxels, choices),
        mf=margin_fluctuation(distances, angles, choices),
    )


def bounding_ellipsoid_volume_ratio(voxels: BoolArray, choices: Choices = DEFAULT_CHOICES) -> float | None:
    """Return BEVR, the volume of a region over that of its minimum bounding ellipsoid.

    ``BEVR = V(region) / V(E)``, with E the ellipsoid of least volume that holds the region. 1 is
    an ellipsoid of any size and elongation; a lobed or branching shape is near 0. Since the least
    ellipsoid follows every affine map of its points, BEVR does not depend on voxel size, slice
    thickness or position, and is computed in voxel units. Regions of a few voxels, whose corners
    stand out of the ellipsoid, can exceed 1 and are given 1. With ``choices.points ==
    "corners"`` a box has exactly ``2 / (pi * sqrt(3)) = 0.3676``.

    Args:
        voxels: ``(K, J, I)`` foreground with a margin of background.
        choices: ``points`` is used.

    Returns:
        The ratio, to a relative 2e-6, or None where the points lie in a plane (centres only).
    """
    ellipsoid = enclosing_ellipsoid(hull_points(voxels, choices.points))
    if ellipsoid is None:
        return None
    return min(1.0, float(np.count_nonzero(voxels)) / ellipsoid.volume)


def angular_standard_deviation(
    distances: FloatArray, angles: FloatArray, choices: Choices = DEFAULT_CHOICES
) -> float | None:
    """Return ASD, the mean over angular bins of the spread of radial distance.

    ``ASD = mean over bins b of SD { d(p) / mean(d) : p in b }``, with d the distance of a boundary
    pixel from the centroid. Empty bins are left out, as is, with ``spread_ddof == 1``, a bin of
    one pixel. 0 is a circle (but for the pixel grid), larger is more irregular or elongated.
    After H. Georgiou et al., Multi-scaled morphological features for the characterization of
    mammographic masses using statistical classification schemes, Artificial Intelligence in
    Medicine 41 (2007) 39-55.

    Args:
        distances: ``(n,)`` distances from the centroid, any unit, mean above 0.
        angles: ``(n,)`` angles in radians.
        choices: ``bins``, ``phases`` and ``spread_ddof`` are used.
    """
    normal = distances / distances.mean()
    width = 2 * np.pi / choices.bins
    # Half steps, so that neither a row nor a diagonal of pixels falls on the border of two bins.
    starts = (np.arange(choices.phases) + 0.5) / choices.phases * width if choices.phases > 1 else np.zeros(1)
    spreads = [_bin_spreads(normal, np.mod(angles - start, 2 * np.pi) / width, choices) for start in starts]
    means = [float(spread.mean()) for spread in spreads if len(spread)]
    return float(np.mean(means)) if means else None


def _bin_spreads(values: FloatArray, places: FloatArray, choices: Choices) -> FloatArray:
    """Return the standard deviation of the values in each bin that has enough of them."""
    bins = places.astype(np.intp) % choices.bins
    counts = np.bincount(bins, minlength=choices.bins)
    enough = counts > choices.spread_ddof
    means = np.bincount(bins, values, choices.bins) / np.maximum(counts, 1)
    squares = np.bincount(bins, (values - means[bins]) ** 2, choices.bins)
    return np.sqrt(squares[enough] / (counts[enough] - choices.spread_ddof))


def margin_fluctuation(distances: FloatArray, angles: FloatArray, choices: Choices = DEFAULT_CHOICES) -> float | None:
    """Return MF, the spread of what a moving average takes off the radial distance.

    ``MF = SD (r - average(r, L))``, with ``r = d / mean(d)`` along the outline and L a tenth of
    the number of boundary pixels. 0 is a smooth outline, larger is more notches and spicules
    shorter than a tenth of the perimeter. After M. L. Giger et al., Computerized characterization
    of mammographic masses: analysis of spiculation, Cancer Letters 77 (1994) 201-211, and S.
    Pohlman et al., Quantitative classification of breast tumors in digitized mammograms, Medical
    Physics 23 (1996) 1337-1345.

    Args:
        distances: ``(n,)`` distances from the centroid in the order of the outline, mean above 0.
        angles: ``(n,)`` angles in radians, for ``order == "angle"``.
        choices: ``filter_share``, ``closed``, ``order`` and ``spread_ddof`` are used.
    """
    if len(distances) <= choices.spread_ddof:
        return None
    normal = distances / distances.mean()
    if choices.order == "angle":
        normal = normal[np.argsort(angles, kind="stable")]
    length = filter_length(len(normal), choices.filter_share)
    smooth = ndimage.uniform_filter1d(normal, length, mode="wrap" if choices.closed else "nearest")
    return float(np.std(normal - smooth, ddof=choices.spread_ddof))


def filter_length(count: int, share: float) -> int:
    """Return the odd whole number nearest to ``share * count``, the larger of two as near."""
    return 2 * int(share * count / 2) + 1


def _radial_border(voxels: BoolArray, spacing: FloatArray, choices: Choices) -> tuple[FloatArray, FloatArray] | None:
    """Return distances in millimetres and angles of the boundary of the chosen slice from its centroid.

    None where there is no boundary to speak of: a single pixel, whose only distance is 0.
    """
    piece = largest_piece(voxels[choose_slice(voxels, choices)])
    centroid = np.argwhere(piece)[:, ::-1].mean(axis=0)
    outline = trace(piece)
    border = outline.pixels if choices.border == "pixels" else outline.middles
    offsets = (border - centroid) * spacing[:2]
    distances = np.hypot(offsets[:, 0], offsets[:, 1])
    if not distances.any():
        return None
    return distances, np.arctan2(offsets[:, 1], offsets[:, 0])


def choose_slice(voxels: BoolArray, choices: Choices = DEFAULT_CHOICES) -> int:
    """Return the index k of the slice that ASD and MF are measured on.

    Of several slices of largest area, the one nearest to the centroid of the region, so that a
    region turned upside down gives the same shape.
    """
    areas = np.count_nonzero(voxels, axis=(1, 2))
    middle = float(np.average(np.arange(len(areas)), weights=areas))
    candidates = np.flatnonzero(areas == areas.max() if choices.slice == "largest" else areas > 0)
    return int(candidates[np.argmin(np.abs(candidates - middle))])
