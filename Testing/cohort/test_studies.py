"""The studies that are found in a folder."""

from __future__ import annotations

import json
import re

import pytest
import SimpleITK as sitk
from heads import ball_volume
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from synthetic_dicom import write_series

from lggseg.cohort.studies import find_studies
from lggseg.errors import InputError


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def keys(root, **options):
    return [study.key for study in find_studies(root, **options).studies]


class TestVolumes:
    def test_one_folder_a_study(self, tmp_path):
        touch(
            *(tmp_path / "TCGA_CS_4941" / name for name in ("flair.nii.gz", "t1.nii.gz", "t1gd.nii.gz", "mask.nii.gz"))
        )
        found = find_studies(tmp_path)
        (study,) = found.studies
        assert (study.key, study.patient) == ("TCGA_CS_4941", "TCGA_CS_4941")
        assert (study.flair.name, study.pre.name, study.post.name) == ("flair.nii.gz", "t1.nii.gz", "t1gd.nii.gz")
        assert [(one.path.name, one.reason) for one in found.passed] == [
            ("mask.nii.gz", "not FLAIR: a mask or label map")
        ]

    def test_one_file_a_study(self, tmp_path):
        touch(
            *(
                tmp_path / name
                for name in ("P1_flair.nrrd", "P1_t1.nrrd", "P2_flair.nrrd", "P2_t1ce.nrrd", "._P1_flair.nrrd")
            )
        )
        one, two = find_studies(tmp_path).studies
        assert (one.patient, one.pre.name, one.post) == ("P1", "P1_t1.nrrd", None)
        assert (two.patient, two.pre, two.post.name) == ("P2", None, "P2_t1ce.nrrd")

    def test_visits_of_one_patient(self, tmp_path):
        touch(tmp_path / "P1" / "2020" / "flair.nii", tmp_path / "P1" / "2021" / "flair.nii")
        assert [(study.key, study.patient) for study in find_studies(tmp_path).studies] == [
            ("P1/2020", "P1"),
            ("P1/2021", "P1"),
        ]

    def test_names_that_say_nothing_are_studies(self, tmp_path):
        touch(tmp_path / "a.nii.gz", tmp_path / "b.mha")
        assert keys(tmp_path) == ["a", "b"]

    def test_two_volumes_for_one_sequence_are_not_chosen_between(self, tmp_path):
        touch(*(tmp_path / "P" / name for name in ("flair.nii", "t1_a.nii", "t1_b.nii")))
        (study,) = find_studies(tmp_path).studies
        assert study.pre is None
        assert "none was used: t1_a.nii, t1_b.nii" in study.notes[0]

    def test_names_must_differ(self, tmp_path):
        touch(tmp_path / "a.nii", tmp_path / "a.nrrd")
        with pytest.raises(InputError, match="expected names that differ, got a twice"):
            find_studies(tmp_path)

    def test_nothing_there(self, tmp_path):
        touch(tmp_path / "t1.nii.gz")
        with pytest.raises(InputError, match=re.escape("got none (t1.nii.gz: not FLAIR: T1 without contrast agent)")):
            find_studies(tmp_path)


class TestDicom:
    def test_series_of_one_study_are_together(self, tmp_path):
        write_series(ball_volume(), tmp_path / "P1" / "s1" / "flair", StudyInstanceUID="1.2.3")
        write_series(ball_volume(), tmp_path / "P1" / "s1" / "t1", StudyInstanceUID="1.2.3")
        write_series(ball_volume(), tmp_path / "P1" / "s2", StudyInstanceUID="1.2.4")
        write_series(ball_volume(), tmp_path / "P2", StudyInstanceUID="1.2.5")
        assert keys(tmp_path) == ["P1/s1", "P1/s2", "P2"]

    def test_the_dicomdir_of_a_disc_is_no_study_of_its_own(self, tmp_path):
        write_series(ball_volume(), tmp_path / "P1" / "IMAGES" / "A", StudyInstanceUID="1.2.3")
        for folder in ("P1", "P2"):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
        assert keys(tmp_path) == ["P1/IMAGES/A"]

    def test_files_without_the_mark_are_dicom_too(self, tmp_path):
        write_series(ball_volume(), tmp_path / "P1", StudyInstanceUID="1.2.3")
        for file in (tmp_path / "P1").iterdir():
            bare = Dataset()
            bare.update(dcmread(file))
            dcmwrite(file, bare, implicit_vr=True, little_endian=True, enforce_file_format=False)
        assert keys(tmp_path) == ["P1"]


class TestBids:
    @pytest.fixture
    def dataset(self, tmp_path):
        for place in ("sub-01/ses-a/anat/sub-01_ses-a", "sub-01/ses-b/anat/sub-01_ses-b", "sub-02/anat/sub-02"):
            touch(tmp_path / f"{place}_FLAIR.nii.gz", tmp_path / f"{place}_T1w.nii.gz")
            touch(tmp_path / f"{place}_ce-gadolinium_T1w.nii.gz", tmp_path / f"{place}_FLAIR.json")
        touch(tmp_path / "sub-03/anat/sub-03_T1w.nii.gz", tmp_path / "derivatives/sub-09/anat/sub-09_FLAIR.nii.gz")
        table = "session_id\tacq_time\nses-a\t2009-06-15T13:45:30\nses-b\tn/a\n"
        (tmp_path / "sub-01/sub-01_sessions.tsv").write_text(table)
        (tmp_path / "dataset_description.json").write_text(json.dumps({"Name": "x", "BIDSVersion": "1.10.0"}))
        return tmp_path

    def test_sessions_sequences_and_dates(self, dataset):
        found = find_studies(dataset)
        assert [(study.key, study.patient, study.session, study.date) for study in found.studies] == [
            ("sub-01/ses-a/sub-01_ses-a", "sub-01", "a", "2009-06-15"),
            ("sub-01/ses-b/sub-01_ses-b", "sub-01", "b", ""),
            ("sub-02/sub-02", "sub-02", "", ""),
        ]
        assert found.studies[2].pre.name == "sub-02_T1w.nii.gz"
        assert found.studies[2].post.name == "sub-02_ce-gadolinium_T1w.nii.gz"
        assert [one.path.name for one in found.passed] == ["sub-03"]

    def test_shadows_of_a_mac_are_no_volumes(self, dataset):
        touch(dataset / "sub-02/anat/._sub-02_FLAIR.nii.gz", dataset / "sub-02/anat/._sub-02_T1w.nii.gz")
        study = find_studies(dataset).studies[2]
        assert (study.key, study.pre.name) == ("sub-02/sub-02", "sub-02_T1w.nii.gz")
        assert len(find_studies(dataset).studies) == 3

    def test_several_runs_of_t1(self, dataset):
        anatomy = dataset / "sub-02/anat"
        (anatomy / "sub-02_T1w.nii.gz").rename(anatomy / "sub-02_run-1_T1w.nii.gz")
        touch(anatomy / "sub-02_run-2_T1w.nii.gz")
        study = find_studies(dataset).studies[2]
        assert study.pre is None
        assert "none was used" in study.notes[0]


def test_a_changed_file_changes_the_state(tmp_path):
    sitk.WriteImage(ball_volume(), str(tmp_path / "a.nii.gz"))
    (study,) = find_studies(tmp_path).studies
    before = study.state()
    assert study.state() == before
    sitk.WriteImage(ball_volume() * 2, str(tmp_path / "a.nii.gz"))
    assert study.state() != before
