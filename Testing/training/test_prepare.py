import csv
import shutil

import pytest
import SimpleITK as sitk
from PIL import Image
from tiff_cases import write_case

from lggseg.cohort.prepared import read_manifest
from lggseg.errors import FormatError
from lggseg_training.preparation import prepare_dataset
from training import prepare


@pytest.fixture
def public(tmp_path):
    root = tmp_path / "kaggle_3m"
    write_case(root, "TCGA_CS_0001_20000101")
    write_case(root, "TCGA_DU_0002_20000101", copy_post=True, seed=1)
    (root / "data.csv").write_text("Patient;RNASeqCluster\n")
    return root


def run(*arguments):
    return prepare.main([str(argument) for argument in arguments])


def test_volumes_labels_and_manifest(public, tmp_path, capsys):
    assert run("--data", public, "--output", tmp_path / "out", "--jobs", 1) == 0
    assert "2 cases of 2 patients" in capsys.readouterr().out
    first, second = read_manifest(tmp_path / "out")
    assert (first.patient, first.institution, first.slices, first.tumor_slices) == ("TCGA_CS_0001", "CS", 12, 3)
    assert first.sequences == ("flair", "pre", "post")
    assert second.sequences == ("flair", "pre")
    assert not second.file("post").exists()
    flair = sitk.ReadImage(str(first.file("flair")))
    # Numeric order: 10 comes after 9, not after 1.
    assert sitk.GetArrayFromImage(flair).mean(axis=(1, 2)).tolist() == [10.0 * n for n in range(1, 13)]
    assert flair.GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    label = sitk.GetArrayFromImage(sitk.ReadImage(str(first.file("label"))))
    assert label.sum() == 3 * 16
    assert label[2, 4:8, 2:6].all()


def rows(output):
    with (output / "manifest.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_spacing_and_where_it_came_from(public, tmp_path):
    table = tmp_path / "spacing.csv"
    table.write_text("case,x,y,z\nTCGA_CS_0001_20000101,0.9,0.9,3\n")
    prepare_dataset(public, tmp_path / "a", jobs=1)
    prepare_dataset(public, tmp_path / "b", spacing=(1.0, 1.0, 6.0), spacing_table=table, jobs=1)
    assert [row["spacing_source"] for row in rows(tmp_path / "a")] == ["default", "default"]
    assert [row["spacing_source"] for row in rows(tmp_path / "b")] == ["table", "option"]
    assert [row["spacing_z"] for row in rows(tmp_path / "b")] == ["3", "6"]
    assert float(rows(tmp_path / "b")[1]["tumor_ml"]) == pytest.approx(48 * 6 / 1000, abs=0.005)


def test_a_second_run_does_nothing_and_a_changed_spacing_does(public, tmp_path):
    out = tmp_path / "out"
    prepare_dataset(public, out, jobs=1)
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*.nii.gz")}
    prepare_dataset(public, out, jobs=1)
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*.nii.gz")} == before
    prepare_dataset(public, out, spacing=(1, 1, 1), jobs=1)
    assert all(file.stat().st_mtime_ns > time for file, time in before.items())


def test_cases_saved_in_slicer_stay_as_they_are(public, tmp_path, capsys):
    out = tmp_path / "out"
    mine, corrected = out / "cases" / "mine", out / "cases" / "TCGA_CS_0001_20000101"
    for folder in (mine, corrected):
        folder.mkdir(parents=True)
        for name in ("flair", "label"):
            (folder / f"{name}.nii.gz").write_bytes(b"saved")
    header = "case,patient,institution,slices,tumor_slices,sequences,spacing_source\n"
    rows = "mine,P7,local,8,3,flair,header\nTCGA_CS_0001_20000101,TCGA_CS_0001,local,8,3,flair,header\n"
    (out / "manifest.csv").write_text(header + rows)
    assert run("--data", public, "--output", out, "--jobs", 1, "--spacing", 1, 1, 5) == 0
    assert "2 cases keep the voxel size that they were saved with in 3D Slicer" in capsys.readouterr().out
    cases = {case.case: case for case in read_manifest(out)}
    assert cases["mine"].patient == "P7"
    assert (corrected / "label.nii.gz").read_bytes() == b"saved"
    assert len(cases) > 2
    (out / "manifest.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FormatError, match="move it away"):
        prepare_dataset(public, out, jobs=1)
    assert (out / "manifest.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_a_lost_file_is_made_again(public, tmp_path):
    out = tmp_path / "out"
    prepare_dataset(public, out, jobs=1)
    lost = out / "cases" / "TCGA_CS_0001_20000101" / "label.nii.gz"
    lost.unlink()
    prepare_dataset(public, out, jobs=1)
    assert lost.is_file()


def test_the_doubled_download_counts_patients_once(public, tmp_path):
    shutil.copytree(public, public / "lgg-mri-segmentation" / "kaggle_3m")
    assert len(prepare_dataset(tmp_path, tmp_path / "out", jobs=1)) == 2


def test_two_cases_of_one_patient_are_refused(public, tmp_path, capsys):
    write_case(public, "TCGA_CS_0001_20010101")
    assert run("--data", public, "--output", tmp_path / "out") == 2
    assert "expected one case a patient" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder, case: (folder / f"{case}_12_mask.tif").unlink(), "mask for each slice"),
        (lambda folder, case: (folder / f"{case}_7.tif").unlink(), "without a gap"),
        (lambda folder, case: (folder / f"{case}_2.tif").write_bytes(b""), "complete TIFF"),
        (
            lambda folder, case: (folder / f"{case}_2.tif").write_bytes((folder / f"{case}_3.tif").read_bytes()[:300]),
            "complete TIFF",
        ),
        (
            lambda folder, case: Image.new("RGB", (8, 8)).save(folder / f"{case}_5.tif"),
            "all slices of a case have one size",
        ),
    ],
)
def test_a_damaged_case_is_named_and_the_others_are_prepared(public, tmp_path, capsys, spoil, message):
    case = "TCGA_CS_0001_20000101"
    spoil(public / case, case)
    assert run("--data", public, "--output", tmp_path / "out", "--jobs", 1) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "1 of 2 cases cannot be used" in error
    assert [row["case"] for row in rows(tmp_path / "out")] == ["TCGA_DU_0002_20000101"]


def test_no_cases(tmp_path, capsys):
    assert run("--data", tmp_path, "--output", tmp_path / "out") == 2
    assert "expected folders CASE with CASE_1.tif" in capsys.readouterr().err


def test_an_unknown_case_in_the_spacing_table(public, tmp_path, capsys):
    table = tmp_path / "spacing.csv"
    table.write_text("case,x,y,z\nTCGA_XX,1,1,1\n")
    assert run("--data", public, "--output", tmp_path / "out", "--spacing-table", table) == 2
    assert "got TCGA_XX" in capsys.readouterr().err


def test_a_case_that_stands_twice_in_the_spacing_table_is_refused(public, tmp_path, capsys):
    table = tmp_path / "spacing.csv"
    table.write_text("case,x,y,z\nTCGA_CS_0001_20000101,1,1,1\nTCGA_CS_0001_20000101,1,1,5\n")
    assert run("--data", public, "--output", tmp_path / "out", "--spacing-table", table) == 2
    assert "expected each case once, got TCGA_CS_0001_20000101 in several rows" in capsys.readouterr().err


def test_an_output_that_cannot_be_written(public, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run("--data", public, "--output", tmp_path / "file", "--jobs", 1) == 4
    assert "rights" in capsys.readouterr().err


@pytest.mark.data
def test_the_real_data_set(lgg_data, tmp_path):
    cases = sorted(path for path in (lgg_data / "kaggle_3m").iterdir() if path.is_dir())
    chosen = tmp_path / "kaggle_3m"
    for name in ("TCGA_DU_6407_19860514", "TCGA_FG_A60K_20040224", cases[0].name):
        shutil.copytree(lgg_data / "kaggle_3m" / name, chosen / name)
    prepare_dataset(chosen, tmp_path / "out", jobs=1)
    by_name = {case.case: case for case in read_manifest(tmp_path / "out")}
    assert by_name["TCGA_DU_6407_19860514"].sequences == ("flair", "pre")
    assert by_name["TCGA_FG_A60K_20040224"].sequences == ("flair",)
    assert by_name[cases[0].name].sequences == ("flair", "pre", "post")


def test_links_to_case_folders_are_followed_and_never_for_ever(public, tmp_path):
    links = tmp_path / "links"
    links.mkdir()
    for case in public.iterdir():
        if case.is_dir():
            (links / case.name).symlink_to(case, target_is_directory=True)
    (links / "again").symlink_to(links, target_is_directory=True)
    assert len(prepare_dataset(links, tmp_path / "out", jobs=1)) == 2
