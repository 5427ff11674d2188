"""How far a result can be trusted: whether there is anything, how good the outline will be, how wrong the volume.

Everything comes from the two probability maps of a study (each slice as it is, and mirrored) and from a handful
of numbers, fitted on patients that the networks had not seen, which lie in the model's metadata. Without
these numbers nothing is said. They speak of patients before surgery: after it, nothing was measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lggseg.errors import ModelError
from lggseg.model.logits import sigmoid
from lggseg.model.postprocessing import MaskRule, peak_of
from lggseg.model.preprocessing import FloatArray
from lggseg.segmentation.overlap import dice

PRESENCE_SIGNS = ("log_volume", "peak", "certainty")
OUTLINE_SIGNS = ("certainty", "views", "sharpness", "log_volume")

_FAINT, _SURE = 0.15, 0.75  # probabilities between which the edge of an outline lies
_SMALLEST_ML = 0.01
_LARGEST_COEFFICIENT = 1e4
_LARGEST_RATIO = 1e3


@dataclass(frozen=True)
class Signs:
    """What the maps of one study tell.

    Attributes:
        volume_ml: Of the mask on the network's grid.
        log_volume: Its logarithm, from .01 ml on.
        peak: Mean probability of the half millilitre that is most likely abnormal.
        certainty: Dice that the mask would have if the probabilities were true: the expected overlap of the mask
            with a reference drawn from the map, over the expected sum of both (0 for an empty mask).
        views: Dice of the masks of the slices as they are and mirrored (0 if one of them is empty).
        sharpness: Volume above .75 over volume above .15: 1 for an edge like a knife's (0 if there is none).
    """

    volume_ml: float
    log_volume: float
    peak: float
    certainty: float
    views: float
    sharpness: float


@dataclass(frozen=True)
class Linear:
    """A linear model on named signs."""

    intercept: float
    weights: Mapping[str, float]

    def __call__(self, signs: Signs) -> float:
        """Return intercept + sum of weight times sign."""
        return self.intercept + sum(weight * float(getattr(signs, name)) for name, weight in self.weights.items())


@dataclass(frozen=True)
class Calibration:
    """The numbers of a model's metadata.

    Attributes:
        presence: Logit of the probability that there is an abnormality.
        outline: Logit of the Dice to expect of an outline of something that is there.
        volume_ratio: The lower and the upper factor: reference over outlined volume lies between them in
            ``coverage`` of the patients, for an outline of sharpness 1; each unit of blur widens them.
        coverage: Share of the patients whose reference volume lies in the interval.
        check_presence: Below this probability a result is to be checked.
        check_dice: Below this expected Dice a result is to be checked.
    """

    presence: Linear
    outline: Linear
    volume_ratio: tuple[float, float]
    coverage: float
    check_presence: float
    check_dice: float

    @staticmethod
    def read(content: Mapping[str, Any]) -> Calibration:
        """Read what ``to_json`` returned.

        Raises:
            ModelError: If a number is missing, not finite, or out of bounds.
        """
        try:
            presence, outline = (
                Linear(
                    _number(content[name]["intercept"]), {k: _number(v) for k, v in content[name]["weights"].items()}
                )
                for name in ("presence", "outline")
            )
            low, high = (_number(factor) for factor in content["volume_ratio"])
            rest = [_number(content[name]) for name in ("coverage", "check_presence", "check_dice")]
            known = set(Signs.__dataclass_fields__)
            if not {*presence.weights, *outline.weights} <= known:
                raise ValueError(f"unknown signs among {[*presence.weights, *outline.weights]}")  # noqa: EM102
            _check_numbers((presence, outline), (low, high), rest)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            msg = f"expected the calibration of doubt in the model's metadata, got {error!r}; export the model again"
            raise ModelError(msg) from error
        return Calibration(presence, outline, (low, high), *rest)

    def to_json(self) -> dict[str, Any]:
        """Return what ``read`` reads, rounded to four digits."""
        content: dict[str, Any] = asdict(self)
        for name in ("presence", "outline"):
            content[name] = {
                "intercept": round(content[name]["intercept"], 4),
                "weights": {sign: round(weight, 4) for sign, weight in content[name]["weights"].items()},
            }
        content["volume_ratio"] = [round(factor, 4) for factor in self.volume_ratio]
        return content


@dataclass(frozen=True)
class Doubt:
    """What is to be said of one result.

    Attributes:
        presence: Probability that there is an abnormality, 0 to 1.
        expected_dice: Dice to expect against an expert's outline; None where nothing was outlined.
        volume_low_ml: Lower end of the interval of the volume; None where nothing was outlined.
        volume_high_ml: Upper end.
        coverage: Share of patients whose reference volume lies in such an interval.
        reasons: Why a person should look twice; empty where there is no special reason.
    """

    presence: float
    expected_dice: float | None
    volume_low_ml: float | None
    volume_high_ml: float | None
    coverage: float
    reasons: Sequence[str]

    @property
    def check(self) -> bool:
        """Whether a person should look twice."""
        return bool(self.reasons)


def read_signs(views: FloatArray, rule: MaskRule, voxel_ml: float) -> Signs:
    """Return the signs of a study.

    Args:
        views: ``(2, K, J, I)`` probability of the slices as they are, and mirrored, on the network's grid.
        rule: How the mask is made of their mean.
        voxel_ml: Volume of a voxel of that grid.
    """
    probability = views.mean(axis=0)
    mask = rule.mask(probability) > 0
    one, other = (rule.mask(view) > 0 for view in views)
    volume = float(np.count_nonzero(mask)) * voxel_ml
    return Signs(
        volume_ml=volume,
        log_volume=math.log(max(volume, _SMALLEST_ML)),
        peak=peak_of(probability, voxel_ml),
        certainty=_certainty(probability, mask),
        views=dice(one, other) if one.any() and other.any() else 0.0,
        sharpness=_ratio(int((probability >= _SURE).sum()), int((probability >= _FAINT).sum())),
    )


def judge(signs: Signs, calibration: Calibration, volume_ml: float) -> Doubt:
    """Say how far a result can be trusted.

    Args:
        signs: Of the study.
        calibration: Of the model that made it.
        volume_ml: Volume of the mask on FLAIR's own grid.
    """
    presence = float(sigmoid(calibration.presence(signs)))
    if volume_ml <= 0:
        reasons = [_missed(presence)] if presence > 1 - calibration.check_presence else []
        return Doubt(presence, None, None, None, calibration.coverage, reasons)
    expected = float(sigmoid(calibration.outline(signs)))
    low, high = volume_interval(signs, calibration, volume_ml)
    reasons = []
    if presence < calibration.check_presence:
        reasons.append(f"What was outlined is an abnormality of this kind with a probability of {presence:.0%} only.")
    if expected < calibration.check_dice:
        reasons.append(f"The outline is uncertain: expect a Dice of about {expected:.2f} against an expert's.")
    return Doubt(presence, expected, low, high, calibration.coverage, reasons)


def volume_interval(signs: Signs, calibration: Calibration, volume_ml: float) -> tuple[float, float]:
    """Return the lower and upper end of the volume: the calibrated factors to the power of 1 + blur."""
    low, high = (factor ** blur(signs) for factor in calibration.volume_ratio)
    return volume_ml * low, volume_ml * high


def blur(signs: Signs) -> float:
    """Return how much wider than for a sharp edge the interval of the volume is."""
    return 2.0 - signs.sharpness


def _number(value: Any) -> float:
    """Return a number of a metadata file.

    Raises:
        TypeError: If it is a word, a list, or anything else that is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{str(value)[:40]!r} where a number is expected")  # noqa: EM102
    return float(value)


def _check_numbers(models: Sequence[Linear], ratio: tuple[float, float], shares: Sequence[float]) -> None:
    """Refuse numbers that no calibration has.

    Raises:
        ValueError: If there is one.
    """
    coefficients = [value for model in models for value in (model.intercept, *model.weights.values())]
    if not (np.abs(coefficients) < _LARGEST_COEFFICIENT).all():  # also where one is not finite
        raise ValueError("a coefficient that is not finite, or huge")  # noqa: EM101
    if not 1 / _LARGEST_RATIO <= ratio[0] <= ratio[1] <= _LARGEST_RATIO:
        raise ValueError(f"volume_ratio {ratio}")  # noqa: EM102
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError(f"shares {shares} that do not lie between 0 and 1")  # noqa: EM102


def _missed(presence: float) -> str:
    return f"Nothing was outlined, but an abnormality is there with a probability of {presence:.0%}: look yourself."


def _certainty(probability: FloatArray, mask: npt.NDArray[np.bool_]) -> float:
    # What is fainter than .05 everywhere else is background, of which there is so much that it would add up.
    inside = float(probability[mask].sum(dtype=np.float64))
    whole = float(probability[probability > 0.05].sum(dtype=np.float64))
    return _ratio(2 * inside, np.count_nonzero(mask) + whole)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
