"""One patient: image, truth and prediction side by side, before and after the threshold, and all slices as a film."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from lggseg.files import replacing
from lggseg_training.reports.figures import Figure, plt, save
from lggseg_training.reports.shown_cases import Shown

_ROWS = 4
_WINDOW = (-3.0, 5.0)
_TRUTH, _PREDICTION = "deepskyblue", "orange"
_FRAME_MS = 250
_FRAME_DPI = 70


def draw_prediction(shown: Shown, title: str, picture: Path) -> None:
    """Draw some slices: FLAIR, truth, probability, prediction, and both outlines on FLAIR."""
    slices = _slices(shown)
    columns = [name for name in ("FLAIR", "truth", "probability", "prediction", "both") if _has(shown, name)]
    figure, axes = plt.subplots(
        len(slices), len(columns), figsize=(2.1 * len(columns), 2.2 * len(slices) + 0.4), layout="constrained",
        squeeze=False,
    )  # fmt: skip
    for row, k in zip(axes, slices, strict=True):
        for axis, name in zip(row, columns, strict=True):
            _panel(axis, shown, name, k)
        row[0].text(0.02, 0.02, f"slice {k + 1}", color="white", fontsize=7, transform=row[0].transAxes)
    for axis, name in zip(axes[0], columns, strict=True):
        axis.set_title(name, fontsize=9)
    figure.suptitle(title, fontsize=10)
    save(figure, picture)


def write_film(shown: Shown, title: str, film: Path) -> None:
    """Write all slices, from the lowest to the highest, as an animated GIF: outlines of truth and prediction."""
    frames = []
    for k in range(len(shown["flair"])):
        figure, axis = plt.subplots(figsize=(3.6, 3.9), layout="constrained")
        _panel(axis, shown, "both", k)
        axis.set_title(f"{title}, slice {k + 1}", fontsize=8)
        frames.append(_frame(figure))
    with replacing(film) as temporary:
        first, *rest = frames
        first.save(temporary, save_all=True, append_images=rest, duration=_FRAME_MS, loop=0, optimize=True)


def _frame(figure: Figure) -> Image.Image:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_FRAME_DPI)
    plt.close(figure)
    return Image.open(stream).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)


def _has(shown: Shown, name: str) -> bool:
    return name != "probability" or "probability" in shown


def _slices(shown: Shown) -> list[int]:
    """Choose slices spread over truth and prediction."""
    occupied = np.flatnonzero((shown["reference"] + shown["mask"]).any(axis=(1, 2)))
    if not len(occupied):
        return [len(shown["flair"]) // 2]
    places = np.linspace(0, len(occupied) - 1, min(_ROWS + 2, len(occupied)))[1:-1] if len(occupied) > _ROWS else None
    chosen = occupied if places is None else occupied[np.unique(places.round().astype(int))]
    return [int(k) for k in chosen]


def _panel(axis: Any, shown: Shown, name: str, k: int) -> None:
    axis.axis("off")
    axis.imshow(shown["flair"][k], cmap="gray", vmin=_WINDOW[0], vmax=_WINDOW[1])
    if name in ("truth", "both"):
        _outline(axis, shown["reference"][k], _TRUTH)
    if name in ("prediction", "both"):
        _outline(axis, shown["mask"][k], _PREDICTION)
    if name == "probability":
        heat = np.ma.masked_less(shown["probability"][k], 0.02)
        axis.imshow(heat, cmap="hot", vmin=0, vmax=1, alpha=0.8)


def _outline(axis: Any, mask: npt.NDArray[np.float32], color: str) -> None:
    if mask.any():
        axis.contour(mask > 0, [0.5], colors=color, linewidths=0.9)
