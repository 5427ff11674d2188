"""Volumes of elsewhere and volumes without tumor, prepared as cases; folds that keep patients together."""

import csv

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.cohort.prepared import read_manifest, select
from lggseg.volumes import io
from lggseg_training.config import Sampling
from lggseg_training.external import read_table
from lggseg_training.folds import extended_folds, read_folds
from lggseg_training.places import EXTERNAL_CASES
from lggseg_training.slices import epoch_indices
from training import prepare_external, splits


@pytest.fixture
def source(tmp_path, head):
    """Two volumes, one with a label whose header is wrong."""
    folder = tmp_path / "source"
    io.write_volume(head, folder / "a" / "flair.nii.gz")
    io.write_volume(head, folder / "b" / "flair.nii.gz")
    label = sitk.Cast(head > 140, sitk.sitkUInt8) * 4
    label.SetOrigin([500.0, 0.0, 0.0])
    io.write_volume(label, folder / "a" / "label.nii.gz")
    return folder


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "table.csv"
    rows = ["case,patient,institution,flair,label", "one,TCGA_CS_4943,CS,a/flair.nii.gz,a/label.nii.gz"]
    file.write_text("\n".join([*rows, "two,somebody,elsewhere,b/flair.nii.gz,"]) + "\n")
    return file


def prepare(source, table, output):
    return prepare_external.main(["--data", str(source), "--table", str(table), "--output", str(output)])


def test_labels_are_taken_voxel_by_voxel_and_negatives_are_empty(source, table, tmp_path, head):
    assert prepare(source, table, tmp_path / "out") == 0
    one, two = read_manifest(tmp_path / "out")
    assert (one.patient, one.institution, two.tumor_slices) == ("TCGA_CS_4943", "CS", 0)
    label = io.read_volume(one.file("label"))
    assert label.GetOrigin() == pytest.approx(head.GetOrigin())
    np.testing.assert_array_equal(sitk.GetArrayFromImage(label), sitk.GetArrayFromImage(head > 140))


def test_a_second_run_does_nothing_and_a_new_patient_name_counts(source, table, tmp_path):
    prepare(source, table, tmp_path / "out")
    file = tmp_path / "out" / "cases" / "one" / "flair.nii.gz"
    before = file.stat().st_mtime_ns
    prepare(source, table, tmp_path / "out")
    assert file.stat().st_mtime_ns == before
    table.write_text(table.read_text(encoding="utf-8").replace("somebody", "somebody_else"))
    prepare(source, table, tmp_path / "out")
    assert [case.patient for case in read_manifest(tmp_path / "out")] == ["TCGA_CS_4943", "somebody_else"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case,patient\n1,2\n", "expected a CSV with the columns case, patient, institution, flair, label"),
        ("case,patient,institution,flair,label\na,p,i,f,\na,p,i,f,\n", "expected each case once, got ['a']"),
        ("case,patient,institution,flair,label\n", "expected each case once, got none"),
    ],
)
def test_a_wrong_table_is_refused(source, tmp_path, capsys, text, message):
    (tmp_path / "wrong.csv").write_text(text)
    assert prepare(source, tmp_path / "wrong.csv", tmp_path / "out") == 2
    assert message in capsys.readouterr().err


def test_a_label_of_another_size_is_refused(source, table, tmp_path, capsys):
    io.write_volume(sitk.Image(4, 4, 4, sitk.sitkUInt8), source / "a" / "label.nii.gz")
    assert prepare(source, table, tmp_path / "out") == 2
    assert "expected the size of its volume" in capsys.readouterr().err


def test_extended_folds_keep_known_patients_where_they_are(source, table, tmp_path):
    prepare(source, table, tmp_path / "out")
    file = tmp_path / "folds.json"
    from lggseg_training.places import SPLITS_FILE

    assert splits.main(["--data", str(tmp_path / "out"), "--extend", str(SPLITS_FILE), "--output", str(file)]) == 0
    old, new = read_folds(SPLITS_FILE), read_folds(file)
    assert sum(map(len, new)) == sum(map(len, old)) + 1
    assert all(set(before) <= set(after) for before, after in zip(old, new, strict=True))
    assert "TCGA_CS_4943" in new[0]


def test_every_case_of_the_table_has_a_patient_and_eleven_are_known():
    rows = read_table(EXTERNAL_CASES)
    known = {patient for fold in read_folds() for patient in fold}
    assert len(rows) == 21
    assert sum(row.patient in known for row in rows) == 11
    assert [row.case for row in rows if not row.label] == ["patient07", "patient19", "py_synthsr_FLAIR"]
    with EXTERNAL_CASES.open(newline="") as stream:
        assert {row["case"] for row in csv.DictReader(stream)} == {row.case for row in rows}


def test_extended_folds_deal_tumors_first(source, table, tmp_path):
    prepare(source, table, tmp_path / "out")
    cases = read_manifest(tmp_path / "out")
    assert extended_folds([[], []], cases) == [["TCGA_CS_4943"], ["somebody"]]
    assert select(cases, ["somebody"])[0].case == "two"


def test_an_epoch_shows_each_kind_in_its_share():
    tumor, empty = {"tumor_slices": [1]}, {"tumor_slices": []}
    volumes = [tumor] * 10 + [tumor] * 2 + [empty] * 3
    indices = epoch_indices(volumes, Sampling(extra_share=0.25, negative_share=0.25), extra=5)
    count = [sum(index < 10 for index in indices), sum(index in (10, 11) for index in indices)]
    assert count[0] == 160
    assert count[1] == pytest.approx(80, abs=1)
    assert len(indices) - sum(count) == pytest.approx(80, abs=1)
    assert epoch_indices(volumes[:10], Sampling(), extra=0) == [*range(10)] * 16
