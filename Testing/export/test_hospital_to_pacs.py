"""From what a hospital hands out to what a PACS takes in: a study of two vendors' styles, compressed and zipped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from dicom_tools import assert_same_place, run, tool
from synthetic_dicom import write_multiframe, write_series

from lggseg.cli import main
from lggseg.export import codes, dicom_sr
from lggseg.phantom.study import make_phantom

pydicom = pytest.importorskip("pydicom")
pytest.importorskip("highdicom", reason="the extra lggseg[dicom] is not installed")

FRAME = {"FrameOfReferenceUID": "1.2.840.99.3", "PatientName": "Doe^Jane", "PatientID": "H-4711"}


def compress(folder: Path) -> None:
    """Encode the files of a folder with run lengths, as some archives do."""
    for file in folder.iterdir():
        dataset = pydicom.dcmread(file)
        dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
        dataset.save_as(file, enforce_file_format=True)


@pytest.fixture(scope="module", params=["ge", "siemens"])
def segmented(request, tmp_path_factory) -> tuple[Path, Path]:
    """A zipped study and the folder of its results."""
    root = tmp_path_factory.mktemp(request.param)
    phantom = make_phantom(slices=14, size=96, spacing_mm=(2.2, 2.2, 8.0))
    volumes = {name: sitk.Cast(phantom[name], sitk.sitkInt16) for name in ("flair", "pre", "post")}
    study = root / "study"
    names = {
        "ge": ("Ax T2 FLR FS", "Sag T1 FLAIR", "Ax T1+C", "OAx DWI Asset"),
        "siemens": ("t2_tirm_tra_dark-fluid", "t1_se_tra", "t1_mprage_tra_km", "ep2d_diff_3scan_trace_p2_ADC"),
    }[request.param]
    for number, (role, description) in enumerate(zip(("flair", "pre", "post", "flair"), names, strict=True), 1):
        write_series(volumes[role], study / f"S{number}", description=description, SeriesNumber=str(number), **FRAME)
    compress(study / "S1")
    (study / "S9").mkdir()
    write_multiframe(volumes["pre"], study / "S9" / "t2.dcm", description="AX T2 FSE")
    packed = Path(shutil.make_archive(str(root / "study"), "zip", study))
    out = root / "out"
    assert main(["segment", str(packed), "-o", str(out), "--dicom", "--progress", "none"]) == 0
    return packed, out


def test_the_flair_was_found_and_is_named(segmented):
    _, out = segmented
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["inputs"]["flair"]["series"]["number"] == 1
    assert {"pre", "post"} <= set(report["inputs"])
    assert report["found"]


def test_others_read_the_same_mask_and_numbers(segmented, tmp_path):
    _, out = segmented
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    mask = sitk.ReadImage(str(out / "segmentation.nii.gz"))
    run(tool("segimage2itkimage"), "--inputDICOM", out / "segmentation.dcm", "--outputDirectory", tmp_path, "-t", "nii")
    assert_same_place(sitk.ReadImage(str(tmp_path / "1.nii.gz")), mask)
    run(tool("tid1500reader"), "--inputDICOM", out / "measurements.dcm", "--outputMetadata", tmp_path / "sr.json")
    (group,) = json.loads((tmp_path / "sr.json").read_text(encoding="utf-8"))["Measurements"]
    volume = next(item for item in group["measurementItems"] if item["quantity"]["CodeValue"] == "118565006")
    assert float(volume["value"]) == pytest.approx(report["measurements"]["volume_ml"], rel=1e-6)


def test_the_objects_are_of_the_patient_and_the_report_is_of_nobody(segmented):
    _, out = segmented
    assert pydicom.dcmread(out / "segmentation.dcm").PatientName == "Doe^Jane"
    for file in ("report.json", "report.html"):
        assert "Doe^Jane" not in (out / file).read_text(encoding="utf-8")
        assert "H-4711" not in (out / file).read_text(encoding="utf-8")


def test_a_corrected_result_is_exported_as_what_it_is_now(segmented, tmp_path, capsys):
    packed, out = segmented
    corrected = tmp_path / "corrected"
    shutil.copytree(out, corrected)
    mask = sitk.ReadImage(str(corrected / "segmentation.nii.gz"))
    array = sitk.GetArrayFromImage(mask)
    array[: len(array) // 2] = 0
    half = sitk.GetImageFromArray(array)
    half.CopyInformation(mask)
    sitk.WriteImage(half, str(corrected / "segmentation.nii.gz"))
    assert main(["export", str(corrected), str(packed), "-o", str(tmp_path / "pacs"), "--deidentify"]) == 0
    assert "segmentation.dcm" in capsys.readouterr().out
    segmentation = pydicom.dcmread(tmp_path / "pacs" / "segmentation.dcm")
    assert segmentation.SegmentSequence[0].SegmentAlgorithmType == "SEMIAUTOMATIC"
    assert segmentation.PatientName == ""
    numbers = dicom_sr.read(pydicom.dcmread(tmp_path / "pacs" / "measurements.dcm"))
    assert numbers["volume_ml"] == pytest.approx(float(np.prod(mask.GetSpacing()) * (array > 0).sum() / 1000), rel=1e-6)
    assert codes.PRIVATE_SCHEME in str(pydicom.dcmread(tmp_path / "pacs" / "measurements.dcm"))


def test_no_other_series_passes_for_the_one_that_was_segmented(segmented, tmp_path, capsys):
    packed, out = segmented
    assert main(["export", str(out), str(packed), "-o", str(tmp_path / "pacs"), "--series", "2"]) == 2
    assert "expected the series that the result was made of, 1: «" in capsys.readouterr().err
    other = make_phantom(seed=5, slices=14, size=96, spacing_mm=(2.2, 2.2, 8.0))["flair"]
    write_series(sitk.Cast(other, sitk.sitkInt16), tmp_path / "other", SeriesNumber="1", **FRAME)
    assert main(["export", str(out), str(tmp_path / "other"), "-o", str(tmp_path / "pacs")]) == 2
    assert "got 1 with other checksums than in report.json; if it is one of them" in capsys.readouterr().err
    assert not (tmp_path / "pacs").exists()


def test_a_series_that_was_stored_anew_is_named(segmented, tmp_path):
    packed, out = segmented
    shutil.unpack_archive(packed, tmp_path / "study")
    for file in (tmp_path / "study" / "S1").iterdir():
        dataset = pydicom.dcmread(file)
        dataset.StudyDescription = "sent anew"
        dataset.save_as(file, enforce_file_format=True)
    again = [str(out), str(tmp_path / "study"), "-o", str(tmp_path / "pacs")]
    assert main(["export", *again]) == 2
    assert main(["export", *again, "--series", "1"]) == 0
    assert pydicom.dcmread(tmp_path / "pacs" / "segmentation.dcm").PatientName == "Doe^Jane"


def test_exporting_twice_asks(segmented, capsys):
    packed, out = segmented
    assert main(["export", str(out), str(packed)]) == 4
    assert "--overwrite" in capsys.readouterr().err


def test_dicom_objects_of_a_nifti_are_refused(tmp_path, capsys):
    image = make_phantom(slices=4, size=64, spacing_mm=(3.4, 3.4, 30.0))["flair"]
    sitk.WriteImage(image, str(tmp_path / "flair.nii.gz"))
    out = tmp_path / "out"
    assert main(["segment", str(tmp_path / "flair.nii.gz"), "-o", str(out), "--dicom", "--progress", "none"]) == 2
    assert "expected FLAIR from DICOM" in capsys.readouterr().err
    assert not out.exists()
