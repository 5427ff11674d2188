"""What came of predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lggseg.radiogenomics.chance import Chance
from lggseg.radiogenomics.prediction import Calibration, ModelName
from lggseg.radiogenomics.roc import Auc

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BASELINE, WITH_BASELINE = "volume and age", "shape, volume and age"
SHAPE_ALONE, TEXTURE_ALONE = "shape", "texture"


@dataclass(frozen=True)
class Outcome:
    """How one model fared on one set of features.

    Attributes:
        model: Which.
        scheme: ``patients``: nested cross-validation by patient; ``institutions``: each left out in turn.
        features: Name of the set.
        outcome: ``(n,)`` whether the patients who were predicted have the status.
        chances: ``(n,)`` mean chance over repeats, each by models made without the patient.
        area: Area under the ROC curve, pooled over patients.
        sites: Institution to its own area, where both kinds have enough patients.
        calibration: Whether the chances come true.
        chance: How often chance did as well; None where it was not tried.
        gain: Area less that of volume and age, its interval and p value; None for that set itself.
    """

    model: ModelName
    scheme: str
    features: str
    outcome: BoolArray
    chances: FloatArray
    area: Auc
    sites: Mapping[str, Auc]
    calibration: Calibration
    chance: Chance | None = None
    gain: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Target:
    """One status and all that was tried to predict it."""

    title: str
    column: str
    value: str
    patients: tuple[str, ...]
    positive: int
    sites: Mapping[str, int]
    outcomes: tuple[Outcome, ...] = ()
    reason: str = ""
