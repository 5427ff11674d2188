"""Whole studies: which series is the FLAIR is found, said, or asked; never guessed."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from synthetic_dicom import write_multiframe, write_series

from lggseg.cli import main
from lggseg.errors import FormatError, InputError
from lggseg.phantom.study import make_phantom
from lggseg.segmentation.request import SegmentRequest
from lggseg.segmentation.study import read_study
from lggseg.volumes.studies.choice import candidates, choose
from lggseg.volumes.studies.index import index_of
from lggseg.volumes.studies.places import opened

FRAME = "1.2.840.99.7"
T2_FLAIR = {"InversionTime": "2500", "EchoTime": "109", "RepetitionTime": "9000"}


@pytest.fixture(scope="module")
def volumes() -> dict[str, sitk.Image]:
    study = make_phantom(slices=12, size=64, spacing_mm=(3.4, 3.4, 9.0))
    return {name: sitk.Cast(study[name], sitk.sitkInt16) for name in ("flair", "pre", "post")}


@pytest.fixture
def study(volumes, tmp_path) -> Path:
    """A GE-like study: T1 before and after contrast, FLAIR axial and coronal, T2, DWI, localizer, all shuffled."""
    root = tmp_path / "Doe_Jane" / "MR"

    def write(name: str, description: str, number: int, time: str, *, folder: str = "", **elements: object) -> str:
        image = volumes.get(name, volumes["flair"])
        return write_series(
            image,
            root / (folder or "all"),
            description=description,
            prefix=f"I{number:02d}_",
            FrameOfReferenceUID=FRAME,
            SeriesNumber=str(number),
            AcquisitionTime=time,
            **elements,
        )

    write("pre", "Sag T1 FLAIR", 2, "100000", ImageOrientationPatient=["0", "1", "0", "0", "0", "-1"])
    write("pre", "Ax T1", 3, "100500")
    write("flair", "Ax T2 FLR FS", 4, "101000", **T2_FLAIR)
    write("flair", "Cor T2 FLAIR", 5, "101500", ImageOrientationPatient=["1", "0", "0", "0", "0", "-1"], **T2_FLAIR)
    write("flair", "Ax DWI b1000", 6, "102000", folder="DWI")
    write("post", "Ax T1", 7, "103000", ContrastBolusAgent="GADAVIST")
    write("flair", "3-Pl Loc", 1, "095000", skip=tuple(range(3, 12)))
    (root / "all" / "._I04_0001").write_bytes(b"Mac OS")
    return root


def by_number(root: Path) -> dict[int, object]:
    return {series.number: series for series in index_of(root).series}


def test_the_axial_flair_and_both_t1_are_found(study):
    choice = choose(index_of(study).series)
    assert (choice.flair.number, choice.pre.number, choice.post.number) == (4, 3, 7)
    assert choice.notes[0] == "FLAIR is series 4: «Ax T2 FLR FS», axial, 12 slices, of 7 in the study."


def test_every_series_has_its_reasons(study):
    reasons = {one.series.number: " ".join(one.reasons_against) for one in candidates(index_of(study).series)}
    assert "12 slices" not in reasons[4]
    assert reasons[4] == ""
    assert "coronal, and there is an axial series" in reasons[5]
    assert "says diffusion" in reasons[6]
    assert "sagittal, and there is an axial series" in reasons[2]


def test_two_axial_flairs_ask(study, volumes):
    write_series(volumes["flair"], study / "again", description="Ax T2 FLAIR +C", prefix="Z", SeriesNumber="9")
    with pytest.raises(
        InputError, match="expected one axial T2-FLAIR series, got 2; choose one with --series"
    ) as caught:
        choose(index_of(study).series)
    assert "Ax T2 FLAIR +C" in str(caught.value)
    for wanted in ("4", "FLR", by_number(study)[4].uid):
        assert choose(index_of(study).series, wanted).flair.number == 4
    with pytest.raises(InputError, match="got none"):
        choose(index_of(study).series, "nowhere")


def test_a_study_without_flair_asks(volumes, tmp_path):
    write_series(volumes["pre"], tmp_path / "a", description="Ax T1")
    write_series(volumes["post"], tmp_path / "b", description="Ax T1 +C")
    with pytest.raises(InputError, match="expected one axial T2-FLAIR series, got none"):
        read_study(SegmentRequest(str(tmp_path)))


def test_two_studies_of_a_patient_ask(volumes, tmp_path):
    for day in ("20200101", "20210101"):
        write_series(
            volumes["flair"], tmp_path / day, description="AX FLAIR", StudyDate=day, StudyInstanceUID=f"1.2.{day}"
        )
    with pytest.raises(InputError, match="got 2 of several studies"):
        read_study(SegmentRequest(str(tmp_path)))


def test_t1_in_another_frame_of_reference_is_left_out_and_said(volumes, tmp_path):
    write_series(volumes["flair"], tmp_path / "a", description="AX FLAIR", FrameOfReferenceUID="1.2.3")
    write_series(volumes["post"], tmp_path / "b", description="AX T1 +C", FrameOfReferenceUID="1.2.4")
    study = read_study(SegmentRequest(str(tmp_path)))
    assert set(study.images) == {"flair"}
    assert any("another frame of reference" in note for note in study.notes)


def test_the_volumes_are_those_of_the_series(study, volumes):
    found = read_study(SegmentRequest(str(study)))
    assert set(found.images) == {"flair", "pre", "post"}
    for name, image in found.images.items():
        assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(volumes[name]))
    assert found.description["flair"]["series"]["description"] == "Ax T2 FLR FS"
    assert found.assessment.doubt == ""


def test_no_name_of_a_folder_or_patient_is_in_the_description(study):
    plain = json.dumps(read_study(SegmentRequest(str(study))).description)
    assert "Doe" not in plain
    assert "Synthetic" not in plain
    assert "Doe_Jane" in json.dumps(read_study(SegmentRequest(str(study), with_paths=True)).description)


def test_a_zip_is_the_same_study(study, volumes, tmp_path):
    packed = Path(shutil.make_archive(str(tmp_path / "study"), "zip", study))
    found = read_study(SegmentRequest(str(packed)))
    folder = found.hospital.place.folder
    assert np.array_equal(sitk.GetArrayFromImage(found.images["flair"]), sitk.GetArrayFromImage(volumes["flair"]))
    assert found.description["flair"]["sha256"] == read_study(SegmentRequest(str(study))).description["flair"]["sha256"]
    del found
    assert not folder.exists()


def test_a_message_about_a_file_in_a_zip_names_the_zip(study, tmp_path):
    os.truncate(sorted((study / "all").glob("I04_*"))[0], 300)
    packed = Path(shutil.make_archive(str(tmp_path / "study"), "zip", study))
    with pytest.raises(FormatError, match=r"study\.zip/\d+/I04_0000"):
        read_study(SegmentRequest(str(packed)))


def test_a_dicomdir_stands_for_its_folder(study):
    (study / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    assert set(read_study(SegmentRequest(str(study / "DICOMDIR"))).images) == {"flair", "pre", "post"}


def test_a_zip_that_leads_out_of_its_folder_stays_inside(tmp_path):
    with zipfile.ZipFile(tmp_path / "trap.zip", "w") as archive:
        archive.writestr("../../outside.dcm", b"x")
        archive.writestr("/absolute.dcm", b"x")
    place = opened(tmp_path / "trap.zip")
    assert sorted(file.name for file in place.folder.rglob("*.dcm")) == ["absolute.dcm", "outside.dcm"]
    place.close()
    assert not (tmp_path.parent / "outside.dcm").exists()


def test_zips_that_cannot_be_used_are_named(tmp_path):
    (tmp_path / "cut.zip").write_bytes(b"PK\3\4" + b"\0" * 40)
    with pytest.raises(FormatError, match=r"cut\.zip: expected a complete zip"):
        opened(tmp_path / "cut.zip")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * (500 * 2**20))
    with pytest.raises(InputError, match="GiB"):
        opened(tmp_path / "bomb.zip")


def test_a_damaged_slice_is_not_passed_over(study):
    victim = sorted((study / "all").glob("I04_*"))[0]
    os.truncate(victim, 300)
    with pytest.raises(FormatError, match=victim.name):
        read_study(SegmentRequest(str(study)))


def test_multiframe_beside_slices(volumes, tmp_path):
    (tmp_path / "enhanced").mkdir()
    write_multiframe(volumes["flair"], tmp_path / "enhanced" / "flair.dcm", description="AX FLAIR")
    write_series(volumes["pre"], tmp_path / "t1", description="AX T1")
    found = read_study(SegmentRequest(str(tmp_path)))
    assert np.array_equal(sitk.GetArrayFromImage(found.images["flair"]), sitk.GetArrayFromImage(volumes["flair"]))


def test_a_folder_of_volume_files_with_brats_names(volumes, tmp_path):
    names = {"t2f": "flair", "t1n": "pre", "t1c": "post"}
    for name, role in names.items():
        sitk.WriteImage(volumes[role], str(tmp_path / f"BraTS-GLI-00000-000-{name}.nii.gz"))
    sitk.WriteImage(volumes["flair"] > 400, str(tmp_path / "BraTS-GLI-00000-000-seg.nii.gz"))
    found = read_study(SegmentRequest(str(tmp_path)))
    assert set(found.images) == {"flair", "pre", "post"}
    assert found.description["flair"]["file"].startswith("«BraTS-GLI-00000-000-t2f.nii.gz»")


def test_a_sidecar_speaks_for_its_volume(volumes, tmp_path):
    sitk.WriteImage(volumes["pre"], str(tmp_path / "scan.nii.gz"))
    (tmp_path / "scan.json").write_text(json.dumps({"InversionTime": 0.75, "EchoTime": 0.02, "RepetitionTime": 2.1}))
    found = read_study(SegmentRequest(str(tmp_path / "scan.nii.gz")))
    assert "its times (TI 750, TE 20, TR 2100 ms)" in found.assessment.doubt


def test_what_is_certainly_no_flair_is_refused_unless_forced(study):
    uid = by_number(study)[6].uid
    with pytest.raises(InputError, match=r"says diffusion.*--force"):
        read_study(SegmentRequest(str(study), series=uid))
    forced = read_study(SegmentRequest(str(study), series=uid, force=True))
    assert forced.assessment.refused


def test_the_command_lists_series_for_people_and_programs(study, capsys):
    assert main(["series", str(study)]) == 0
    said = capsys.readouterr().out
    assert "FLAIR  4: «Ax T2 FLR FS», axial, 12 slices" in said
    assert "- its slices are coronal, and there is an axial series" in said
    assert main(["series", str(study), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["series"]
    assert {entry["number"]: entry["taken_as"] for entry in listed if entry["taken_as"]} == {
        4: "flair",
        3: "pre",
        7: "post",
    }
    assert "Synthetic" not in json.dumps(listed)


def test_the_command_says_what_it_wanted(tmp_path, capsys):
    assert main(["series", str(tmp_path / "none")]) == 2
    assert "expected a folder, a DICOMDIR or a zip, got nothing" in capsys.readouterr().err
    assert main(["series", str(tmp_path)]) == 2
    assert "without any DICOM image or volume" in capsys.readouterr().err


def test_htj2k_is_read_by_the_plugin_or_refused_by_its_name():
    packed = Path(__file__).resolve().parents[1] / "data" / "htj2k.zip"
    k, j, i = np.meshgrid(np.arange(3), np.arange(32), np.arange(32), indexing="ij")
    if importlib.util.find_spec("openjpeg") is None:
        with pytest.raises(FormatError, match=r"High-Throughput JPEG 2000.*pylibjpeg-openjpeg"):
            read_study(SegmentRequest(str(packed)))
        return
    image = read_study(SegmentRequest(str(packed))).images["flair"]
    assert np.array_equal(sitk.GetArrayFromImage(image), (7 * i + 13 * j + 31 * k) % 1000)


def test_a_damaged_zip_is_one_message_whatever_the_damage(tmp_path):
    """Names of bytes that are no text, offsets that lie before the file, lengths that do not fit."""
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as archive:
        archive.writestr("a/é.dcm", b"x" * 300)
    whole = (tmp_path / "whole.zip").read_bytes()
    random = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.integers(0, len(damaged), 3):
            damaged[place] = random.integers(256)
        (tmp_path / "damaged.zip").write_bytes(bytes(damaged))
        with contextlib.suppress(FormatError, InputError):
            opened(tmp_path / "damaged.zip").close()
