"""matplotlib as the reports use it: without a screen, one look, files that appear whole."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # a cluster node has no screen

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lggseg.files import replacing

__all__ = ["DPI", "Figure", "plt", "save"]

DPI = 110
INK = "#0f7285"
WARM = "#c2540d"
SOFT = "#8a94a3"


def save(figure: Figure, picture: Path) -> None:
    """Write a figure as PNG and forget it."""
    with replacing(picture) as temporary:
        figure.savefig(temporary, dpi=DPI)
    plt.close(figure)
