"""Can a seam be seen? A classifier that is asked to tell blended slices apart, tested on other patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from lggseg.radiogenomics.roc import auc_of
from lggseg_training.draws import BoolArray, Draw, blob, draw_slice, grown
from lggseg_training.healthy import blend, remove_tumor
from lggseg_training.logistic import fit_logistic

FloatArray = npt.NDArray[np.float64]

_BAND = 3  # pixels on either side of the seam
_FOLDS = 5
_RIDGE = 0.05
_DRAWS = 6  # of each kind, a patient


def seam_auc(volumes: Sequence[Mapping[str, Any]], seed: int = 0) -> dict[str, Any]:
    """Return how well a classifier tells blends apart, by area under the curve on patients it has not seen.

    Two questions, each with its interval: ``blended`` asks whether the other side was blended in (sham) or the
    slice is as it was; ``removed`` whether the blend took a tumor away or was a sham. Only the second harms: where
    it can be told, seams say that there is no tumor. It is asked of the band around the seam, not of what lies inside.

    Args:
        volumes: Packed for learning.
        seed: Of the draws.
    """
    random = np.random.RandomState(seed)
    kinds: dict[str, list[tuple[int, FloatArray]]] = {"untouched": [], "sham": [], "removed": []}
    for patient, volume in enumerate(volumes):
        for _ in range(_DRAWS if len(volume["tumor_slices"]) else 0):
            for kind, signs in _signs_of_a_draw(volume, random).items():
                kinds[kind].append((patient, signs))
    return {
        "patients": len(volumes),
        "slices_a_kind": len(kinds["sham"]),
        "blended": _tell_apart(kinds["sham"], kinds["untouched"]),
        "removed": _tell_apart(kinds["removed"], kinds["sham"]),
    }


def _signs_of_a_draw(volume: Mapping[str, Any], random: np.random.RandomState) -> dict[str, FloatArray]:
    """Return the signs of one place as it was, blended, and of a tumor's place without its tumor."""
    k = int(random.choice(volume["tumor_slices"]))
    before = draw_slice(volume, k)
    places = np.argwhere(before.brain[1] & ~grown(before.labels[1][None], 20)[0])
    if not len(places):
        return {}
    # A sham of the size of the tumor, where none is: else size and place would tell what the seam does not.
    radius = float(np.sqrt(max(before.labels[1].sum(), 50) / np.pi)) + 6
    at = tuple(int(n) for n in places[random.randint(len(places))])
    region = np.stack([blob(random, before.brain.shape[1:], at, radius)] * 3)
    shammed, removed = draw_slice(volume, k), draw_slice(volume, k)
    blend(shammed, volume, k, region, 1.7)
    remove_tumor(removed, volume, k, random)
    if removed.labels[1].any():
        return {}
    return {
        "untouched": _signs(before, region[1]),
        "sham": _signs(shammed, region[1]),
        "removed": _signs(removed, grown(before.labels, 6)[1]),
    }


def _signs(draw: Draw, region: BoolArray) -> FloatArray:
    """Describe FLAIR around the rim of a region, against what lies farther out, so that head and scanner cancel out."""
    flair = draw.channels[1]
    rim = grown(region[None], _BAND)[0] & grown(~region[None], _BAND)[0] & draw.brain[1]
    away = draw.brain[1] & ~grown(region[None], 12)[0] & ~grown(draw.labels[1][None], 12)[0]
    inside = region & ~rim & draw.brain[1]
    maps = [
        np.abs(ndimage.laplace(flair)),
        ndimage.gaussian_gradient_magnitude(flair, 1.0),
        np.abs(flair - ndimage.gaussian_filter(flair, 1.0)),
        np.abs(ndimage.gaussian_filter(flair, 1.0) - ndimage.gaussian_filter(flair, 4.0)),
    ]
    return np.array([value for each in maps for value in (_excess(each, rim, away), _excess(each, rim, inside))])


def _excess(values: npt.NDArray[np.floating], here: BoolArray, there: BoolArray) -> float:
    if not here.any() or not there.any():
        return 0.0
    return float(np.log((values[here].mean() + 1e-3) / (values[there].mean() + 1e-3)))


def _tell_apart(positive: Sequence[tuple[int, FloatArray]], negative: Sequence[tuple[int, FloatArray]]) -> Any:
    """Fit on four fifths of the patients, score the rest, in turn; return the area over all."""
    patients = np.array([patient for patient, _ in (*positive, *negative)])
    x = np.array([signs for _, signs in (*positive, *negative)])
    y = np.array([1.0] * len(positive) + [0.0] * len(negative))
    x = np.column_stack([x, x**2])  # too small an effect may be as telling as too large a one
    scores = np.zeros(len(y))
    for fold in range(_FOLDS):
        test = patients % _FOLDS == fold
        intercept, slopes = fit_logistic(x[~test], y[~test], _RIDGE)
        scores[test] = intercept + x[test] @ slopes
    area = auc_of(scores[y == 1], scores[y == 0])
    return None if area is None else {"auc": area.value, "low95": area.low, "high95": area.high}
