"""Which features stay the same when the outline is drawn a little differently.

Each condition gives several values a patient; ICC(A,1), absolute agreement of single measurements, says how much of
their spread is between patients. Under 0.75 is less than good (T. K. Koo, M. Y. Li, Journal of Chiropractic Medicine
15 (2016) 155-163). Perturbation instead of repeated scans: A. Zwanenburg et al., Scientific Reports 9 (2019) 614.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from lggseg.cohort.agreement import FEWEST, Icc, intraclass_correlation
from lggseg.cohort.features import MaskFile, Values
from lggseg.cohort.tables import Table, numbers
from lggseg.errors import LggsegError
from lggseg.shape.measuring import measure
from lggseg.shape.perturb import at_threshold, narrower, thicker, wider
from lggseg.shape.registry import FEATURES
from lggseg.volumes import io, masks

GOOD = 0.75
FEWEST_TO_JUDGE = 10
THRESHOLDS = (0.2, 0.5, 0.8)
OUTLINE, THICKNESS = "one pixel wider or narrower", "slices twice as thick"
CONTOURS, SECOND = "contours at .2, .5 and .8", "a second outline"
_PLACE = ("left_share", "crosses_midline")
"""Features of the place in the head, which a perturbed mask does not keep."""
KEYS = tuple(item.key for item in FEATURES if item.key not in _PLACE)

Ratings = Mapping[str, Sequence[Values]]
"""Patient to the features of each of his masks."""


@dataclass(frozen=True)
class Stability:
    """How one feature fared under one condition.

    Attributes:
        feature: Column of the feature file.
        condition: What was done to the outline.
        n: Number of patients.
        icc: ICC(A,1) with its 95 % interval; None where it is not defined.
    """

    feature: str
    condition: str
    n: int
    icc: Icc | None

    @property
    def good(self) -> bool:
        """Whether the correlation is good enough to predict from the feature."""
        return self.icc is not None and self.icc.value >= GOOD


def perturbed(mask: MaskFile) -> dict[str, list[Values]]:
    """Return the features of a mask and of its variants by condition; a mask that cannot be read has none."""
    try:
        image = masks.read_mask(mask.path)
        whole = measure(image)
        if not whole["components"]:
            return {}
        variants = {OUTLINE: [narrower(image), wider(image)], THICKNESS: [thicker(image)]}
        return {name: [whole, *_measured(images)] for name, images in variants.items()}
    except (LggsegError, ArithmeticError, ValueError, RuntimeError, OSError):
        return {}


def contours(probability: MaskFile) -> dict[str, list[Values]]:
    """Return the features of a probability map cut at each of ``THRESHOLDS``."""
    try:
        image = io.read_volume(probability.path)
        return {CONTOURS: _measured(at_threshold(image, threshold) for threshold in THRESHOLDS)}
    except (LggsegError, ArithmeticError, ValueError, RuntimeError, OSError):
        return {}


def _measured(images: Iterable[sitk.Image | None]) -> list[Values]:
    return [{} if image is None else measure(image) for image in images]


def second_outlines(first: Table, second: Table) -> dict[str, list[Values]]:
    """Return the features of the patients who are in two feature files, such as those of two annotators."""
    shared = [patient for patient in first.rows if patient in second.rows]
    found: dict[str, list[dict[str, float | int | None]]] = {patient: [{}, {}] for patient in shared}
    for key in KEYS:
        for n, table in enumerate((first, second)):
            if key in table.columns:
                for patient, value in numbers(table, key, shared).items():
                    found[patient][n][key] = value
    return {patient: list(values) for patient, values in found.items()}


def stabilities(condition: str, ratings: Ratings, keys: Sequence[str] = KEYS) -> list[Stability]:
    """Return how every feature fared under a condition, over the patients with all values."""
    return [_stability(condition, key, ratings) for key in keys]


def _stability(condition: str, key: str, ratings: Ratings) -> Stability:
    rows = [[values.get(key) for values in many] for many in ratings.values()]
    whole = np.array([row for row in rows if all(value is not None for value in row)], dtype=np.float64)
    icc = intraclass_correlation(whole) if len(whole) >= FEWEST else None
    return Stability(key, condition, len(whole), icc)


def unstable(results: Iterable[Stability], fewest: int = FEWEST_TO_JUDGE) -> dict[str, str]:
    """Return the features that are less than good under any condition, to the worst of them in words.

    A feature that is the same in every patient has no correlation, and tells nothing: it is one of them.

    Args:
        results: Features under conditions.
        fewest: Conditions with fewer patients are shown, but do not judge.
    """
    worst: dict[str, Stability] = {}
    judged = [one for one in results if not one.good and one.n >= fewest]
    for one in sorted(judged, key=_value, reverse=True):
        worst[one.feature] = one
    return {name: _in_words(one) for name, one in worst.items()}


def icc_text(value: float) -> str:
    """Return a correlation with two digits, or with as many as show on which side of ``GOOD`` it is."""
    digits = next((n for n in (2, 3, 4) if (round(value, n) < GOOD) == (value < GOOD)), 5)
    return f"{value:.{digits}f}"


def _in_words(one: Stability) -> str:
    if one.icc is None:
        return f"no ICC with {one.condition}: the patients do not differ in it"
    return f"ICC {icc_text(one.icc.value)} with {one.condition}"


def _value(one: Stability) -> float:
    return one.icc.value if one.icc else 0.0


def gathered(found: Iterable[tuple[str, Mapping[str, list[Values]]]]) -> dict[str, dict[str, list[Values]]]:
    """Return condition to patient to values, from patients with their conditions.

    Patients come in the order of their names, whichever process was done first: else sums differ in their last digit.
    """
    result: dict[str, dict[str, list[Values]]] = {}
    for patient, conditions in found:
        for condition, values in conditions.items():
            result.setdefault(condition, {})[patient] = values
    return {condition: dict(sorted(ratings.items())) for condition, ratings in result.items()}
