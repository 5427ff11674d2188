"""Pictures at the end of a run: the training curves and the validation patients."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")  # a cluster node has no screen

from matplotlib import pyplot as plt

from lggseg.segmentation.overlap import dice

_COLUMNS = 6
_SMOOTHING = 10


def draw_curves(metrics: Sequence[Path], picture: Path) -> None:
    """Plot loss and validation Dice against the step.

    Args:
        metrics: The ``metrics*.csv`` of the run: one, and one more for every time it was resumed.
        picture: PNG to write.
    """
    rows = [row for file in metrics for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())]
    loss, dice = (_curve(rows, key) for key in ("loss", "val_dice"))
    figure, left = plt.subplots(figsize=(8, 4.5), layout="constrained")
    if len(loss):
        left.plot(*loss.T, color="0.8", linewidth=0.8)
        window = min(_SMOOTHING, len(loss))
        smooth = np.convolve(loss[:, 1], np.ones(window) / window, mode="valid")
        left.plot(loss[window - 1 :, 0], smooth, color="tab:blue", label="loss")
    left.set(xlabel="step", ylabel="batch Dice + cross-entropy loss", ylim=(0, None))
    if len(dice):
        right = left.twinx()
        right.plot(*dice.T, "o-", color="tab:orange", label="validation Dice")
        right.set(ylabel="mean volumetric Dice of the validation patients", ylim=(0, 1))
    figure.legend(loc="upper center", ncols=2)
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def _curve(rows: Sequence[Mapping[str, str]], key: str) -> np.ndarray:
    """Return ``(N, 2)`` steps and values, in the order of the steps."""
    return np.array(sorted((int(row["step"]), float(row[key])) for row in rows if row.get(key)))


def draw_gallery(volumes: Sequence[Mapping[str, Any]], masks: Sequence[np.ndarray], picture: Path) -> None:
    """Draw the largest tumor slice of each validation patient: reference blue, prediction orange.

    Args:
        volumes: As ``lggseg_training.slices`` packs them.
        masks: ``(K, J, I)`` bool predictions.
        picture: PNG to write.
    """
    rows = -(-len(volumes) // _COLUMNS)
    figure, axes = plt.subplots(rows, _COLUMNS, figsize=(2 * _COLUMNS, 2.3 * rows), layout="constrained", squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, volume, mask in zip(axes.flat, volumes, masks, strict=False):
        label = volume["label"] > 0
        k = int(label.sum(axis=(1, 2)).argmax())
        axis.imshow(volume["sequences"][0][k].astype(np.float32), cmap="gray", vmin=-3, vmax=5)
        axis.contour(label[k], [0.5], colors="deepskyblue", linewidths=0.8)
        if mask[k].any():
            axis.contour(mask[k], [0.5], colors="orange", linewidths=0.8)
        axis.set_title(f"{volume['case'][:12]}  {dice(mask, label):.2f}", fontsize=7)
    figure.savefig(picture, dpi=110)
    plt.close(figure)
