"""The tables of a page as a reader sees them: heads, and rows of cells."""

from __future__ import annotations

from html.parser import HTMLParser


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[list[str], list[list[str]]]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.found.append(([], []))
        elif tag == "tr" and self.found[-1][0]:
            self.found[-1][1].append([])
        elif tag in {"th", "td"}:
            self._cell = []

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag):
        if tag in {"th", "td"}:
            heads, rows = self.found[-1]
            (heads if tag == "th" else rows[-1]).append("".join(self._cell or []).replace("\N{NO-BREAK SPACE}", " "))
            self._cell = None


def tables_in(html: str) -> list[tuple[list[str], list[list[str]]]]:
    """Return the heads and the rows of every table; a row with more or fewer cells than heads is an error."""
    reader = _Tables()
    reader.feed(html)
    for heads, rows in reader.found:
        for row in rows:
            assert len(row) == len(heads), f"{len(row)} cells under {len(heads)} heads: {row} under {heads}"
    return reader.found
