"""The validation patients at the end of a run, one picture of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lggseg.segmentation.overlap import dice
from lggseg_training.reports.figures import plt, save

_COLUMNS = 6


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
    save(figure, picture)
