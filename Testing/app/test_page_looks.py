"""How the page looks and is reached: widths, contrast, keyboard, wheel. The pictures of the documentation, too."""

from __future__ import annotations

import json
import time

import pytest
from contrast import measured, too_faint
from visitor import PATIENCE, Visitor, served

from lggseg.phantom.study import write_phantom

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed: make test-app")
pytestmark = [pytest.mark.app, pytest.mark.slow]

EVERYTHING = {
    "error": "wrong", "question": "which", "doubt": "may be none", "range": "1 to 2", "notes": ["a note"],
    "checks": ["Check this one: small"], "whose": [{"title": "Patient 1", "value": "1"}],
}  # fmt: skip
"""What the page says now and then, all at once."""


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_all_that_is_written_stands_out_and_no_width_makes_anybody_scroll_sideways(chromium, study, tmp_path):
    with served(study["flair"]) as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        visitor.wait_until_ready()
        visitor.segment()
        page.click("#add-time-point")
        page.wait_for_selector(".lggseg-points")
        page.check("#definitions")
        visitor.paint()
        page.click("summary:has-text('Treatments')")
        page.evaluate(f"window.trame.state.update({json.dumps(EVERYTHING)})")
        page.wait_for_selector("#whose")
        faint = []
        for scheme in ("dark", "light"):
            page.wait_for_timeout(500 * PATIENCE)
            assert len(measured(page)) > 60
            faint += [f"{scheme}: {line}" for line in too_faint(page)]
            page.click("#theme")
        assert not faint, "\n".join(faint)
        for width in (2500, 1000, 700, 400):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(500 * PATIENCE)
            assert overflow(page) <= 0, width
            panel = page.locator("#panel")
            assert panel.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, width
        visitor.close()


def test_everything_can_be_reached_with_the_keyboard(chromium, study):
    with served(study["flair"]) as (address, _):
        visitor = Visitor(chromium, address, width=400)
        page = visitor.page
        visitor.wait_until_ready()
        page.focus("#segment")
        page.keyboard.press("Enter")
        page.wait_for_selector("#headline")
        page.focus("#add-time-point")
        page.keyboard.press("Enter")
        page.wait_for_selector(".lggseg-points")
        page.focus("#segment")
        names = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            names.add(page.evaluate("document.activeElement.id || document.activeElement.getAttribute('download')"))
        wanted = {"paint", "erase", "look", "largest", "copy", "add-time-point", "report.html", "segmentation.nii.gz"}
        assert wanted <= names
        unnamed = page.evaluate(
            "[...document.querySelectorAll('button, a, input:not([type=file]), select')].filter(e => e.offsetParent &&"
            " !(e.textContent.trim() || e.title || e.getAttribute('aria-label') || e.labels?.length ||"
            " e.getAttribute('aria-labelledby') || e.getAttribute('role') === 'combobox')).map(e => e.outerHTML)"
        )
        assert unnamed == []
        assert overflow(page) <= 0
        visitor.picture("narrow")
        visitor.close()


def test_each_turn_of_the_wheel_is_a_slice(chromium, tmp_path):
    fine = write_phantom(tmp_path, slices=80, size=96, spacing_mm=(2.3, 2.3, 1.6))
    with served(fine["flair"]) as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        visitor.wait_until_ready()
        slider = page.get_by_label("Axial slice")
        page.wait_for_timeout(1500 * PATIENCE)
        box = page.locator("#views").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.5)
        first = float(slider.get_attribute("aria-valuenow"))

        def moved():
            return abs(float(slider.get_attribute("aria-valuenow")) - first) / 1.6

        for _ in range(30):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(30)
        end = time.monotonic() + 20 * PATIENCE
        while moved() < 29.5 and time.monotonic() < end:
            page.wait_for_timeout(50)
        assert moved() == pytest.approx(30, abs=0.1)
        visitor.close()


def test_pictures_for_the_documentation(chromium, tmp_path):
    """The page as a person meets it: the study that everybody can make, in the dark and in the light."""
    fine = write_phantom(tmp_path)
    with served(fine["flair"]) as (address, _):
        visitor = Visitor(chromium, address, width=1120, height=740)
        page = visitor.page
        visitor.wait_until_ready()
        visitor.segment()
        page.check("#diameters")
        page.check("#contours")
        page.wait_for_timeout(500 * PATIENCE)
        visitor.picture("result")
        assert page.is_checked("#diameters")
        visitor.paint()
        assert not page.is_checked("#diameters"), "lines that measured another outline are not shown"
        page.click("#theme")
        visitor.picture("painted")
        visitor.close()
