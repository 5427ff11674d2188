"""How a run went: loss, Dice, IoU and learning rate against the step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lggseg_training.history import curve, read_history
from lggseg_training.reports.figures import INK, SOFT, WARM, plt, save

_SMOOTHING = 10


def draw_history(run: Path, picture: Path, loss_name: str) -> None:
    """Draw the metrics.csv of a run.

    Args:
        run: The run folder.
        picture: PNG to write.
        loss_name: Of the axis.
    """
    rows = read_history(run)
    figure, panels = plt.subplots(3, 1, figsize=(9, 8), sharex=True, layout="constrained", height_ratios=(3, 3, 1.4))
    training = curve(rows, "loss")
    panels[0].plot(*training, color=SOFT, alpha=0.45, linewidth=0.8)
    panels[0].plot(*_smoothed(*training), color=INK, label="training")
    _checks(panels[0], curve(rows, "val_loss"), WARM, "validation")
    panels[0].set(ylabel=f"loss ({loss_name})", ylim=(0, None))
    _checks(panels[1], curve(rows, "val_dice"), INK, "Dice")
    _checks(panels[1], curve(rows, "val_iou"), WARM, "IoU")
    if not curve(rows, "val_dice")[0]:
        panels[1].text(0.5, 0.5, "no check during the run", ha="center", transform=panels[1].transAxes, color=SOFT)
    panels[1].set(ylabel="validation patients, mean", ylim=(0, 1))
    panels[2].plot(*curve(rows, "learning_rate"), color=INK, label="learning rate")
    panels[2].set(xlabel="step", ylabel="learning rate", ylim=(0, None))
    for panel in panels:
        panel.grid(alpha=0.25)
        if panel.get_legend_handles_labels()[0]:
            panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)  # beside the curves
    save(figure, picture)


def _checks(panel: Any, found: tuple[list[int], list[float]], color: str, label: str) -> None:
    if found[0]:
        panel.plot(*found, "o-", color=color, label=label, markersize=4)


def _smoothed(steps: list[int], values: list[float]) -> tuple[list[int], np.ndarray]:
    """Return running means of the last values; as many as there are."""
    if not values:
        return [], np.array([])
    window = min(_SMOOTHING, len(values))
    return steps[window - 1 :], np.convolve(values, np.ones(window) / window, mode="valid")
