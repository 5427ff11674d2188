"""A real browser without a window, for the pages that people read: Chromium, where it and Playwright are installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def browser() -> Iterator[Any]:
    """Start the browser; skip the test, with the reason, where there is none. What it asks of the network fails."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield started
        finally:
            started.close()


def sideways(page: Any) -> int:
    """Return by how many pixels a page, or a box in it, can be scrolled sideways: 0 is none."""
    return int(
        page.evaluate(
            "Math.max(document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll('body *')]"
            ".filter(e => !e.closest('svg')).map(e => e.getBoundingClientRect().right - innerWidth).map(Math.ceil))"
        )
    )
