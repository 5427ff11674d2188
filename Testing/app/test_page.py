"""The page itself: real sessions, a real browser. ``make test-app`` has the environment for it."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from browser import browser
from places import ROOT

from lggseg.cli import main
from lggseg.phantom.study import write_phantom

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed: make test-app")
pytestmark = [pytest.mark.app, pytest.mark.slow]

PICTURES = os.environ.get("LGGSEG_PICTURES")
"""Folder for the screenshots of the documentation."""


@contextmanager
def served(*arguments, environment=None):
    """``lggseg app`` in a process of its own; gives its address with the token."""
    command = [sys.executable, "-m", "lggseg", "app", "--no-open", *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, "text": True, "cwd": ROOT, "env": {**os.environ, **(environment or {})}}
    with subprocess.Popen(command, **options) as process:
        try:
            lines = iter(process.stdout.readline, "")
            yield next(line.split()[1] for line in lines if line.startswith("open: ")), process
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_phantom(tmp_path_factory.mktemp("study"), slices=14, size=128, spacing_mm=(1.7, 1.7, 9.3))


class Visitor:
    """A person at the page."""

    def __init__(self, chromium, address, width=1300, height=900):
        self.requests, self.faults = [], []
        self.page = chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True).new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector("#segment", timeout=60_000)

    def choose(self, *files):
        self.page.set_input_files("#files", [str(file) for file in files])
        self.page.wait_for_selector("#segment:not([disabled])", timeout=60_000)

    def segment(self):
        self.page.click("#segment")
        self.page.wait_for_selector("#headline", timeout=120_000)
        self.page.wait_for_selector("#cancel", state="detached", timeout=60_000)
        return self.milliliters()

    def milliliters(self):
        return float(re.match(r"([\d.]+) ml", self.page.inner_text("#headline"))[1])

    def download(self, name, folder):
        with self.page.expect_download() as started:
            self.page.click(f'a[download="{name}"]')
        started.value.save_as(folder / name)
        return folder / name

    def picture(self, name):
        if PICTURES:
            self.page.wait_for_timeout(1500)
            self.page.screenshot(path=Path(PICTURES) / f"app-{name}.png")

    def close(self):
        assert not self.faults
        self.page.context.close()


def voxels(file):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(file)))


def command_mask(study, folder, *arguments):
    assert main(["segment", str(study["flair"]), "-o", str(folder), "--progress", "none", *map(str, arguments)]) == 0
    return voxels(folder / "segmentation.nii.gz")


def paint(page):
    """Draw a short line in the axial view."""
    page.click("#paint")
    box = page.locator("#views").bounding_box()
    x, y = box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 10, steps=8)
    page.mouse.up()
    page.wait_for_selector("#edited", timeout=20_000)


def test_from_a_file_to_an_outline_corrected_and_taken_along(chromium, study, tmp_path):
    with served() as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        visitor.choose(study["flair"])
        first = visitor.segment()
        expected = command_mask(study, tmp_path / "command")
        np.testing.assert_array_equal(voxels(visitor.download("segmentation.nii.gz", tmp_path)), expected)
        visitor.picture("result")

        paint(page)
        assert visitor.milliliters() > first
        page.wait_for_selector("#outdated")
        visitor.picture("painted")
        page.click("#measure")
        page.wait_for_selector("#outdated", state="detached")
        shown = float(page.inner_text('#measurements [data-key="volume_ml"]'))
        assert shown == pytest.approx(visitor.milliliters(), rel=0.01)

        while page.is_enabled("#undo"):
            page.evaluate("document.querySelector('#undo').click()")  # does nothing where it is off by now
            page.wait_for_timeout(500)
        assert visitor.milliliters() == pytest.approx(first)
        np.testing.assert_array_equal(voxels(visitor.download("segmentation.nii.gz", tmp_path)), expected)

        page.evaluate("window.trame.state.set('threshold', 0.7)")
        page.wait_for_function(f"parseFloat(document.querySelector('#headline').innerText) < {first}", timeout=20_000)
        higher = voxels(visitor.download("segmentation.nii.gz", tmp_path))
        np.testing.assert_array_equal(higher, command_mask(study, tmp_path / "higher", "--threshold", 0.7))

        report = visitor.download("report.html", tmp_path).read_text(encoding="utf-8")
        assert "Research use only" in report
        assert "0.7" in report
        table = visitor.download("measurements.csv", tmp_path).read_text(encoding="utf-8")
        assert table.startswith("key,measurement,value,unit")
        record = json.loads(visitor.download("report.json", tmp_path).read_text(encoding="utf-8"))
        assert record["inputs"]["flair"]["file"] == study["flair"].name
        outside = [url for url in visitor.requests if not url.startswith((address.split("?")[0], "data:", "blob:"))]
        assert not outside, "nothing is fetched from elsewhere"
        visitor.close()


def test_refreshing_and_a_second_tab_lose_nothing_and_another_browser_sees_nothing(chromium, study):
    with served(study["flair"]) as (address, process):
        visitor = Visitor(chromium, address)
        invitation = next(line for line in iter(process.stdout.readline, "") if line.startswith("another browser: "))
        visitor.page.wait_for_selector("#segment:not([disabled])", timeout=60_000)
        first = visitor.segment()
        visitor.page.reload()
        visitor.page.wait_for_selector("#headline", timeout=60_000)
        assert visitor.milliliters() == first
        tab = visitor.page.context.new_page()
        tab.goto(address.split("?")[0])
        tab.wait_for_selector("#headline", timeout=60_000)
        assert tab.inner_text("#headline") == visitor.page.inner_text("#headline")
        other = Visitor(chromium, invitation.split()[2])
        assert not other.page.is_visible("#headline")
        other.close()
        visitor.close()


def test_a_wrong_file_is_told_in_one_sentence_and_leaves_the_page_usable(chromium, study, tmp_path):
    wrong = tmp_path / "notes.nii.gz"
    wrong.write_bytes(gzip.compress(b"no volume"))
    with served() as (address, _):
        visitor = Visitor(chromium, address)
        visitor.page.set_input_files("#files", str(wrong))
        visitor.page.wait_for_selector("#error")
        assert "notes.nii.gz" in visitor.page.inner_text("#error")
        assert str(tmp_path) not in visitor.page.inner_text("#error")
        visitor.choose(study["flair"])
        assert visitor.segment() > 1
        visitor.close()


def test_cancelling_changes_nothing(chromium, tmp_path):
    large = write_phantom(tmp_path, slices=90, size=240, spacing_mm=(0.95, 0.95, 1.5))
    with served() as (address, _):
        visitor = Visitor(chromium, address)
        visitor.choose(large["flair"])
        visitor.page.click("#segment")
        visitor.page.click("#cancel", timeout=20_000)
        visitor.page.wait_for_function("document.body.innerText.includes('Cancelled')", timeout=20_000)
        assert not visitor.page.is_visible("#headline")
        assert visitor.page.is_enabled("#segment")
        visitor.close()


def test_thirty_turns_of_the_wheel_go_through_thirty_slices(chromium, tmp_path):
    fine = write_phantom(tmp_path, slices=80, size=96, spacing_mm=(2.3, 2.3, 1.6))
    with served(fine["flair"]) as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        page.wait_for_selector("#segment:not([disabled])", timeout=60_000)
        slider = page.get_by_label("Axial slice")
        page.wait_for_timeout(1500)
        box = page.locator("#views").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.5)
        first, started = float(slider.get_attribute("aria-valuenow")), time.perf_counter()
        for _ in range(30):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(30)
        moved = lambda: abs(float(slider.get_attribute("aria-valuenow")) - first) / 1.6  # noqa: E731
        while moved() < 29.5 and time.perf_counter() - started < 20:
            page.wait_for_timeout(50)
        print(f"30 slices in {time.perf_counter() - started:.1f} s")  # noqa: T201
        assert moved() == pytest.approx(30, abs=0.1), "each turn is one slice"
        visitor.close()


@pytest.mark.parametrize("width", [400, 700, 2500])
def test_no_width_makes_anybody_scroll_sideways(chromium, study, width):
    with served(study["flair"]) as (address, _):
        visitor = Visitor(chromium, address, width=width)
        page = visitor.page
        page.wait_for_selector("#segment:not([disabled])", timeout=60_000)
        visitor.segment()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        visitor.picture(f"{width}")
        visitor.close()


def test_everything_can_be_reached_with_the_keyboard(chromium, study):
    with served(study["flair"]) as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        page.wait_for_selector("#segment:not([disabled])", timeout=60_000)
        page.focus("#segment")
        page.keyboard.press("Enter")
        page.wait_for_selector("#headline", timeout=120_000)
        names = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            names.add(page.evaluate("document.activeElement.id || document.activeElement.getAttribute('download')"))
        assert {"paint", "erase", "look", "largest", "copy", "report.html", "segmentation.nii.gz"} <= names
        unnamed = page.evaluate(
            "[...document.querySelectorAll('button, a, input:not([type=file])')].filter(e => e.offsetParent &&"
            " !(e.innerText || e.title || e.getAttribute('aria-label') || e.labels?.length ||"
            " e.getAttribute('aria-labelledby') || e.getAttribute('role') === 'combobox')).length"
        )
        assert unnamed == 0
        visitor.close()


def test_the_children_end_with_their_gateway_however_it_ends(chromium, study):
    with served(study["flair"]) as (address, process):
        visitor = Visitor(chromium, address)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.is_file():
            pytest.skip("this system does not tell the children of a process")
        child = int(children.read_text(encoding="utf-8").split()[0])
        process.kill()
        process.wait(10)
        for _ in range(50):
            if not Path(f"/proc/{child}").exists():
                break
            time.sleep(0.1)
        assert not Path(f"/proc/{child}").exists()
        visitor.page.context.close()


def test_other_computers_are_refused_without_a_password(capsys):
    assert main(["app", "--no-open", "--listen", "0.0.0.0"]) == 2
    assert "LGGSEG_APP_PASSWORD" in capsys.readouterr().err


def test_a_password_opens_the_page(chromium):
    with served("--listen", "127.0.0.1", environment={"LGGSEG_APP_PASSWORD": "ward 7"}) as (address, _):
        page = chromium.new_context().new_page()
        page.goto(address.split("?")[0])
        page.fill("input[type=password]", "ward 7")
        page.click("button")
        page.wait_for_selector("#segment", timeout=60_000)
        page.context.close()
