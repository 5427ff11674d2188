import json
import re

import numpy as np
import pytest
import SimpleITK as sitk
from browser import browser, sideways
from heads import ball_volume

from lggseg.pages import html as pages
from lggseg.pages.leaf import leaf
from lggseg.volumes import geometry


@pytest.fixture(scope="module")
def study():
    """A head, the ball in it, and a probability that falls off around the ball."""
    flair = ball_volume()
    mask = sitk.BinaryMorphologicalOpening(sitk.Cast((flair > 140) & (flair < 220), sitk.sitkUInt8), (2, 2, 1))
    return flair, mask, sitk.SmoothingRecursiveGaussian(sitk.Cast(mask, sitk.sitkFloat32), 3.0)


def content(figure):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', figure)[1])


def test_every_slice_is_there_and_it_begins_with_the_largest(study):
    found = content(leaf(*study))
    areas = (sitk.GetArrayFromImage(study[1]) > 0).sum(axis=(1, 2))
    assert len(found["slices"]) == len(areas)
    assert found["first"] == areas.argmax()
    for area, entry in zip(areas, found["slices"], strict=True):
        assert ("outline" in entry) == bool(area)
        assert f"{area * 2.5 * 2.5 / 100:.1f} cm² outlined" in entry["text"] or not area


def test_an_empty_mask_begins_in_the_middle(study):
    found = content(leaf(study[0], study[1] * 0))
    assert found["first"] == 8
    assert all("nothing outlined" in entry["text"] for entry in found["slices"])


def test_the_orientation_of_the_volume_does_not_matter(study):
    assert leaf(*(geometry.reorient(image, "PIR") for image in study)) == leaf(*study)


def test_leafing_in_a_real_browser(study, tmp_path):
    flair, mask, probability = study
    file = tmp_path / "page.html"
    file.write_text(pages.page("T", "lead", [leaf(flair, mask, probability, truth=mask)]), encoding="utf-8")
    requests, faults = [], []
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 400, "height": 800})
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(file.as_uri())
        stage, text = page.locator('[data-leaf="stage"]'), page.locator('[data-leaf="text"]')
        first = text.inner_text()
        assert re.match(r"slice \d+ of 16, [\d.]+ cm² outlined", first)
        pictures = set()
        stage.hover()
        for _ in range(4):
            page.mouse.wheel(0, 100)
            page.wait_for_timeout(30)
            pictures.add(page.locator('[data-leaf="image"]').get_attribute("src"))
        assert len(pictures) == 4
        page.keyboard.press("Tab")
        page.locator('[data-leaf="slider"]').press("ArrowLeft")
        assert text.inner_text() != first
        page.get_by_role("button", name="Largest slice").click()
        assert text.inner_text() == first
        outline, contours = page.locator('[data-leaf="outline"]'), page.locator('[data-leaf="contours"]')
        assert outline.is_visible()
        assert not contours.is_visible()
        page.get_by_label("Outline").uncheck()
        page.get_by_label("Contours at 0.2, 0.5, 0.8").check()
        assert not outline.is_visible()
        assert contours.is_visible()
        assert sideways(page) <= 0
        assert not faults
        assert all(url.startswith(("file:", "data:")) for url in requests)


def test_a_matrix_of_any_size_stays_a_page_that_opens(study):
    flair, mask, _ = study
    large = [
        sitk.Resample(
            image, [600, 700, 16], sitk.Transform(), sitk.sitkNearestNeighbor, image.GetOrigin(), [0.26, 0.25, 6.0]
        )
        for image in (flair, mask)
    ]
    assert np.prod(large[0].GetSize()) > 6e6
    assert len(leaf(*large)) < 1_500_000
