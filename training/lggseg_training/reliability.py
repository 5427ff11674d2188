"""The reliability plot: what was expected against what came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt

mpl.use("Agg")
from matplotlib import pyplot as plt

from lggseg.files import replacing
from lggseg.model.doubt import Calibration
from lggseg_training.calibration import Sample
from lggseg_training.logistic import sigmoid

_GROUPS = 6


def draw_reliability(pairs: Sequence[tuple[Sample, Calibration]], file: Path) -> None:
    """Draw the probability of presence and the expected Dice against what was found, each run judged by the others."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.6), constrained_layout=True)
    presence = sigmoid([calibration.presence(sample.signs) for sample, calibration in pairs])
    _draw(axes[0], presence, np.array([float(sample.tumor) for sample, _ in pairs]), dots=False)
    axes[0].set(title="Is there an abnormality?", xlabel="probability said", ylabel="share with tumor")
    outlined = [(sample, calibration) for sample, calibration in pairs if sample.outlined]
    expected = sigmoid([calibration.outline(sample.signs) for sample, calibration in outlined])
    _draw(axes[1], expected, np.array([sample.dice for sample, _ in outlined]), dots=True)
    axes[1].set(title="How good is the outline?", xlabel="Dice said", ylabel="Dice found")
    with replacing(file) as temporary:
        figure.savefig(temporary, dpi=110)
    plt.close(figure)


def _draw(axes: plt.Axes, said: npt.NDArray[np.float64], found: npt.NDArray[np.float64], *, dots: bool) -> None:
    """Draw means of groups of equal size, and with ``dots`` every case."""
    axes.plot([0, 1], [0, 1], color="#999", linewidth=1)
    if dots:
        axes.plot(said, found, ".", color="#e08214", alpha=0.5, markersize=5)
    groups = [group for group in np.array_split(np.argsort(said), _GROUPS) if len(group)]
    points = [(said[group].mean(), found[group].mean(), len(group)) for group in groups]
    axes.plot([x for x, _, _ in points], [y for _, y, _ in points], "o-", color="#2166ac")
    for x, y, count in points:
        axes.annotate(str(count), (x, y), textcoords="offset points", xytext=(6, -10), fontsize=8)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
