"""Self-contained HTML pages: one style for reports, readable on screen, in the dark and on paper.

A page loads nothing. Its scripts, a few lines of its own, sort tables and leaf through slices; without them tables
are in the order written, and the montage shows the slices that matter.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from lggseg.notice import RESEARCH_USE
from lggseg.pages.plots import PLOT_STYLE
from lggseg.pages.sorting import SORTING
from lggseg.pages.style import PAGE_STYLE


def page(title: str, lead: str, body: Iterable[str]) -> str:
    """Return a whole page; title and lead are plain text, the body is HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{PAGE_STYLE}{PLOT_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{escape(title)}</h1>\n<p class="lead">{escape(lead)}</p>\n'
        f'<p class="banner">{escape(RESEARCH_USE)}</p>\n'
        + "\n".join(body)
        + f"\n<script>{SORTING}</script>\n</body>\n</html>\n"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, words: Sequence[int] = ()) -> str:
    """Return a table that can be sorted by every column; on a narrow screen its rows are cards.

    Args:
        columns: Names, plain text.
        rows: Cells, HTML.
        words: Numbers of the columns that hold text, which may wrap.
    """

    def kind(n: int) -> str:
        return ' class="words"' if n in words else ""

    head = "".join(f'<th scope="col"{kind(n)}>{escape(name)}</th>' for n, name in enumerate(columns))
    labels = [f' data-label="{escape(name, quote=True)}"' if name else "" for name in columns]
    lines = []
    for row in rows:
        cells = "".join(f"<td{kind(n)}{labels[n]}>{cell}</td>" for n, cell in enumerate(row))
        lines.append(f"<tr>{cells}</tr>")
    body = "\n".join(lines)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def section(title: str, *parts: str) -> str:
    """Return a section; the title is plain text, the parts are HTML."""
    return f"<section>\n<h2>{escape(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def panels(parts: Iterable[str], *, wide: bool = False) -> str:
    """Return pieces of HTML side by side as far as there is room.

    Args:
        parts: The pieces.
        wide: Whether each needs more of it than a plot, as a table of many columns does.
    """
    inside = "\n".join(f'<div class="panel">{part}</div>' for part in parts)
    return f'<div class="{"panels wide" if wide else "panels"}">\n{inside}\n</div>'


def picture(png: bytes, description: str) -> str:
    """Return a picture that travels inside the page.

    Args:
        png: The content of a PNG file.
        description: What a person who does not see it is told.
    """
    return f'<img alt="{escape(description)}" src="{data_address("png", png)}">'


def data_address(kind: str, content: bytes) -> str:
    """Return the address by which a picture of a kind (``png``, ``jpeg``) travels inside a page."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and values, both plain text."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs) + "</dl>"


def items(lines: Iterable[str]) -> str:
    """Return a list of plain text."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def p_value(p: float | None, resolution: float = 0.0, *, stressed: bool = True) -> str:
    """Return a p value as HTML: two digits, the floor of a Monte-Carlo estimate as a bound.

    Args:
        p: The value; None is a dash.
        resolution: Smallest that could come out.
        stressed: Whether one under 0.05 is stressed; one that missed what it was held against should not be.
    """
    if p is None:
        return "\N{EN DASH}"
    at_floor = 0 < p <= resolution * (1 + 1e-9)
    text = f"&lt;\N{NO-BREAK SPACE}{_short(resolution)}" if at_floor else _short(p)
    return f"<strong>{text}</strong>" if p < 0.05 and stressed else text


def _short(p: float) -> str:
    if p >= 0.0995:
        return f"{p:.2f}"
    if p >= 0.0001:
        return f"{p:.2g}"
    mantissa, exponent = f"{p:.1e}".split("e")
    times = "\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}"
    return f"{mantissa}{times}10<sup>\N{MINUS SIGN}{abs(int(exponent))}</sup>"
