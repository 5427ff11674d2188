"""Plots of a series: mean diameter with its line, and volume, over time, with error bars and treatments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from lggseg.growth.curves import Bar, diameter_bars, fitted_lines, volume_bars
from lggseg.growth.report import GrowthReport
from lggseg.growth.timeline import years_between
from lggseg.pages.drawing import nice_ticks, svg, text, tick_text
from lggseg.pages.plots import side_by_side

SIZE = (520, 300)
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 40, 40
_SHORTEST_YEARS = 1 / 12

_CLIP = "growth-frame"
_FRAME = (
    f'<clipPath id="{_CLIP}"><rect x="{_LEFT}" y="{_TOP}" width="{SIZE[0] - _LEFT - _RIGHT}" '
    f'height="{SIZE[1] - _TOP - _BOTTOM}"/></clipPath>'
)


@dataclass(frozen=True)
class _Axes:
    """Where days and values lie on the plot."""

    first: date
    years: float
    low: float
    high: float

    def x(self, day: date) -> float:
        return _LEFT + (years_between(self.first, day) + 0.04 * self.years) / (1.08 * self.years) * self.width

    def y(self, value: float) -> float:
        return SIZE[1] - _BOTTOM - (value - self.low) / (self.high - self.low) * (SIZE[1] - _BOTTOM - _TOP)

    @property
    def width(self) -> float:
        return SIZE[0] - _LEFT - _RIGHT


def growth_plots(report: GrowthReport) -> tuple[str, str]:
    """Return the plots of mean diameter and of volume, to stand in a page."""
    return diameter_plot(report), volume_plot(report)


def growth_svg(report: GrowthReport) -> str:
    """Return both plots as an SVG file of its own."""
    return side_by_side(growth_plots(report), size=SIZE)


def diameter_plot(report: GrowthReport) -> str:
    """Draw the mean diameter of each study, and the fitted line of each part."""
    lines = fitted_lines(report.parts)
    return _plot(
        "Mean diameter", "mm, with 95 % interval; line: fit of each part", report, diameter_bars(report), lines
    )


def volume_plot(report: GrowthReport) -> str:
    """Draw the volume of each study."""
    return _plot("Volume", "ml, with 95 % interval", report, volume_bars(report), [])


def _plot(title: str, subtitle: str, report: GrowthReport, bars: Sequence[Bar], lines: Sequence[list[Bar]]) -> str:
    days = [bar[0] for bar in bars] + [treatment.date for treatment in report.treatments]
    axes = _axes(days, [end for bar in bars for end in bar[2:]])
    parts = [_FRAME, _grid(axes), _calendar(axes)]
    parts += [_treatment(axes, treatment.date, treatment.kind) for treatment in report.treatments]
    parts += [_band(axes, line) for line in lines]
    parts += [_study(axes, bar) for bar in bars]
    return svg(title, subtitle, "".join(parts), size=SIZE)


def _axes(days: Sequence[date], values: Sequence[float]) -> _Axes:
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    years = max(years_between(min(days), max(days)), _SHORTEST_YEARS)
    return _Axes(min(days), years, max(0.0, low - room), high + room)


def _grid(axes: _Axes) -> str:
    ticks = nice_ticks(axes.low, axes.high)
    right = SIZE[0] - _RIGHT
    lines = [f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{axes.y(t):.1f}" y2="{axes.y(t):.1f}"/>' for t in ticks]
    return "".join(lines) + "".join(text(_LEFT - 6, axes.y(t) + 3.5, tick_text(t, ticks), "tick end") for t in ticks)


def _calendar(axes: _Axes) -> str:
    """Mark the beginnings of years, or of months where the series is short."""
    months = 12 if axes.years > 2.5 else 6 if axes.years > 1.2 else 3 if axes.years > 0.5 else 1
    first = axes.first.year * 12
    all_days = [date(n // 12, n % 12 + 1, 1) for n in range(first, first + int(axes.years * 12) + 26, months)]
    shown = [day for day in all_days if _LEFT <= axes.x(day) <= SIZE[0] - _RIGHT]
    every = 1 + len(shown) // 9
    words: Callable[[date], str] = (lambda day: str(day.year)) if months == 12 else (lambda day: f"{day:%Y-%m}")
    return "".join(text(axes.x(day), SIZE[1] - 20, words(day), "tick") for day in shown[::every])


def _treatment(axes: _Axes, day: date, kind: str) -> str:
    x = axes.x(day)
    line = f'<line class="limit" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{SIZE[1] - _BOTTOM}"/>'
    return line + text(x, SIZE[1] - 6, kind, "tick")


def _band(axes: _Axes, line: list[Bar]) -> str:
    """Draw a fitted line, and dashed those of the ends of its interval, as far as they lie on the plot."""
    drawn = []
    first, last = ((axes.x(day), [axes.y(value) for value in values]) for day, *values in line)
    for n, kind in ((1, "limit"), (2, "limit"), (0, "bias")):
        ends = f'x1="{first[0]:.1f}" x2="{last[0]:.1f}" y1="{first[1][n]:.1f}" y2="{last[1][n]:.1f}"'
        drawn.append(f'<line class="{kind}" {ends}/>')
    return f'<g clip-path="url(#{_CLIP})">{"".join(drawn)}</g>'


def _study(axes: _Axes, bar: Bar) -> str:
    day, value, low, high = bar
    x, ends = axes.x(day), (axes.y(low), axes.y(high))
    caps = "".join(f'<line class="whisker" x1="{x - 4:.1f}" x2="{x + 4:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>' for y in ends)
    upright = f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{ends[0]:.1f}" y2="{ends[1]:.1f}"/>'
    dot = f'<circle class="point" cx="{x:.1f}" cy="{axes.y(value):.1f}" r="4"/>'
    return f"{caps}{upright}{dot}"
