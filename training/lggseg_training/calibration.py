"""From what out-of-fold networks said of patients to the numbers of ``lggseg.model.doubt``, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lggseg.errors import InputError
from lggseg.model.doubt import OUTLINE_SIGNS, PRESENCE_SIGNS, Calibration, Linear, Signs, blur
from lggseg.radiogenomics.roc import auc_of
from lggseg_training.logistic import fit_logistic, sigmoid
from lggseg_training.maps import signs_of

FloatArray = npt.NDArray[np.float64]

COVERAGE = 0.8
POOR_DICE = 0.7
GOOD_DICE = 0.8
MOST_FLAGGED = 0.15
"""Of the tumors that were outlined well; half of it for each of the two reasons to flag."""

_RIDGE = 0.02
_BINS = 10
_SMALL_ML = 0.05  # references below this count as none


@dataclass(frozen=True)
class Sample:
    """One case that a network predicted without having seen its patient."""

    case: str
    run: str
    tumor: bool
    dice: float
    mask_ml: float
    reference_ml: float
    signs: Signs

    @staticmethod
    def read(row: dict[str, str]) -> Sample:
        """Read a row of ``maps.CASES_FILE``."""
        reference = float(row["reference_ml"])
        numbers = (float(row["dice"]), float(row["mask_ml"]), reference)
        return Sample(row["case"], row["run"], reference >= _SMALL_ML, *numbers, signs_of(row))

    @property
    def outlined(self) -> bool:
        """Whether there is a tumor and an outline to judge."""
        return self.tumor and self.mask_ml > 0


def calibrate(samples: Sequence[Sample]) -> Calibration:
    """Fit all numbers to samples.

    Raises:
        InputError: If there are no samples with, or none without tumor, or too few to fit.
    """
    outlined = [sample for sample in samples if sample.outlined]
    if len(outlined) < len(OUTLINE_SIGNS) + 2 or all(sample.tumor for sample in samples):
        msg = f"expected samples with and without tumor, got {len(outlined)} outlined tumors of {len(samples)}"
        raise InputError(msg)
    presence = fit(samples, PRESENCE_SIGNS, [float(sample.tumor) for sample in samples])
    outline = fit(outlined, OUTLINE_SIGNS, [sample.dice for sample in outlined])
    ratios = [np.log(sample.reference_ml / sample.mask_ml) / blur(sample.signs) for sample in outlined]
    low, high = np.quantile(ratios, [0.5 - COVERAGE / 2, 0.5 + COVERAGE / 2])
    good = [sample for sample in outlined if sample.dice >= GOOD_DICE]
    return Calibration(
        presence,
        outline,
        (float(np.exp(low)), float(np.exp(high))),
        COVERAGE,
        check_presence=_lowest_share(presence, good),
        check_dice=_lowest_share(outline, good),
    )


def cross_calibrate(samples: Sequence[Sample]) -> list[tuple[Sample, Calibration]]:
    """Give each sample the calibration that was fitted without the samples of its run."""
    by_run = {
        run: calibrate([sample for sample in samples if sample.run != run])
        for run in sorted({sample.run for sample in samples})
    }
    return [(sample, by_run[sample.run]) for sample in samples]


def fit(samples: Sequence[Sample], names: Sequence[str], targets: Sequence[float]) -> Linear:
    """Fit a logistic model by least cross-entropy, with a small ridge on standardised signs.

    Args:
        samples: At least two.
        names: Signs to use.
        targets: Between 0 and 1: yes or no, or a Dice.
    """
    known = [[getattr(sample.signs, name) for name in names] for sample in samples]
    intercept, slopes = fit_logistic(known, targets, _RIDGE)
    return Linear(intercept, {name: float(slope) for name, slope in zip(names, slopes, strict=True)})


def worth(pairs: Sequence[tuple[Sample, Calibration]]) -> dict[str, Any]:
    """Return what the calibration is worth, each sample judged without its own run.

    Presence by its expected calibration error (ten bins) and area under the curve; expected Dice by its error and the
    area for Dice below .7; volume intervals by their coverage; flags by how many they catch and how many they cost.
    """
    presence = sigmoid([calibration.presence(sample.signs) for sample, calibration in pairs])
    tumor = np.array([sample.tumor for sample, _ in pairs])
    outlined = [(sample, calibration) for sample, calibration in pairs if sample.outlined]
    expected = sigmoid([calibration.outline(sample.signs) for sample, calibration in outlined])
    dice = np.array([sample.dice for sample, _ in outlined])
    return {
        "cases": len(pairs),
        "with_tumor": int(tumor.sum()),
        "presence_auc": _auc(presence[tumor], presence[~tumor]),
        "presence_calibration_error": calibration_error(presence, tumor.astype(float)),
        "expected_dice_error": round(float(np.abs(expected - dice).mean()), 4),
        "expected_dice_calibration_error": calibration_error(expected, dice),
        "poor": int((dice < POOR_DICE).sum()),
        "poor_auc": _auc(-expected[dice < POOR_DICE], -expected[dice >= POOR_DICE]),
        "volume_coverage": round(float(np.mean([_covered(*pair) for pair in outlined])), 4),
        **_flags(pairs),
    }


def calibration_error(predicted: FloatArray, observed: FloatArray) -> float:
    """Return the expected calibration error: |mean predicted - mean observed| over ten bins, weighted by their size."""
    bins = np.minimum((predicted * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(predicted[bins == index].mean() - observed[bins == index].mean()) * (bins == index).mean()
        for index in np.unique(bins)
    ]
    return round(float(sum(gaps)), 4)


def flagged(sample: Sample, calibration: Calibration) -> bool:
    """Tell whether a result would be shown as to be checked."""
    presence = sigmoid(calibration.presence(sample.signs))
    if sample.mask_ml <= 0:
        return bool(presence > 1 - calibration.check_presence)
    expected = sigmoid(calibration.outline(sample.signs))
    return bool(presence < calibration.check_presence or expected < calibration.check_dice)


def _flags(pairs: Sequence[tuple[Sample, Calibration]]) -> dict[str, float | None]:
    def share(chosen: Sequence[tuple[Sample, Calibration]]) -> float | None:
        return round(float(np.mean([flagged(*pair) for pair in chosen])), 4) if chosen else None

    outlined = [pair for pair in pairs if pair[0].outlined]
    return {
        "flagged_of_good": share([pair for pair in outlined if pair[0].dice >= GOOD_DICE]),
        "flagged_of_poor": share([pair for pair in outlined if pair[0].dice < POOR_DICE]),
        "flagged_of_false_alarms": share([pair for pair in pairs if not pair[0].tumor and pair[0].mask_ml >= 2.0]),
    }


def _lowest_share(model: Linear, good: Sequence[Sample]) -> float:
    """Return the value below which half of the flags that may be raised in vain fall."""
    return float(np.quantile(sigmoid([model(sample.signs) for sample in good]), MOST_FLAGGED / 2))


def _covered(sample: Sample, calibration: Calibration) -> bool:
    low, high = (factor ** blur(sample.signs) for factor in calibration.volume_ratio)
    return bool(low * sample.mask_ml <= sample.reference_ml <= high * sample.mask_ml)


def _auc(inside: FloatArray, outside: FloatArray) -> dict[str, float | None] | None:
    area = auc_of(inside, outside)
    if area is None:
        return None
    low, high = (None if end is None else round(end, 4) for end in (area.low, area.high))
    return {"value": round(area.value, 4), "low95": low, "high95": high}
