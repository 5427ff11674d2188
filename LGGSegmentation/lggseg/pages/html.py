"""Self-contained HTML pages: one style for reports, readable on screen, in the dark and on paper. No scripts."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from lggseg.notice import RESEARCH_USE
from lggseg.pages.plots import PLOT_STYLE

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6676; --paper: #ffffff; --card: #f6f8fa;
  --line: #dce1e8; --accent: #0f7285; --tint: #0f728526; --warm: #a8430d; --warn: #fff5e6; --warn-line: #e0a458; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa7b8; --paper: #12161c; --card: #1a2029;
  --line: #303946; --accent: #55c2d3; --tint: #55c2d333; --warm: #f0a06b; --warn: #2b2213; --warn-line: #8f6a2c; } }
@media print { :root { --ink: #000000; --soft: #444444; --paper: #ffffff; --card: #ffffff; --line: #bbbbbb;
  --accent: #0f7285; --tint: #0f728526; --warm: #a8430d; --warn: #ffffff; --warn-line: #888888; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 2.8rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .4rem; }
p { max-width: 46rem; margin: .4rem 0 .8rem; }
.lead, .note { color: var(--soft); }
.note { font-size: .875rem; }
.banner { max-width: none; margin: 1.2rem 0 1.6rem; padding: .65rem .9rem; background: var(--warn);
  border: 1px solid var(--warn-line); border-radius: 6px; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; margin: .4rem 0 .6rem; }
th, td { padding: .38rem .7rem .38rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; color: var(--soft); vertical-align: bottom; }
thead th { border-bottom: 1.5px solid var(--soft); }
tr > :first-child { text-align: left; }
td.words, th.words { text-align: left; white-space: normal; min-width: 10rem; line-height: 1.35; }
strong { color: var(--accent); }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
.wide { grid-template-columns: repeat(auto-fill, minmax(27rem, 1fr)); }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .8rem;
  break-inside: avoid; overflow-x: auto; }
.panel table { font-size: .8rem; margin: 0; }
.panel th, .panel td { padding-right: .55rem; }
img { max-width: 100%; border-radius: 6px; }
.headline { font-size: 2.6rem; font-weight: 600; margin: .6rem 0; }
.panel svg { display: block; width: 100%; height: auto; }
.key { display: inline-block; width: .75rem; height: .75rem; margin: 0 .35rem 0 0; vertical-align: -.08rem; }
.key.measured { background: var(--tint); border: 1.5px solid var(--accent); }
.key.paper { border: 1.5px solid var(--warm); margin-left: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; font-size: .875rem; margin: .6rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
ul { max-width: 46rem; padding-left: 1.2rem; font-size: .9rem; }
@media print { body { font-size: 10.5pt; padding: 0; max-width: none; } h2 { break-after: avoid; }
  .scroll { overflow: visible; } .panels { grid-template-columns: repeat(2, 1fr); } tr { break-inside: avoid; } }
"""


def page(title: str, lead: str, body: Iterable[str]) -> str:
    """Return a whole page; title and lead are plain text, the body is HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{PLOT_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{escape(title)}</h1>\n<p class="lead">{escape(lead)}</p>\n'
        f'<p class="banner">{escape(RESEARCH_USE)}</p>\n' + "\n".join(body) + "\n</body>\n</html>\n"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, words: Sequence[int] = ()) -> str:
    """Return a table; cells are HTML. Columns whose numbers are in ``words`` hold text that may wrap."""

    def kind(n: int) -> str:
        return ' class="words"' if n in words else ""

    head = "".join(f'<th scope="col"{kind(n)}>{escape(name)}</th>' for n, name in enumerate(columns))
    lines = []
    for row in rows:
        lines.append("<tr>" + "".join(f"<td{kind(n)}>{cell}</td>" for n, cell in enumerate(row)) + "</tr>")
    body = "\n".join(lines)
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


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
    data = base64.b64encode(png).decode("ascii")
    return f'<img alt="{escape(description)}" src="data:image/png;base64,{data}">'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and values, both plain text."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs) + "</dl>"


def items(lines: Iterable[str]) -> str:
    """Return a list of plain text."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def p_value(p: float | None, resolution: float = 0.0) -> str:
    """Return a p value as HTML: two digits, the floor of a Monte-Carlo estimate as a bound, under 0.05 stressed."""
    if p is None:
        return "\N{EN DASH}"
    at_floor = 0 < p <= resolution * (1 + 1e-9)
    text = f"&lt; {_short(resolution)}" if at_floor else _short(p)
    return f"<strong>{text}</strong>" if p < 0.05 else text


def _short(p: float) -> str:
    if p >= 0.0995:
        return f"{p:.2f}"
    if p >= 0.0001:
        return f"{p:.2g}"
    mantissa, exponent = f"{p:.1e}".split("e")
    return f"{mantissa} \N{MULTIPLICATION SIGN} 10<sup>\N{MINUS SIGN}{abs(int(exponent))}</sup>"
