"""Plots as inline SVG: box plots beside published ones, and Bland-Altman plots. No plotting library.

Colours are variables of the page around a plot (:mod:`lggseg.pages.html`), so that it follows light, dark and print.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lggseg.pages.drawing import nice_ticks, padded, svg, text, tick_text

FloatArray = npt.NDArray[np.float64]

_WIDTH, _HEIGHT = 340, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 34, 42

PLOT_STYLE = """
svg text { font-family: inherit; fill: var(--soft); font-size: 10px; text-anchor: middle; }
svg text.title { fill: var(--ink); font-size: 13px; font-weight: 600; text-anchor: start; }
svg text.subtitle { font-size: 10.5px; text-anchor: start; }
svg text.label { fill: var(--ink); font-size: 11px; }
svg text.end { text-anchor: end; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .box { fill: var(--tint); stroke: var(--accent); stroke-width: 1.3; }
svg .whisker { stroke: var(--accent); stroke-width: 1.2; }
svg .median { stroke: var(--accent); stroke-width: 2.6; }
svg .dot { fill: var(--accent); fill-opacity: .5; }
svg .published { fill: none; stroke: var(--warm); stroke-width: 1.5; }
svg .point { fill: var(--accent); }
svg .zero { stroke: var(--soft); stroke-width: 1; }
svg .bias { stroke: var(--warm); stroke-width: 1.8; }
svg .series { fill: none; stroke-width: 2; }
svg .s0 { stroke: #1a93a8; fill: #1a93a8; } svg .s1 { stroke: #d9722e; fill: #d9722e; stroke-dasharray: 7 3; }
svg .s2 { stroke: #8d79d6; fill: #8d79d6; stroke-dasharray: 2.5 2.5; }
svg .s3 { stroke: #6f9e2e; fill: #6f9e2e; stroke-dasharray: 9 3 2 3; } svg .s4 { stroke: #c95c93; fill: #c95c93; }
svg path.series { fill: none; }
svg path.band { stroke: none; fill-opacity: .09; }
svg path.mark { stroke-dasharray: none; stroke-width: 1.2; }
svg rect.ratio { fill: var(--accent); stroke: none; }
svg .start { text-anchor: start; }
svg .limit { stroke: var(--warm); stroke-width: 1.3; stroke-dasharray: 5 4; }
"""
"""Style of the plots; the colours are variables of the page around them."""


@dataclass(frozen=True)
class Box:
    """One box of a box plot.

    Attributes:
        label: Name below the axis.
        values: ``(n,)`` values.
        published: First quartile, median and third quartile to draw beside it, if there are any.
    """

    label: str
    values: FloatArray
    published: tuple[float, float, float] | None = None


def box_plot(title: str, subtitle: str, boxes: Sequence[Box]) -> str:
    """Draw a box plot in the manner of Tukey: box from quartile to quartile, whiskers 1.5 boxes at most.

    Published quartiles stand as an open box to the right of the measured one, every patient as a dot.
    """
    seen = [np.asarray(box.values) for box in boxes] + [np.array(box.published) for box in boxes if box.published]
    y, frame = _vertical_axis(np.concatenate(seen))
    slot = (_WIDTH - _LEFT - _RIGHT) / len(boxes)
    parts = []
    for n, box in enumerate(boxes):
        middle = _LEFT + slot * (n + 0.5)
        width = min(26.0, slot * 0.4)
        measured = middle - width * 0.32 if box.published else middle
        parts.append(_measured_box(box.values, measured, width, y))
        if box.published:
            parts.append(_published_box(box.published, middle + width * 0.75, width * 0.42, y))
        parts.append(text(middle, _HEIGHT - 24, box.label, "tick label"))
        parts.append(text(middle, _HEIGHT - 11, f"n = {len(box.values)}", "tick"))
    return svg(title, subtitle, frame + "".join(parts), (_WIDTH, _HEIGHT))


def bland_altman_plot(title: str, unit: str, first: FloatArray, second: FloatArray) -> str:
    """Draw the difference of two measurements against their mean, with the bias and the 95 % limits of agreement."""
    means, differences = (first + second) / 2, second - first
    bias, spread = float(differences.mean()), float(differences.std(ddof=1))
    lines = [(bias, "bias"), (bias - 1.96 * spread, "limit"), (bias + 1.96 * spread, "limit")]
    y, frame = _vertical_axis(np.concatenate([differences, [line for line, _ in lines], [0.0]]))
    x, ticks = _horizontal_axis(means)
    right = _WIDTH - _RIGHT
    drawn = [f'<line class="zero" x1="{_LEFT}" x2="{right}" y1="{y(0.0):.1f}" y2="{y(0.0):.1f}"/>']
    drawn += [
        f'<line class="{kind}" x1="{_LEFT}" x2="{right}" y1="{y(line):.1f}" y2="{y(line):.1f}"/>'
        for line, kind in lines
    ]
    drawn += [
        f'<circle class="dot" cx="{x(float(mean)):.1f}" cy="{y(float(difference)):.1f}" r="2.6"/>'
        for mean, difference in zip(means, differences, strict=True)
    ]
    in_unit = f", {unit}" if unit else ""
    drawn.append(text((_LEFT + right) / 2, _HEIGHT - 7, f"mean of the two{in_unit}", "tick"))
    return svg(title, f"second less first{in_unit}", frame + ticks + "".join(drawn), (_WIDTH, _HEIGHT))


def _vertical_axis(values: FloatArray) -> tuple[Callable[[float], float], str]:
    """Return the map from value to height on the page, and the grid with its labels."""
    low, high = padded(values)

    def place(value: float) -> float:
        return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _BOTTOM - _TOP)

    lines = []
    ticks = nice_ticks(low, high)
    for tick in ticks:
        height = place(tick)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>')
        lines.append(text(_LEFT - 6, height + 3.5, tick_text(tick, ticks), "tick end"))
    return place, "".join(lines)


def _horizontal_axis(values: FloatArray) -> tuple[Callable[[float], float], str]:
    low, high = padded(values)

    def place(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    ticks = nice_ticks(low, high)
    return place, "".join(text(place(tick), _HEIGHT - 24, tick_text(tick, ticks), "tick") for tick in ticks)


def _measured_box(values: FloatArray, middle: float, width: float, y: Callable[[float], float]) -> str:
    low, median, high = np.percentile(values, [25, 50, 75]).tolist()
    reach = 1.5 * (high - low)
    bottom, top = float(values[values >= low - reach].min()), float(values[values <= high + reach].max())
    left, right = middle - width / 2, middle + width / 2
    # Dots are spread by a fixed sequence of low discrepancy: the same file gives the same page.
    spread = (np.arange(len(values)) * 0.618034 % 1 - 0.5) * width * 0.7
    dots = "".join(
        f'<circle class="dot" cx="{middle + shift:.1f}" cy="{y(float(value)):.1f}" r="1.6"/>'
        for value, shift in zip(values, spread, strict=True)
    )
    return (
        f'<line class="whisker" x1="{middle:.1f}" x2="{middle:.1f}" y1="{y(bottom):.1f}" y2="{y(low):.1f}"/>'
        f'<line class="whisker" x1="{middle:.1f}" x2="{middle:.1f}" y1="{y(high):.1f}" y2="{y(top):.1f}"/>'
        f'<rect class="box" x="{left:.1f}" y="{y(high):.1f}" width="{width:.1f}" '
        f'height="{max(y(low) - y(high), 0.5):.1f}"/>{dots}'
        f'<line class="median" x1="{left:.1f}" x2="{right:.1f}" y1="{y(median):.1f}" y2="{y(median):.1f}"/>'
    )


def _published_box(
    quartiles: tuple[float, float, float], middle: float, width: float, y: Callable[[float], float]
) -> str:
    low, median, high = (y(value) for value in quartiles)
    left, right = middle - width / 2, middle + width / 2
    return (
        f'<rect class="published" x="{left:.1f}" y="{high:.1f}" width="{width:.1f}" height="{low - high:.1f}"/>'
        f'<line class="published" x1="{left:.1f}" x2="{right:.1f}" y1="{median:.1f}" y2="{median:.1f}"/>'
    )


_FILE_STYLE = """
svg { --ink: #1d2430; --soft: #5b6676; --paper: #ffffff; --line: #dce1e8; --accent: #0f7285; --tint: #0f728526;
  --warm: #a8430d; }
@media (prefers-color-scheme: dark) { svg { --ink: #e4e9f0; --soft: #9aa7b8; --paper: #12161c; --line: #303946;
  --accent: #55c2d3; --tint: #55c2d333; --warm: #f0a06b; } }
.sheet { fill: var(--paper); }
"""


def side_by_side(plots: Sequence[str], *, size: tuple[int, int] = (_WIDTH, _HEIGHT)) -> str:
    """Return plots of one size beside each other as an SVG file of its own, with its style inside."""
    (width, height), gap = size, 20
    whole = len(plots) * (width + gap) + gap
    inside = "".join(
        plot.replace("<svg ", f'<svg x="{gap + n * (width + gap)}" y="{gap}" width="{width}" height="{height}" ', 1)
        for n, plot in enumerate(plots)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {height + 2 * gap}" '
        f'font-family="system-ui, sans-serif">\n<style>{_FILE_STYLE}{PLOT_STYLE}</style>\n'
        f'<rect class="sheet" width="100%" height="100%"/>{inside}</svg>\n'
    )
