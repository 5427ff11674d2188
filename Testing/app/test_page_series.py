"""Time points and hospital studies on the page, clicked in a real browser."""

from __future__ import annotations

import shutil
import zipfile

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from synthetic_dicom import write_series
from visitor import Visitor, served

from lggseg.cli import main
from lggseg.phantom.study import make_phantom, write_phantom

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed: make test-app")
pytestmark = [pytest.mark.app, pytest.mark.slow]

SMALL = {"slices": 14, "size": 128, "spacing_mm": (1.7, 1.7, 9.3)}
T2_FLAIR = {"InversionTime": "2500", "EchoTime": "109", "RepetitionTime": "9000"}


@pytest.fixture(scope="module")
def volumes():
    """FLAIR of one person on two days, as DICOM has it."""
    return [sitk.Cast(make_phantom(growth=growth, **SMALL)["flair"], sitk.sitkInt16) for growth in (0.7, 1.2)]


def add(visitor):
    visitor.page.click("#add-time-point")


def rows(visitor):
    return [
        (
            row.locator("button").first.inner_text(),
            row.locator("input").input_value(),
            float(row.inner_text().split()[-1]),
        )
        for row in visitor.page.locator(".lggseg-points tbody tr").all()
    ]


@pytest.fixture
def series(tmp_path):
    """FLAIR of one person on two days, in folders that say the day, as the command takes them."""
    for day, growth in (("2020-03-01", 0.7), ("2021-01-15", 1.2)):
        files = write_phantom(tmp_path / "series" / day, growth=growth, **SMALL)
        for name in ("pre", "post", "label"):
            files[name].unlink()
    return tmp_path / "series"


def segment_both(visitor, series):
    """Segment both studies and add them, the first with the day in its name; return their volumes."""
    first = series.parent / "flair_2020-03-01.nii.gz"
    shutil.copy(series / "2020-03-01" / "flair.nii.gz", first)
    volumes = []
    for file in (first, series / "2021-01-15" / "flair.nii.gz"):
        visitor.choose(file)
        volumes.append(visitor.segment())
        add(visitor)
    visitor.page.click("#whose button:has-text('Patient 1')")
    visitor.page.wait_for_selector(".lggseg-problem")
    return volumes


def type_day(visitor, row, day):
    field = f".lggseg-points tbody tr:nth-child({row}) input"
    visitor.page.fill(field, day)
    visitor.page.dispatch_event(field, "change")
    visitor.page.wait_for_selector(".lggseg-growth")


def test_growth_over_files_is_what_the_command_says(chromium, series, tmp_path):
    with served() as (address, _):
        visitor = Visitor(chromium, address, width=1120, height=740)
        page = visitor.page
        first, second = segment_both(visitor, series)
        assert rows(visitor) == [
            ("flair_2020-03-01.nii.gz", "2020-03-01", pytest.approx(first, abs=0.06)),
            ("flair.nii.gz", "", pytest.approx(second, abs=0.06)),
        ]
        assert "growth needs the date of every study" in page.inner_text(".lggseg-problem")
        type_day(visitor, 2, "2021-01-15")

        assert main(["growth", str(series), "-o", str(tmp_path / "command"), "--progress", "none"]) == 0
        said = (tmp_path / "command" / "growth.html").read_text(encoding="utf-8")
        sentence = page.inner_text(".lggseg-sentence")
        assert sentence.startswith("It grows")
        assert sentence in said
        assert page.locator(".lggseg-plot svg circle.point").count() == 4, "diameter and volume of two studies"
        page.evaluate("document.querySelector('#time-points').scrollIntoView()")
        visitor.picture("growth")
        packed = zipfile.ZipFile(visitor.download("growth.zip", tmp_path))
        assert {"growth.html", "studies.csv", "change_2021-01-15.seg.nrrd"} <= set(packed.namelist())
        mine = packed.read("studies.csv").decode().splitlines()
        theirs = (tmp_path / "command" / "studies.csv").read_text(encoding="utf-8").splitlines()
        # All but the name of the patient, the similarity (its last digits) and the origin.
        assert [line.split(",")[1:15] for line in mine] == [line.split(",")[1:15] for line in theirs]
        visitor.close()


def test_growth_goes_with_its_outlines_and_treatments(chromium, series):
    with served() as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        first, _second = segment_both(visitor, series)
        type_day(visitor, 2, "2021-01-15")
        visitor.paint()
        assert not page.is_visible(".lggseg-growth"), "it was judged of another outline"
        assert rows(visitor)[1][2] == pytest.approx(visitor.milliliters(), abs=0.06)
        visitor.undo_all()
        page.wait_for_selector(".lggseg-growth")
        page.click(".lggseg-points button:has-text('flair_2020-03-01')")
        visitor.wait_for(f"document.querySelector('#headline')?.innerText === '{first:.1f} ml'")
        page.click("summary:has-text('Treatments')")
        page.fill("input[aria-label='Day of the treatment']", "2020-09-01")
        page.click(".lggseg-patient button:has-text('Add')")
        page.wait_for_selector(".lggseg-sentence:has-text('After surgery of 2020-09-01')")
        page.once("dialog", lambda dialog: dialog.accept())
        page.click("#close-all")
        page.wait_for_selector("#time-points", state="detached")
        assert not page.is_visible("#headline")
        visitor.close()


def test_the_session_opens_with_all_that_was_in_it(chromium, tmp_path):
    from trame_slicer.core import SlicerApp

    from LGGSegmentationLib.Scene import Measurements, TimePoints
    from LGGSegmentationLib.Scene.Result import currentResult, nodesOf

    study = write_phantom(tmp_path / "2020-03-01", **SMALL)
    with served(study["flair"]) as (address, _):
        visitor = Visitor(chromium, address)
        visitor.wait_until_ready()
        visitor.segment()
        visitor.paint()
        add(visitor)
        visitor.page.wait_for_selector(".lggseg-points")
        saved = visitor.download("session.mrb", tmp_path)
        mask = sitk.GetArrayFromImage(sitk.ReadImage(str(visitor.download("segmentation.nii.gz", tmp_path))))
        milliliters = visitor.milliliters()
        visitor.close()
    app = SlicerApp()
    assert app.io_manager.load_scene(saved)
    (result,) = [found for node in nodesOf(app.scene, "vtkMRMLSegmentationNode") if (found := currentResult(node))]
    np.testing.assert_array_equal(result.mask(), mask)
    assert result.isEdited()
    assert result.threshold == 0.35
    assert Measurements.valuesOf(Measurements.tableOf(result.node))["volume_ml"] == pytest.approx(milliliters, abs=0.06)
    (table,) = TimePoints.tables(app.scene)
    (point,) = TimePoints.read(table)
    assert point.volumeMl == pytest.approx(milliliters, abs=0.06)
    assert TimePoints.resultOf(app.scene, point) == result
    app.io_manager.cache_dir.cleanup()


def test_a_hospital_study_asks_where_two_series_fit(chromium, volumes, tmp_path):
    root = tmp_path / "Doe_Jane"
    for number, name in ((4, "Ax T2 FLAIR"), (9, "Ax T2 FLAIR again")):
        tags = {**T2_FLAIR, "SeriesNumber": str(number), "StudyDate": "20200301"}
        write_series(volumes[0], root / str(number), description=name, prefix=f"I{number}_", **tags)
    write_series(volumes[0], root / "t1", description="Ax T1", SeriesNumber="3", StudyDate="20200301")
    with served() as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        visitor.drop(root)
        page.wait_for_selector("#question")
        assert "Which of the 3 series is the axial T2-FLAIR? 2 series fit" in page.inner_text("#question")
        assert page.is_disabled("#segment")
        visitor.pick("flair", "again")
        visitor.wait_until_ready()
        assert not page.is_visible("#question")
        visitor.segment()
        command = ["segment", str(root), "--series", "again", "-o", str(tmp_path / "command"), "--progress", "none"]
        assert main(command) == 0
        expected, mask = tmp_path / "command" / "segmentation.nii.gz", visitor.download("segmentation.nii.gz", tmp_path)
        np.testing.assert_array_equal(*(sitk.GetArrayFromImage(sitk.ReadImage(str(file))) for file in (mask, expected)))
        visitor.close()


def test_dicom_goes_in_and_comes_out_and_tells_day_and_patient(chromium, volumes, tmp_path):
    for volume, day in zip(volumes, ("20200301", "20210301"), strict=True):
        tags = {**T2_FLAIR, "StudyDate": day, "PatientID": "secret 7"}
        write_series(volume, tmp_path / day, description="Ax T2 FLAIR", prefix=day, **tags)
    with served(tmp_path / "20200301") as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        visitor.wait_until_ready()
        visitor.segment()
        mask = sitk.GetArrayFromImage(sitk.ReadImage(str(visitor.download("segmentation.nii.gz", tmp_path))))
        seg = pydicom.dcmread(visitor.download("segmentation.dcm", tmp_path))
        report = pydicom.dcmread(visitor.download("measurements.dcm", tmp_path))
        assert (seg.Modality, report.Modality, seg.PatientID) == ("SEG", "SR", "secret 7")
        assert seg.SegmentSequence[0].SegmentAlgorithmType == "AUTOMATIC"
        assert np.count_nonzero(seg.pixel_array) == np.count_nonzero(mask)
        assert seg.SOPInstanceUID in str(report), "the report refers to this very SEG"
        visitor.paint()
        drawn = pydicom.dcmread(visitor.download("segmentation.dcm", tmp_path))
        assert drawn.SegmentSequence[0].SegmentAlgorithmType == "SEMIAUTOMATIC"
        assert drawn.SOPInstanceUID != seg.SOPInstanceUID
        visitor.undo_all()
        add(visitor)

        visitor.drop(tmp_path / "20210301")
        page.wait_for_selector("#headline", state="detached")
        visitor.wait_until_ready()
        visitor.segment()
        add(visitor)
        page.wait_for_selector(".lggseg-growth")
        assert not page.is_visible("#whose"), "DICOM tells whose it is"
        assert [row[1] for row in rows(visitor)] == ["2020-03-01", "2021-03-01"]
        assert page.inner_text(".lggseg-sentence").startswith("It grows, mean diameter +")
        assert "secret" not in page.content()
        visitor.close()
