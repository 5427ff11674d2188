"""Plots as files of their own: SVG for a paper's vector figure, PNG for slides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from lggseg.errors import DependencyError
from lggseg.files import replacing, write_text
from lggseg.pages.plots import PLOT_STYLE

_INK = {
    "ink": "#1d2430", "soft": "#5b6676", "paper": "#ffffff", "line": "#dce1e8", "accent": "#0f7285",
    "tint": "#d9eaed", "warm": "#a8430d",
}  # fmt: skip
"""Colours on white paper; a page has them as variables, which programs that read SVG do not know."""

DOTS_A_PIXEL = 3

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Letters that a table may hold and no XML: a program that draws the file ends at them."""


def standalone(plot: str) -> str:
    """Return a plot of a page as an SVG file of its own, with its style and plain colours inside."""
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', plot)[0]
    style = re.sub(r"var\(--(\w+)\)", lambda found: _INK[found[1]], PLOT_STYLE)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="Helvetica, Arial, DejaVu Sans, sans-serif" '
    )
    whole = plot.replace("<svg ", head, 1)
    sheet = f'<style>{style}</style><rect width="100%" height="100%" fill="{_INK["paper"]}"/>'
    drawn = re.sub(r"(<svg [^>]*>)", lambda found: found[1] + sheet, whole, count=1) + "\n"
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", drawn)


def png_of(svg: str) -> bytes:
    """Return an SVG file as a PNG picture.

    Raises:
        DependencyError: If vl-convert-python is not installed.
    """
    try:
        convert = import_module("vl_convert")
    except ImportError as error:
        msg = "expected the Python package vl-convert-python; install it with: pip install 'lggseg[figures]'"
        raise DependencyError(msg) from error
    return bytes(convert.svg_to_png(svg, scale=DOTS_A_PIXEL))


def write_figures(figures: Mapping[str, str], folder: Path) -> str:
    """Write plots as SVG and, where vl-convert-python is installed, as PNG.

    Args:
        figures: File name without type to the plot, as a page has it.
        folder: Where they go.

    Returns:
        Why there is no PNG; empty where there is.

    Raises:
        OutputError: If a file cannot be written.
    """
    missing = ""
    for name, plot in figures.items():
        svg = standalone(plot)
        write_text(folder / f"{name}.svg", svg)
        if missing:
            continue
        try:
            picture = png_of(svg)
        except DependencyError as error:
            missing = str(error)
            continue
        with replacing(folder / f"{name}.png") as temporary:
            temporary.write_bytes(picture)
    return missing
