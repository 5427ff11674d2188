"""A person at the page of ``lggseg app``: real sessions, a real browser."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from places import ROOT

PATIENCE = float(os.environ.get("LGGSEG_PATIENCE", "1"))
"""How much longer than on an idle computer everything may take."""

PICTURES = os.environ.get("LGGSEG_PICTURES")
"""Folder for the pictures of the documentation."""

_SECOND = 1000 * PATIENCE
_WAIT = 60 * _SECOND


@contextmanager
def served(*arguments: object, environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, Any]]:
    """``lggseg app`` in a process of its own; gives its address with the token, and the process."""
    command = [sys.executable, "-m", "lggseg", "app", "--no-open", *map(str, arguments)]
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen(command, env={**os.environ, **(environment or {})}, **options) as process:
        try:
            lines = iter(process.stdout.readline, "")
            yield next(line.split()[1] for line in lines if line.startswith("open: ")), process
        finally:
            process.terminate()
            process.wait(20 * PATIENCE)


class Visitor:
    """A browser of its own at the page, and what a person does with it.

    Attributes:
        page: Playwright's page.
        requests: Addresses that were asked for.
        faults: What scripts of the page raised.
    """

    def __init__(self, chromium: Any, address: str, width: int = 1300, height: int = 900, *, script: str = "") -> None:
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.context = chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        self.context.set_default_timeout(_WAIT)
        self.context.add_init_script(script)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector("#segment")

    # ---- studies

    def wait_until_ready(self) -> None:
        self.page.wait_for_selector("#segment:not([disabled])")
        self.page.wait_for_selector("#message", state="detached")

    def choose(self, *files: object) -> None:
        self.page.set_input_files("#files", [str(file) for file in files])
        self.wait_until_ready()

    def drop(self, *paths: object) -> None:
        """Drop files and folders on the box, as a file manager does."""
        self.page.locator("#drop").scroll_into_view_if_needed()
        box = self.page.locator("#drop").bounding_box()
        session = self.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": data}
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, **place})

    def pick(self, role: str, title: str) -> None:
        """Choose a series in one of the three lists."""
        self.page.locator(f"#{role}-choice").locator("xpath=ancestor::*[contains(@class,'v-select')][1]").click()
        self.page.locator(".v-overlay .v-list-item", has_text=title).first.click()

    def segment(self) -> float:
        self.page.click("#segment")
        self.page.wait_for_selector("#cancel")
        self.page.wait_for_selector("#cancel", state="detached", timeout=2 * _WAIT)
        assert not self.page.is_visible("#error"), self.page.inner_text("#error")
        return self.milliliters()

    # ---- what is seen

    def milliliters(self) -> float:
        found = re.match(r"([\d.]+) ml", self.page.inner_text("#headline"))
        assert found, self.page.inner_text("#headline")
        return float(found[1])

    def value(self, key: str) -> str:
        return str(self.page.inner_text(f'#measurements [data-key="{key}"]'))

    def wait_for(self, expression: str) -> None:
        self.page.wait_for_function(expression)

    # ---- tools

    def paint(self) -> None:
        """Draw a short line in the axial view."""
        self.page.click("#paint")
        box = self.page.locator("#views").bounding_box()
        x, y = box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.6
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + 40, y + 10, steps=8)
        self.page.mouse.up()
        self.page.wait_for_selector("#edited")

    def undo_all(self) -> None:
        while self.page.is_enabled("#undo"):
            self.page.evaluate("document.querySelector('#undo').click()")  # does nothing where it is off by now
            self.page.wait_for_timeout(0.5 * _SECOND)

    def set_threshold(self, threshold: float) -> None:
        """As the slider does."""
        before = self.page.inner_text("#headline")
        self.page.evaluate(f"window.trame.state.set('threshold', {threshold})")
        self.wait_for(f"document.querySelector('#headline')?.innerText !== {before!r}")

    # ---- results

    def download(self, name: str, folder: Path) -> Path:
        with self.page.expect_download() as started:
            self.page.click(f'a[download="{name}"]')
        started.value.save_as(folder / name)
        return folder / name

    def picture(self, name: str) -> None:
        """Take a picture for the documentation, where one is wanted."""
        if PICTURES:
            self.page.evaluate("document.activeElement.blur()")
            self.page.mouse.move(5, 5)
            self.page.wait_for_timeout(2 * _SECOND)
            taken = Image.open(io.BytesIO(self.page.screenshot()))
            taken.convert("RGB").save(Path(PICTURES) / f"app-{name}.png", optimize=True)

    def close(self) -> None:
        assert not self.faults, self.faults
        self.context.close()
