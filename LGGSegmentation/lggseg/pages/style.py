"""The one style of all pages: on screen wide and narrow, in the dark and on paper."""

from __future__ import annotations

LIGHT = """--ink: #1d2430; --soft: #5b6676; --paper: #ffffff; --card: #f6f8fa;
  --line: #dce1e8; --accent: #0f7285; --tint: #0f728526; --warm: #a8430d; --warn: #fff5e6; --warn-line: #e0a458;"""
DARK = """--ink: #e4e9f0; --soft: #9aa7b8; --paper: #12161c; --card: #1a2029;
  --line: #303946; --accent: #55c2d3; --tint: #55c2d333; --warm: #f0a06b; --warn: #2b2213; --warn-line: #8f6a2c;"""
"""The colours by name, as CSS variables."""

_COLORS = f"""
:root {{ color-scheme: light dark; {LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}
"""

PAGE_STYLE = (
    _COLORS
    + """
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
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; margin: .4rem 0 .6rem; }
th, td { padding: .38rem .7rem .38rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; color: var(--soft); vertical-align: bottom; white-space: normal; }
thead th { border-bottom: 1.5px solid var(--soft); }
tr > :first-child { text-align: left; }
td.words, th.words { text-align: left; white-space: normal; min-width: 8rem; line-height: 1.35;
  overflow-wrap: anywhere; }
th button { all: unset; cursor: pointer; font: inherit; color: inherit; }
th button:hover { color: var(--ink); }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
th[aria-sort=ascending] button::after { content: " \\25B4"; }
th[aria-sort=descending] button::after { content: " \\25BE"; }
strong { color: var(--accent); }
summary { cursor: pointer; color: var(--soft); font-size: .875rem; margin: .6rem 0; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.met { color: var(--accent); font-weight: 600; }
.missed { color: var(--warm); font-weight: 600; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
.wide { grid-template-columns: repeat(auto-fill, minmax(min(27rem, 100%), 1fr)); }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .8rem;
  break-inside: avoid; overflow-wrap: anywhere; min-width: 0; }
.panel table { font-size: .8rem; margin: 0; }
.panel th, .panel td { padding-right: .55rem; }
.numbers { overflow-wrap: normal; }
img { max-width: 100%; border-radius: 6px; }
.leaf { margin: 1rem 0; max-width: 40rem; }
.leaf-stage { position: relative; width: 100%; background: #000000; border-radius: 6px; overflow: hidden; }
.leaf-stage img { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: 0; }
.leaf-slider { display: flex; gap: .6rem; align-items: center; } .leaf-slider input { flex: 1; min-height: 1.6rem; }
.leaf figcaption { font-size: .875rem; display: grid; gap: .35rem; margin-top: .5rem; }
.leaf-boxes { display: flex; flex-wrap: wrap; gap: .35rem 1.1rem; align-items: center; }
.verdict { font-size: 1.25rem; font-weight: 600; max-width: none; margin: .2rem 0 .6rem; }
.headline { font-size: 2.6rem; font-weight: 600; margin: .6rem 0; }
.panel svg { display: block; width: 100%; height: auto; }
.key { display: inline-block; width: .75rem; height: .75rem; margin: 0 .35rem 0 0; vertical-align: -.08rem; }
.key.measured { background: var(--tint); border: 1.5px solid var(--accent); }
.key.paper { border: 1.5px solid var(--warm); margin-left: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; font-size: .875rem; margin: .6rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
ul { max-width: 46rem; padding-left: 1.2rem; font-size: .9rem; }
@media screen and (max-width: 80rem) { td { white-space: normal; } }
@media screen and (max-width: 68rem) {
  body { padding: 1.5rem 1rem 3rem; }
  dl { display: block; } dd { margin: 0 0 .5rem; }
  table, thead, tbody, tr, td { display: block; }
  thead tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; } thead th { border: 0; padding: .2rem 0; }
  thead th:empty { display: none; }
  tbody tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td, td.words { display: flex; justify-content: space-between; gap: 1rem; text-align: right; white-space: normal;
    padding: .1rem 0; border: 0; min-width: 0; overflow-wrap: anywhere; }
  td:first-child { font-weight: 600; text-align: left; } td:empty { display: none; }
  td:not(:first-child)::before { content: attr(data-label); color: var(--soft); text-align: left; font-weight: 400; }
}
@media print { body { font-size: 10.5pt; padding: 0; max-width: none; } h2 { break-after: avoid; }
  thead { display: table-header-group; }
  th button { display: contents; } th button::after { content: none !important; }
  .panels { grid-template-columns: repeat(2, 1fr); } tr { break-inside: avoid; } }
@media print { .leaf { display: none; } }
"""
)
