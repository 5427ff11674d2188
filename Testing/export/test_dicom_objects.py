"""DICOM SEG and SR: the same mask and numbers come back, through this project's reader and through others'."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from dicom_tools import assert_same_place, run, tool
from synthetic_dicom import write_multiframe, write_series

from lggseg.errors import InputError
from lggseg.export import codes
from lggseg.phantom.study import make_phantom
from lggseg.shape import measure
from lggseg.shape.registry import FEATURES

pydicom = pytest.importorskip("pydicom")
pytest.importorskip("highdicom", reason="the extra lggseg[dicom] is not installed")

from lggseg.export import dicom_sr, objects  # noqa: E402

MODEL = {"name": "lgg_flair_unet", "version": "0.4.0"}
PATIENT = {"PatientName": "Doe^Jane", "PatientID": "H-4711", "StudyID": "S1", "FrameOfReferenceUID": "1.2.840.99.1"}


@pytest.fixture(scope="module")
def study() -> dict[str, sitk.Image]:
    return make_phantom(slices=16, size=96, spacing_mm=(2.2, 2.2, 7.0))


def tilted(image: sitk.Image) -> sitk.Image:
    """Turn a volume by 20 degrees about the left-right axis, and number its slices downwards."""
    turned = sitk.Image(image)
    turn = np.radians(20)
    rotation = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    turned.SetDirection((rotation @ np.array(image.GetDirection()).reshape(3, 3)).ravel().tolist())
    turned.SetOrigin((12.0, -80.0, 33.0))
    return turned


@pytest.fixture(scope="module", params=["slices", "tilted", "multiframe"])
def made(request, study, tmp_path_factory):
    """Mask, numbers, and the folder with both objects, for each kind of source."""
    folder = tmp_path_factory.mktemp(request.param)
    flair, mask = (sitk.Cast(study[name], sitk.sitkInt16) for name in ("flair", "label"))
    if request.param == "tilted":
        flair, mask = tilted(flair), tilted(mask)
    if request.param == "multiframe":
        (folder / "source").mkdir()
        write_multiframe(flair, folder / "source" / "all.dcm")
    else:
        write_series(flair, folder / "source", **PATIENT)
    numbers = measure(mask)
    made = objects.dicom_objects(mask, numbers, MODEL, sorted((folder / "source").iterdir()))
    objects.write(made, folder)
    return mask, numbers, folder


def test_every_code_is_short_enough_and_its_own():
    given = [codes.feature_code(feature) for feature in FEATURES]
    assert len({code[:2] for code in given}) == len(FEATURES)
    assert all(0 < len(value) <= 16 and 0 < len(meaning) <= 64 for value, _, meaning in given)
    assert {codes.feature_code(feature)[1] for feature in FEATURES if feature.key in ("bevr", "mf", "asd")} == {
        "99LGGSEG"
    }
    assert all(codes.feature_of(*code[:2]) is feature for code, feature in zip(given, FEATURES, strict=True))


def test_the_numbers_come_back(made):
    _, numbers, folder = made
    back = dicom_sr.read(pydicom.dcmread(folder / objects.SR_FILE))
    assert set(back) == {key for key, value in numbers.items() if value is not None}
    assert back == pytest.approx({key: numbers[key] for key in back}, rel=1e-6)


def test_the_mask_comes_back_at_its_place(made):
    from highdicom.seg import segread

    mask, _, folder = made
    volume = segread(folder / objects.SEG_FILE).get_volume(combine_segments=True)
    label = sitk.GetImageFromArray(np.asarray(volume.array).astype(np.uint8))
    directions = np.array(volume.direction)[:, ::-1]  # theirs: slice, row, column
    label.SetDirection(directions.ravel().tolist())
    label.SetSpacing([float(edge) for edge in volume.spacing[::-1]])
    label.SetOrigin([float(place) for place in volume.position])
    assert_same_place(label, mask)


def test_dcmqi_reads_the_same_mask(made, tmp_path):
    mask, _, folder = made
    run(
        tool("segimage2itkimage"), "--inputDICOM", folder / objects.SEG_FILE, "--outputDirectory", tmp_path, "-t", "nii"
    )
    assert_same_place(sitk.ReadImage(str(tmp_path / "1.nii.gz")), mask)
    segment = json.loads((tmp_path / "meta.json").read_text(encoding="utf-8"))["segmentAttributes"][0][0]
    assert segment["SegmentLabel"] == "FLAIR abnormality"
    assert segment["SegmentedPropertyTypeCodeSequence"]["CodeMeaning"] == "Neoplasm, Primary"


def test_dcmqi_reads_the_same_numbers(made, tmp_path):
    _, numbers, folder = made
    run(tool("tid1500reader"), "--inputDICOM", folder / objects.SR_FILE, "--outputMetadata", tmp_path / "sr.json")
    content = json.loads((tmp_path / "sr.json").read_text(encoding="utf-8"))
    (group,) = content["Measurements"]
    back = {}
    for item in group["measurementItems"]:
        quantity = item["quantity"]
        feature = codes.feature_of(quantity["CodeValue"], quantity["CodingSchemeDesignator"])
        back[feature.key] = float(item["value"])
        assert item["units"]["CodeValue"] == codes.unit_code(feature)[0]
    assert back == pytest.approx({key: value for key, value in numbers.items() if value is not None}, rel=1e-6)
    assert (
        group["TrackingUniqueIdentifier"] == pydicom.dcmread(folder / objects.SEG_FILE).SegmentSequence[0].TrackingUID
    )


@pytest.mark.parametrize("file", [objects.SEG_FILE, objects.SR_FILE])
def test_dciodvfy_finds_no_error(made, file):
    *_, folder = made
    done = subprocess.run([tool("dciodvfy"), str(folder / file)], capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    assert not [line for line in said if line.startswith(("Error", "Abort"))]
    assert any(kind in said for kind in ("Segmentation", "Comprehensive3DSR"))


def test_the_objects_refer_to_the_sources_and_inherit_the_patient(study, tmp_path):
    folder, mask = series(study, tmp_path)
    made = objects.dicom_objects(mask, measure(mask), MODEL, sorted(folder.iterdir()))
    sources = {pydicom.dcmread(file).SOPInstanceUID for file in folder.iterdir()}
    segmentation, report = made[objects.SEG_FILE], made[objects.SR_FILE]
    assert segmentation.PatientName == report.PatientName == "Doe^Jane"
    assert segmentation.StudyInstanceUID == report.StudyInstanceUID
    named = {
        item.ReferencedSOPInstanceUID for item in segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    }
    assert named == sources
    assert segmentation.SOPInstanceUID in str(report)
    assert segmentation.SegmentSequence[0].SegmentAlgorithmType == "AUTOMATIC"


def test_deidentify_leaves_no_trace_of_the_patient(study, tmp_path):
    folder, mask = series(study, tmp_path, StudyDescription="Doe, Jane", InstitutionName="St. Elsewhere")
    made = objects.dicom_objects(mask, measure(mask), MODEL, sorted(folder.iterdir()), anonymous=True)
    objects.write(made, tmp_path)
    for file in made:
        content = (tmp_path / file).read_bytes()
        for trace in (b"Doe", b"H-4711", b"Elsewhere"):
            assert trace not in content
        assert pydicom.dcmread(tmp_path / file).PatientIdentityRemoved == "YES"


def test_an_empty_mask_makes_an_empty_segment(study, tmp_path):
    folder, mask = series(study, tmp_path)
    empty = mask * 0
    made = objects.dicom_objects(empty, measure(empty), MODEL, sorted(folder.iterdir()))
    assert not made[objects.SEG_FILE].pixel_array.any()
    assert dicom_sr.read(made[objects.SR_FILE]) == {"volume_ml": 0.0, "components": 0.0}


def test_a_mask_of_another_grid_is_refused(study, tmp_path):
    folder, mask = series(study, tmp_path)
    moved = sitk.Image(mask)
    moved.SetOrigin((0.0, 0.0, 3.0))
    with pytest.raises(InputError, match="lacks 16 of its 16 slices"):
        objects.dicom_objects(moved, measure(moved), MODEL, sorted(folder.iterdir()))


def series(study: dict[str, sitk.Image], folder: Path, **elements: str) -> tuple[Path, sitk.Image]:
    write_series(sitk.Cast(study["flair"], sitk.sitkInt16), folder / "source", **PATIENT, **elements)
    return folder / "source", study["label"]
