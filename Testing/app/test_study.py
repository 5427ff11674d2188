"""What a person brings: opened by the core's rules, with the words of the page."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed")

import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from synthetic_dicom import write_multiframe, write_series
from tiff_cases import write_case

from lggseg.errors import InputError
from lggseg.phantom.study import make_phantom, write_phantom
from lggseg.segmentation.request import SegmentRequest
from lggseg.segmentation.study import read_study
from lggseg_app.study import named_study, sent_study
from lggseg_app.web import is_inside

T2_FLAIR = {"InversionTime": "2500", "EchoTime": "109", "RepetitionTime": "9000", "PatientID": "7"}


@pytest.fixture(scope="module")
def volumes():
    study = make_phantom(slices=12, size=64, spacing_mm=(3.4, 3.4, 9.0))
    return {name: sitk.Cast(study[name], sitk.sitkInt16) for name in ("flair", "pre", "post")}


@pytest.fixture
def hospital(volumes, tmp_path):
    """A study with T1 before and after contrast and one axial FLAIR, not called so by its files."""
    for name, description, tags in (
        ("pre", "Ax T1", {"AcquisitionTime": "100000"}),
        ("flair", "Ax T2 FLR", {**T2_FLAIR, "StudyDate": "20240131"}),
        ("post", "Ax T1", {"ContrastBolusAgent": "GADAVIST", "AcquisitionTime": "103000"}),
    ):
        write_series(volumes[name], tmp_path / "sent" / "MR", description=description, prefix=name, **tags)
    return tmp_path / "sent"


def pixels(image):
    return sitk.GetArrayFromImage(image)


def named(files):
    return {role: files.series[number].description for role, number in files.roles().items()}


def read(files, flair=None):
    return files.read(files.request(files.roles(flair), force=False))


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../a", "a/../../b", "..\\a", "C:\\a", "C:/a", "a/.."])
def test_names_that_lead_outside_are_told(name):
    assert not is_inside(name)


@given(st.lists(st.text("abc ü.-_", min_size=1).filter(lambda part: part.strip(".")), min_size=1, max_size=4))
def test_plain_names_stay_inside(parts):
    assert is_inside("/".join(parts))


def test_a_hospital_study_finds_its_sequences_by_their_tags(hospital, volumes):
    files = sent_study(hospital)
    assert named(files) == {"flair": "Ax T2 FLR", "pre": "Ax T1", "post": "Ax T1"}
    study = read(files)
    for role, image in volumes.items():
        np.testing.assert_array_equal(pixels(study.images[role]), pixels(image))
    flair = files.roles()["flair"]
    assert (files.tag(flair, "0008,0020"), files.tag(flair, "0010,0020")) == ("20240131", "7")
    assert files.tag(flair, "0008,0022") == ""


def test_it_is_read_as_the_command_reads_it(hospital):
    files = named_study(hospital)
    command = read_study(SegmentRequest(str(hospital)))
    assert read(files).description == command.description


def test_a_zip_is_the_same_study_and_nothing_of_it_stays(hospital, tmp_path):
    expected = read(named_study(hospital)).description
    arrived = tmp_path / "arrived"
    arrived.mkdir()
    with zipfile.ZipFile(arrived / "study.zip", "w") as archive:
        for file in sorted(hospital.rglob("*")):
            archive.write(file, file.relative_to(hospital))
    files = sent_study(arrived)
    assert not arrived.exists(), "the zip goes once it is unpacked"
    folder = files.opened.place.folder
    assert folder.is_dir()
    assert read(files).description == expected
    del files
    assert not folder.exists()


def test_what_was_sent_goes_with_the_last_reference(volumes, tmp_path):
    sitk.WriteImage(volumes["flair"], str(tmp_path / "flair.nii.gz"))
    files = sent_study(tmp_path)
    study = read(files)
    del files
    assert not tmp_path.exists()
    assert study.images["flair"].GetSize() == (64, 64, 12)


def test_a_damaged_zip_is_told_by_its_name(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="expected a complete zip"):
        sent_study(tmp_path)


def test_a_multi_frame_file_is_a_study(volumes, tmp_path):
    write_multiframe(volumes["flair"], tmp_path / "IM0001")
    files = sent_study(tmp_path)
    np.testing.assert_array_equal(pixels(read(files).images["flair"]), pixels(volumes["flair"]))


def test_two_flairs_ask_and_each_can_be_named(hospital, volumes):
    write_series(volumes["flair"], hospital / "again", description="Ax T2 FLAIR +C", prefix="Z", **T2_FLAIR)
    files = sent_study(hospital)
    assert files.roles() == {}
    assert files.question() == "Which of the 4 series is the axial T2-FLAIR? 2 series fit: choose it."
    number = next(n for n, one in enumerate(files.series) if one.description == "Ax T2 FLR")
    assert files.roles(number)["flair"] == number
    titles = files.titles()
    assert [entry["value"] for entry in titles] == [0, 1, 2, 3]
    assert "«Ax T2 FLAIR +C», axial, 12 slices" in " ".join(entry["title"] for entry in titles)


def test_series_of_several_days_say_their_day(volumes, tmp_path):
    for day in ("20200301", "20210115"):
        write_series(volumes["flair"], tmp_path / day, prefix=day, StudyDate=day, StudyInstanceUID=f"1.2.{day}")
    titles = [entry["title"] for entry in sent_study(tmp_path).titles()]
    assert [title[-12:] for title in titles] == ["(2020-03-01)", "(2021-01-15)"]


def test_volumes_by_their_names_with_the_day_in_them(tmp_path):
    write_phantom(tmp_path / "P_2020-03-04", slices=6, size=48, spacing_mm=(4.5, 4.5, 20.0))["label"].unlink()
    files = sent_study(tmp_path)
    assert named(files) == {role: f"P_2020-03-04/{role}.nii.gz" for role in ("flair", "pre", "post")}
    assert files.day_in_name(files.roles()["flair"]) == "2020-03-04"
    assert set(read(files).images) == {"flair", "pre", "post"}


def test_a_named_file_stands_for_itself(hospital, volumes, tmp_path):
    sitk.WriteImage(volumes["flair"], str(tmp_path / "flair.nii.gz"))
    sitk.WriteImage(volumes["pre"], str(tmp_path / "t1.nii.gz"))
    assert [one.description for one in named_study(tmp_path / "flair.nii.gz").series] == ["flair.nii.gz"]
    file = next(path for path in sorted((hospital / "MR").iterdir()) if path.name.startswith("pre"))
    assert named(named_study(file))["flair"] == "Ax T1", "the series that the file belongs to"


def test_tiff_slices_are_read_with_all_their_sequences(tmp_path):
    write_case(tmp_path, "TCGA_CS_1", slices=4)
    files = sent_study(tmp_path)
    assert set(read(files).images) == {"flair", "pre", "post"}


@pytest.mark.parametrize("content", [{}, {"notes.txt": b"x"}, {".hidden": b"x"}])
def test_nothing_to_read_says_what_is_wanted(tmp_path, content):
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match="expected NIfTI, NRRD, MetaImage, DICOM or TIFF slices, got none of them"):
        sent_study(tmp_path)


def test_messages_name_what_the_person_knows(hospital, tmp_path):
    victim = next(path for path in sorted((hospital / "MR").iterdir()) if path.name.startswith("flair"))
    victim.unlink()
    files = sent_study(hospital)
    with pytest.raises(InputError, match="slice") as caught:
        read(files)
    assert str(tmp_path) not in str(caught.value)
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "flair.nii.gz").write_bytes(b"no volume")
    files = sent_study(damaged)
    with pytest.raises(InputError, match=r"^flair\.nii\.gz: expected"):
        read(files)


def test_one_series_is_not_taken_twice(hospital):
    files = named_study(Path(hospital))
    with pytest.raises(InputError, match="expected another series for each sequence"):
        files.request({"flair": 1, "pre": 1}, force=False)
