"""What all plots are drawn with: text, ticks, the frame round a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round numbers, about as many as asked for, that lie within a range."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def padded(values: FloatArray) -> tuple[float, float]:
    """Return the range of the values with a little room; a range without length is given one."""
    low, high = float(values.min()), float(values.max())
    room = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def tick_text(value: float, ticks: Sequence[float]) -> str:
    """Write a tick with as many decimals as its axis needs, and a true minus sign."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(value) or 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if decimals and abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6:
        decimals += 1
    return f"{value + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def text(x: float, y: float, words: str, kind: str) -> str:
    """Return a text at a place, as SVG."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def svg(title: str, subtitle: str, body: str, size: tuple[int, int] = (340, 250)) -> str:
    """Return a plot; title and subtitle are plain text, the body is SVG, the size in pixels."""
    return (
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{escape(title, quote=True)}">'
        f"{text(2, 13, title, 'title')}{text(2, 27, subtitle, 'subtitle')}{body}</svg>"
    )
