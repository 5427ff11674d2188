"""Plots of curves as inline SVG: survival with numbers at risk, ROC, calibration, and ratios with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lggseg.pages.drawing import nice_ticks, svg, text, tick_text

FloatArray = npt.NDArray[np.float64]

SERIES = 5
"""Number of line styles; further lines begin anew."""

FEWEST = 5
"""Survival curves end when fewer patients than this are followed."""

_LEFT, _RIGHT, _TOP = 46, 12, 36


@dataclass(frozen=True)
class Steps:
    """A survival curve.

    Attributes:
        label: Name of the group.
        times: ``(n,)`` ascending times at which the curve steps, the first 0.
        survival: ``(n,)`` share without the event from each time on.
        low: ``(n,)`` lower bound of its 95 % interval.
        high: ``(n,)`` upper bound.
        censored: ``(m,)`` times of patients lost to follow-up.
        at_risk: Returns how many are still followed just before a time.
    """

    label: str
    times: FloatArray
    survival: FloatArray
    low: FloatArray
    high: FloatArray
    censored: FloatArray
    at_risk: Callable[[float], int]


@dataclass(frozen=True)
class Square:
    """The drawing area of a plot whose axes both run from given ends: maps values to pixels."""

    width: int
    height: int
    bottom: int
    ends_x: tuple[float, float]
    ends_y: tuple[float, float]

    def x(self, value: float) -> float:
        """Return the pixel column of a value."""
        low, high = self.ends_x
        return _LEFT + (value - low) / (high - low) * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return the pixel row of a value."""
        low, high = self.ends_y
        return self.height - self.bottom - (value - low) / (high - low) * (self.height - self.bottom - _TOP)

    def axes(self, name_x: str) -> str:
        """Return grid, ticks and the name of the horizontal axis as SVG."""
        ticks_x, ticks_y = nice_ticks(*self.ends_x), nice_ticks(*self.ends_y)
        parts = [
            f'<line class="grid" x1="{_LEFT}" x2="{self.width - _RIGHT}" y1="{self.y(t):.1f}" y2="{self.y(t):.1f}"/>'
            + text(_LEFT - 6, self.y(t) + 3.5, tick_text(t, ticks_y), "tick end")
            for t in ticks_y
        ]
        base = self.height - self.bottom
        parts += [text(self.x(t), base + 14, tick_text(t, ticks_x), "tick") for t in ticks_x]
        parts.append(text((_LEFT + self.width - _RIGHT) / 2, base + 27, name_x, "tick"))
        return "".join(parts)


def survival_plot(title: str, subtitle: str, unit: str, curves: Sequence[Steps]) -> str:
    """Draw survival curves with their intervals, marks where patients were lost, and the numbers at risk below.

    They end when fewer than :data:`FEWEST` patients are followed, as the axis says: what comes after says nothing.
    """
    last = _end(curves)
    bottom = 58 + 13 * len(curves)
    frame = Square(400, 240 + bottom, bottom, (0.0, last), (0.0, 1.0))
    parts = [frame.axes(f"{unit}, until fewer than {FEWEST} are followed")]
    parts.append(text(2, frame.height - bottom + 42, "at risk", "tick start"))
    for n, curve in enumerate(curves):
        kind = f"s{n % SERIES}"
        cut = _until(curve, last)
        parts.append(_band(cut, frame, kind))
        parts.append(f'<path class="series {kind}" d="{_stairs(cut.times, cut.survival, frame)}"/>')
        parts += [_lost(float(time), curve, frame, kind) for time in cut.censored]
        parts.append(_at_risk(curve, frame, frame.height - bottom + 56 + 13 * n, kind))
    return svg(title, subtitle, "".join(parts), (frame.width, frame.height))


def _end(curves: Sequence[Steps]) -> float:
    """Return the last time at which enough patients are followed."""
    times = np.unique(np.concatenate([curve.times for curve in curves]))
    enough = [float(time) for time in times if sum(curve.at_risk(float(time)) for curve in curves) >= FEWEST]
    return (max(enough, default=0.0) or float(times[-1])) or 1.0


def _until(curve: Steps, last: float) -> Steps:
    """Return the curve up to a time, and level from its last step to there if it is followed so long."""
    count = int(np.searchsorted(curve.times, last, side="right"))
    ends = curve.times[-1] > last
    times, rest = curve.times[:count], (curve.survival[:count], curve.low[:count], curve.high[:count])
    if ends:
        times = np.append(times, last)
        rest = (np.append(rest[0], rest[0][-1]), np.append(rest[1], rest[1][-1]), np.append(rest[2], rest[2][-1]))
    return Steps(curve.label, times, *rest, curve.censored[curve.censored <= last], curve.at_risk)


def _at_risk(curve: Steps, frame: Square, row: float, kind: str) -> str:
    counts = [(tick, curve.at_risk(tick)) for tick in nice_ticks(*frame.ends_x)]
    parts = [f'<path class="series {kind}" d="M 2 {row - 3.5} H 14"/>']
    parts.append(text(17, row, f"{curve.label}: {counts[0][1]}", "tick label start"))
    parts += [
        text(frame.x(tick), row, str(count), "tick label") for tick, count in counts if tick > 0.15 * frame.ends_x[1]
    ]
    return "".join(parts)


def _stairs(times: FloatArray, values: FloatArray, frame: Square) -> str:
    points = [f"M {frame.x(float(times[0])):.1f} {frame.y(float(values[0])):.1f}"]
    points += [
        f"H {frame.x(float(t)):.1f} V {frame.y(float(v)):.1f}" for t, v in zip(times[1:], values[1:], strict=True)
    ]
    return " ".join(points)


def _band(curve: Steps, frame: Square, kind: str) -> str:
    there = _stairs(curve.times, curve.high, frame)
    back = []
    for n in range(len(curve.times) - 1, 0, -1):
        row, column = frame.y(float(curve.low[n])), frame.x(float(curve.times[n]))
        back.append(f"V {row:.1f} H {column:.1f}")
    back.append(f"V {frame.y(float(curve.low[0])):.1f} H {frame.x(float(curve.times[0])):.1f}")
    return f'<path class="band {kind}" d="{there} {" ".join(back)} Z"/>'


def _lost(time: float, curve: Steps, frame: Square, kind: str) -> str:
    share = float(curve.survival[np.searchsorted(curve.times, time, side="right") - 1])
    x, y = frame.x(time), frame.y(share)
    return f'<path class="mark {kind}" d="M {x:.1f} {y - 3:.1f} V {y + 3:.1f}"/>'


def roc_plot(title: str, subtitle: str, curves: Sequence[tuple[str, FloatArray, FloatArray]]) -> str:
    """Draw ROC curves: label, ``(n,)`` false positive rates, ``(n,)`` true positive rates."""
    bottom = 42 + 13 * len(curves)
    frame = Square(340, 270 + bottom, bottom, (0.0, 1.0), (0.0, 1.0))
    parts = [frame.axes("1 - specificity"), _diagonal(frame)]
    for n, (label, false, true) in enumerate(curves):
        kind = f"s{n % SERIES}"
        line = " L ".join(f"{frame.x(float(x)):.1f} {frame.y(float(y)):.1f}" for x, y in zip(false, true, strict=True))
        row = frame.height - bottom + 43 + 13 * n
        parts.append(
            f'<path class="series {kind}" d="M {line}"/><path class="series {kind}" d="M 4 {row - 3.5} H 24"/>'
        )
        parts.append(text(30, row, label, "tick label start"))
    return svg(title, subtitle, "".join(parts), (frame.width, frame.height))


def calibration_plot(title: str, subtitle: str, predicted: FloatArray, seen: FloatArray, counts: Sequence[int]) -> str:
    """Draw the share that was seen against the chance that was predicted, group by group; both ``(n,)``."""
    frame = Square(340, 300, 42, (0.0, 1.0), (0.0, 1.0))
    parts = [frame.axes("predicted chance"), _diagonal(frame)]
    for x, y, count in zip(predicted, seen, counts, strict=True):
        place = f'cx="{frame.x(float(x)):.1f}" cy="{frame.y(float(y)):.1f}"'
        parts.append(f'<circle class="dot" {place} r="{2 + math.sqrt(count):.1f}"/>')
    return svg(title, subtitle, "".join(parts), (frame.width, frame.height))


def _diagonal(frame: Square) -> str:
    ends = f'x1="{frame.x(0):.1f}" y1="{frame.y(0):.1f}" x2="{frame.x(1):.1f}" y2="{frame.y(1):.1f}"'
    return f'<line class="zero" {ends} stroke-dasharray="3 3"/>'


def ratio_plot(title: str, subtitle: str, rows: Sequence[tuple[str, float, float, float]]) -> str:
    """Draw ratios with their intervals on a logarithmic axis: label, ratio, lower and upper bound, all above 0."""
    labels = 150
    ends = min(0.5, *(row[2] for row in rows)), max(2.0, *(row[3] for row in rows))
    low, high = math.log(max(ends[0], 0.05)), math.log(min(ends[1], 20.0))
    width, step = 460, 22
    height = _TOP + step * len(rows) + 34

    def x(ratio: float) -> float:
        return labels + (min(max(math.log(ratio), low), high) - low) / (high - low) * (width - labels - _RIGHT)

    base = height - 26
    parts = [f'<line class="zero" x1="{x(1):.1f}" x2="{x(1):.1f}" y1="{_TOP}" y2="{base}"/>']
    for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10):
        if low - 1e-9 <= math.log(tick) <= high + 1e-9:
            parts.append(text(x(tick), base + 14, f"{tick:g}", "tick"))
    for n, (label, ratio, lower, upper) in enumerate(rows):
        row = _TOP + step * (n + 0.5)
        parts.append(text(2, row + 3.5, label, "tick label start"))
        parts.append(f'<line class="whisker" x1="{x(lower):.1f}" x2="{x(upper):.1f}" y1="{row}" y2="{row}"/>')
        parts.append(f'<rect class="ratio" x="{x(ratio) - 3:.1f}" y="{row - 3}" width="6" height="6"/>')
    return svg(title, subtitle, "".join(parts), (width, height))
