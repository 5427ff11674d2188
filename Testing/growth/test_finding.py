import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from synthetic_dicom import write_series

from lggseg.errors import FormatError, InputError
from lggseg.files import sha256_of
from lggseg.growth.dates import read_study_table
from lggseg.growth.finding import find_studies


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"not read while looking for studies")


def found(*paths: Path, **more):
    """Patient, day, FLAIR and mask by name, of every study found."""
    return [
        (study.patient, str(study.day), study.flair and Path(study.flair).name, study.mask and study.mask.name)
        for studies in find_studies(paths, **more).values()
        for study in studies
    ]


def test_a_folder_of_masks_with_days_in_their_names(tmp_path):
    touch(tmp_path, "P1_2021-01-01_mask.nii.gz", "P1_2020-01-01_mask.nii.gz", "P2-20200101-seg.nrrd", "notes.txt")
    assert found(tmp_path) == [
        ("P1", "2020-01-01", None, "P1_2020-01-01_mask.nii.gz"),
        ("P1", "2021-01-01", None, "P1_2021-01-01_mask.nii.gz"),
        ("P2", "2020-01-01", None, "P2-20200101-seg.nrrd"),
    ]


def test_folders_by_patient_and_day(tmp_path):
    for day in ("2020-01-01", "2021-01-01"):
        touch(tmp_path, f"P1/{day}/flair.nii.gz", f"P1/{day}/label.nii.gz", f"P1/{day}/pre.nii.gz")
    expected = [("P1", day, "flair.nii.gz", "label.nii.gz") for day in ("2020-01-01", "2021-01-01")]
    assert found(tmp_path) == expected
    assert found(tmp_path / "P1") == expected
    assert found(tmp_path / "P1/2020-01-01", tmp_path / "P1/2021-01-01") == expected


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("sub-01_ses-20200101_FLAIR.nii.gz", "sub-01"),
        ("TCGA_CS_4941_19960909/flair.nii.gz", "TCGA_CS_4941"),
        ("Anna/scan 2020-01-01/flair.nii.gz", "Anna"),
        ("Anna/ses_2020-01-01_mri/FLAIR.nrrd", "Anna"),
    ],
)
def test_the_patient_in_usual_names(name, patient, tmp_path):
    touch(tmp_path, name)
    assert [row[0] for row in found(tmp_path)] == [patient]


def test_a_rule_of_ones_own_for_the_patient(tmp_path):
    touch(tmp_path, "centre7/case-12/2020-01-01/flair.nii.gz")
    assert [row[0] for row in found(tmp_path, pattern=r"case-(\d+)")] == ["12"]


def test_a_table_goes_before_names(tmp_path):
    touch(tmp_path, "first/flair.nii.gz", "second/flair.nii.gz")
    table = tmp_path / "days.csv"
    table.write_text("study,date,patient\nfirst,2020-01-01,Anna\nsecond,2021-01-01,Anna\n")
    assert [row[:2] for row in found(tmp_path, table=read_study_table(table))] == [
        ("Anna", "2020-01-01"),
        ("Anna", "2021-01-01"),
    ]


def test_a_row_of_nothing_is_refused(tmp_path):
    touch(tmp_path, "first/flair.nii.gz")
    table = tmp_path / "days.csv"
    table.write_text("study,date\nfirst,2020-01-01\nsecnd,2021-01-01\n")
    with pytest.raises(InputError, match="expected studies among those given, got secnd"):
        found(tmp_path, table=read_study_table(table))


def test_the_result_of_a_segmentation_brings_its_origin(tmp_path):
    touch(tmp_path, "P1/2020-01-01/segmentation.nii.gz", "P1/2020-01-01/probability.nrrd", "P1/2020-01-01/FLAIR.nii")
    report = {
        "inputs": {"flair": {"file": "/elsewhere/FLAIR.nii"}},
        "outputs": {"segmentation": {"file": "segmentation.nii.gz"}},
        "model": {"name": "lgg_flair_unet", "version": "0.4.0", "sha256": "0123456789abcdef"},
        "threshold": 0.35,
        "components": "large",
        "notes": ["The volume covers 60 mm from below to above: not the whole brain."],
    }
    (tmp_path / "P1/2020-01-01/report.json").write_text(json.dumps(report))
    ((_, (study,)),) = find_studies([tmp_path]).items()
    assert study.mask.name == "segmentation.nii.gz"
    assert Path(study.flair).name == "FLAIR.nii"
    assert study.origin == "lgg_flair_unet 0.4.0 (01234567), threshold 0.35, pieces: large"
    assert study.notes == ("The volume covers 60 mm from below to above: not the whole brain.",)


@pytest.mark.parametrize("same", [True, False])
def test_the_volume_of_a_report_is_sought_beside_it_and_known_by_its_content(tmp_path, monkeypatch, same):
    folder, elsewhere = tmp_path / "P1/2020-01-01", tmp_path / "of somebody else"
    touch(folder, "segmentation.nii.gz")
    touch(elsewhere, "scan1.vol")
    report = {
        "inputs": {"flair": {"file": "scan1.vol", "sha256": sha256_of(elsewhere / "scan1.vol")}},
        "outputs": {"segmentation": {"file": "segmentation.nii.gz"}},
        "model": {"name": "lgg_flair_unet", "version": "0.4.0", "sha256": "0123456789abcdef"},
        "threshold": 0.35,
        "components": "large",
    }
    (folder / "report.json").write_text(json.dumps(report))
    monkeypatch.chdir(elsewhere)
    ((_, (study,)),) = find_studies([folder.parent]).items()
    assert study.flair is None, "a file of that name where the program was started is not the one of the report"
    (folder / "scan1.vol").write_bytes((elsewhere / "scan1.vol").read_bytes() if same else b"another")
    ((_, (study,)),) = find_studies([folder.parent]).items()
    assert study.flair == (str(folder / "scan1.vol") if same else None)


def test_a_mask_that_was_corrected_since_says_so(tmp_path):
    touch(tmp_path, "P1/2020-01-01/segmentation.nii.gz")
    report = {
        "outputs": {"segmentation": {"file": "segmentation.nii.gz", "sha256": "that of another file"}},
        "model": {"name": "lgg_flair_unet", "version": "0.4.0", "sha256": "0123456789abcdef"},
        "threshold": 0.35,
        "components": "large",
        "doubt": {"volume_low_ml": 1.0, "volume_high_ml": 2.0, "coverage": 0.9},
    }
    (tmp_path / "P1/2020-01-01/report.json").write_text(json.dumps(report))
    ((_, (study,)),) = find_studies([tmp_path]).items()
    assert study.notes == ("The mask was changed after the model made it.",)
    assert study.doubt == {}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["P1/flair.nii.gz"], "expected the day of the study in its DICOM tags or its name"),
        (
            ["P1/2020-01-01_2021-01-01.nii.gz"],
            "expected one day in «2020-01-01_2021-01-01.nii.gz», got 2020-01-01, 2021",
        ),
        (["P1/2020-01-01/flair_a.nii.gz", "P1/2020-01-01/flair_b.nii.gz"], "expected one FLAIR volume, got"),
        (["P1/2020-01-01/mask_a.nii.gz", "P1/2020-01-01/mask_b.nii.gz"], "expected one mask, got"),
        (["P1/2020-01-01/T1.nii.gz"], "expected a FLAIR volume or a mask for 2020-01-01, got neither"),
        (["P1/2020-01-01/letter.pdf"], "expected studies or masks, got no volume"),
    ],
)
def test_what_is_not_clear_is_refused(names, message, tmp_path):
    touch(tmp_path, *names)
    with pytest.raises(InputError, match=message):
        find_studies([tmp_path])


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(FormatError, match="got nothing of that name"):
        find_studies([tmp_path / "nowhere"])


def dicom_series(folder: Path, day: str, person: str, description: str = "AX FLAIR") -> None:
    image = sitk.GetImageFromArray(np.ones((9, 8, 8), np.int16))
    write_series(image, folder, description=description, StudyDate=day, PatientID=person)


def test_dicom_tells_the_day_and_the_folder_above_the_patient(tmp_path):
    dicom_series(tmp_path / "Anna/export1/series2", "20200304", "secret-1")
    dicom_series(tmp_path / "Anna/export1/series3", "20200304", "secret-1", description="AX T1")
    dicom_series(tmp_path / "Anna/export2/series1", "20210304", "secret-1")
    series = find_studies([tmp_path / "Anna"])
    assert list(series) == ["Anna"]
    assert [study.day for study in series["Anna"]] == [date(2020, 3, 4), date(2021, 3, 4)]
    folders = [Path(study.flair.partition("::")[0]).name for study in series["Anna"]]
    assert folders == ["series2", "series1"]
    first = series["Anna"][0]
    assert first.notes == ("FLAIR is series «AX FLAIR», axial, 9 slices, of 2 in the study.",)


def test_two_people_in_one_series_are_refused_and_not_named(tmp_path):
    dicom_series(tmp_path / "Anna/2020-03-04", "20200304", "secret-1")
    dicom_series(tmp_path / "Anna/2021-03-04", "20210304", "secret-2")
    with pytest.raises(InputError, match="expected studies of one person") as refused:
        find_studies([tmp_path])
    assert "secret" not in str(refused.value)


def test_people_in_one_heap_of_exports_are_numbered(tmp_path):
    for n, person in enumerate(("secret-1", "secret-2", "secret-1", "secret-2")):
        dicom_series(tmp_path / f"heap/export{n}/series1", f"202{n}0304", person)
    series = find_studies([tmp_path / "heap"])
    assert {name: len(studies) for name, studies in series.items()} == {"patient 1": 2, "patient 2": 2}


def test_two_flair_series_of_a_day_are_asked_about(tmp_path):
    dicom_series(tmp_path / "Anna/2020-03-04/a", "20200304", "secret-1", description="AX FLAIR")
    dicom_series(tmp_path / "Anna/2020-03-04/b", "20200304", "secret-1", description="AX FLAIR repeat")
    with pytest.raises(InputError, match=r"got 2; give the folder of one of them alone\n(.*\n)*.*AX FLAIR repeat"):
        find_studies([tmp_path])


def test_with_a_mask_a_study_is_measured_though_its_flair_is_not_clear(tmp_path):
    dicom_series(tmp_path / "Anna/2020-03-04/a", "20200304", "secret-1", description="AX T1")
    touch(tmp_path, "Anna/2020-03-04/mask.nii.gz")
    ((_, (study,)),) = find_studies([tmp_path]).items()
    assert study.flair is None
    assert study.notes[0].startswith("No FLAIR volume was taken: ")


def test_what_is_given_twice_counts_once(tmp_path):
    touch(tmp_path, "P1/2020-01-01/flair.nii.gz", "P1/2021-01-01/flair.nii.gz")
    assert len(found(tmp_path, tmp_path / "P1/2020-01-01")) == 2


def test_a_link_to_a_folder_above_does_not_lead_round_in_circles(tmp_path):
    touch(tmp_path, "P1/2020-01-01/flair.nii.gz")
    (tmp_path / "P1/2020-01-01/again").symlink_to(tmp_path / "P1")
    assert len(found(tmp_path)) == 1


def test_a_name_with_another_day_than_dicom_is_pointed_out(tmp_path):
    dicom_series(tmp_path / "Anna/2019-12-24", "20200304", "secret-1")
    ((_, (study,)),) = find_studies([tmp_path]).items()
    assert study.day == date(2020, 3, 4)
    assert study.notes == ("«2019-12-24» names another day; 2020-03-04 is used, from --dates or DICOM's StudyDate.",)


def test_a_table_with_another_day_than_dicom_is_pointed_out_and_keeps_that_day_out(tmp_path):
    dicom_series(tmp_path / "Anna/scan", "20200304", "secret-1")
    table = tmp_path / "days.csv"
    table.write_text("study,date\nAnna/scan,2020-01-01\n")
    ((_, (study,)),) = find_studies([tmp_path / "Anna"], table=read_study_table(table)).items()
    assert study.day == date(2020, 1, 1)
    assert study.notes == ("DICOM's StudyDate is another day; 2020-01-01 is used, from --dates.",)


def test_a_correction_beside_the_mask_of_a_report_is_not_passed_over(tmp_path):
    study = tmp_path / "P1" / "2020-01-01"
    study.mkdir(parents=True)
    for name in ("segmentation.nii.gz", "corrected_mask.nii.gz"):
        sitk.WriteImage(sitk.Image(4, 4, 4, sitk.sitkUInt8), str(study / name))
    model = {"name": "m", "version": "1", "sha256": "0" * 64}
    record = {"outputs": {"segmentation": {"file": "segmentation.nii.gz"}}, "model": model, "threshold": 0.35}
    (study / "report.json").write_text(json.dumps({**record, "components": "all"}))
    with pytest.raises(InputError, match=r"expected one mask, got .*segmentation.*corrected_mask"):
        find_studies([tmp_path / "P1"])
