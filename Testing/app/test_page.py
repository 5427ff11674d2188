"""The page itself, clicked in a real browser: from a file to an outline, corrected and taken along."""

from __future__ import annotations

import csv
import json
import zipfile

import numpy as np
import pytest
import SimpleITK as sitk
from visitor import Visitor, served

from lggseg.cli import main
from lggseg.shape import FEATURES

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed: make test-app")
pytestmark = [pytest.mark.app, pytest.mark.slow]


def voxels(file):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(file)))


def command_mask(study, folder, *arguments):
    assert main(["segment", str(study["flair"]), "-o", str(folder), "--progress", "none", *map(str, arguments)]) == 0
    return voxels(folder / "segmentation.nii.gz")


def test_from_a_file_to_an_outline_corrected_and_taken_along(chromium, study, tmp_path):
    with served() as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        visitor.drop(study["flair"])
        visitor.wait_until_ready()
        first = visitor.segment()
        expected = command_mask(study, tmp_path / "command")
        np.testing.assert_array_equal(voxels(visitor.download("segmentation.nii.gz", tmp_path)), expected)

        visitor.paint()
        assert visitor.milliliters() > first
        page.wait_for_selector("#outdated")
        assert page.is_disabled("#copy"), "numbers of an earlier outline are not handed on"
        page.click("#measure")
        page.wait_for_selector("#outdated", state="detached")
        assert float(visitor.value("volume_ml")) == pytest.approx(visitor.milliliters(), rel=0.01)
        painted = visitor.milliliters()
        visitor.set_threshold(0.6)
        assert not page.is_visible("#edited"), "it is the model's own again"
        page.click("#undo")
        page.wait_for_selector("#edited")
        assert visitor.milliliters() == pytest.approx(painted)

        visitor.undo_all()
        assert visitor.milliliters() == pytest.approx(first)
        np.testing.assert_array_equal(voxels(visitor.download("segmentation.nii.gz", tmp_path)), expected)

        visitor.set_threshold(0.7)
        higher = voxels(visitor.download("segmentation.nii.gz", tmp_path))
        np.testing.assert_array_equal(higher, command_mask(study, tmp_path / "higher", "--threshold", 0.7))
        np.testing.assert_array_equal(voxels(visitor.download("segmentation.seg.nrrd", tmp_path)), higher)

        report = visitor.download("report.html", tmp_path).read_text(encoding="utf-8")
        assert "Research use only" in report
        assert "0.7" in report
        record = json.loads(visitor.download("report.json", tmp_path).read_text(encoding="utf-8"))
        assert record["inputs"]["flair"]["file"] == study["flair"].name
        outside = [url for url in visitor.requests if not url.startswith((address.split("?")[0], "data:", "blob:"))]
        assert not outside, "nothing is fetched from elsewhere"
        visitor.close()


def test_the_table_says_what_it_measures_is_sorted_copied_and_saved(chromium, study, tmp_path):
    with served(study["flair"]) as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        visitor.wait_until_ready()
        visitor.segment()
        rows = page.locator("#measurements tbody tr")
        labels = rows.locator(".lggseg-label")
        assert labels.all_inner_texts() == [feature.label for feature in FEATURES]
        assert rows.locator("td:nth-child(3)").all_inner_texts() == [feature.unit for feature in FEATURES]
        assert not page.is_visible(".lggseg-definition")
        page.check("#definitions")
        definitions = page.locator(".lggseg-definition").all_inner_texts()
        assert definitions == [feature.definition for feature in FEATURES]

        record = json.loads(visitor.download("report.json", tmp_path).read_text(encoding="utf-8"))
        values = {feature.label: record["measurements"][feature.key] for feature in FEATURES}
        head = page.locator("#measurements th", has_text="Value")
        for way in ("ascending", "descending"):
            head.locator("button").click()
            assert head.get_attribute("aria-sort") == way
            shown = [values[label] for label in labels.all_inner_texts()]
            numbers = [value for value in shown if value is not None]
            assert numbers == sorted(numbers, reverse=way == "descending")
            assert shown[: len(numbers)] == numbers, "what is not there comes last"
        page.click("#measurements th button:has-text('Measurement')")
        assert labels.first.inner_text() == min(values, key=str.lower)

        page.click("#copy")
        page.wait_for_selector("#copy:has-text('Copied')")
        copied = page.evaluate("navigator.clipboard.readText()")
        table = visitor.download("measurements.csv", tmp_path).read_text(encoding="utf-8")
        assert list(csv.reader(copied.splitlines(), delimiter="\t")) == list(csv.reader(table.splitlines()))
        assert table.startswith("key,measurement,value,unit,definition,source")
        assert f"\nvolume_ml,Volume,{record['measurements']['volume_ml']!r},ml," in table
        visitor.close()


def test_folders_and_zips_are_dropped_and_another_study_takes_the_place_of_the_first(chromium, study, tmp_path):
    folder = tmp_path / "patient"
    folder.mkdir()
    for name in ("flair", "pre", "post"):
        (folder / study[name].name).write_bytes(study[name].read_bytes())
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.write(study["flair"], "flair.nii.gz")
    with served() as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        visitor.drop(folder)
        visitor.wait_until_ready()
        chosen = [page.locator(f".v-select:has(#{role}-choice)").inner_text() for role in ("flair", "pre", "post")]
        assert ["flair" in chosen[0], "pre" in chosen[1], "post" in chosen[2]] == [True, True, True]
        with_t1 = visitor.segment()
        pre = ["--pre", study["pre"], "--post", study["post"]]
        expected = command_mask(study, tmp_path / "with", *pre)
        np.testing.assert_array_equal(voxels(visitor.download("segmentation.nii.gz", tmp_path)), expected)
        visitor.pick("pre", "none")
        visitor.pick("post", "none")
        visitor.segment()
        alone = command_mask(study, tmp_path / "alone")
        np.testing.assert_array_equal(voxels(visitor.download("segmentation.nii.gz", tmp_path)), alone)
        assert with_t1 > 1

        visitor.drop(tmp_path / "packed.zip")
        page.wait_for_selector("#headline", state="detached")
        visitor.wait_until_ready()
        visitor.segment()
        np.testing.assert_array_equal(voxels(visitor.download("segmentation.nii.gz", tmp_path)), alone)
        visitor.close()
