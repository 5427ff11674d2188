"""Every case goes to a network that has not seen its patient, and volumes without tumor are really without."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from tiny_model import write_tiny_run

from lggseg.cohort.prepared import Case, case_folder, read_manifest, write_case, write_manifest
from lggseg.errors import InputError
from lggseg.phantom.study import make_phantom
from lggseg.volumes import geometry, io
from lggseg_training import negatives
from lggseg_training.made_with import sequences_of
from lggseg_training.maps import Network, assigned, lesions, read_cases, read_map
from lggseg_training.negatives import healthy_head, tumor_free_slab, with_lesions
from lggseg_training.plan import write_plan
from training import out_of_fold

SLICES = 12


def case(name: str, patient: str) -> Case:
    return Case(name, patient, "x", 1, 1, ("flair",), "default", Path())


def network(name: str, training: set[str], validation: set[str]) -> Network:
    return Network(Path(name), None, frozenset(training), frozenset(validation))


def test_no_case_goes_to_a_network_that_has_seen_its_patient():
    networks = [network("f0", {"b"}, {"a"}), network("f1", {"a"}, {"b"})]
    cases = [case("a1", "a"), case("a2", "a"), case("b1", "b"), case("s1", "s"), case("t1", "t"), case("s2", "s")]
    pairs = {each.case: chosen.run.name for each, chosen in assigned(cases, networks)}
    assert pairs == {"a1": "f0", "a2": "f0", "b1": "f1", "s1": "f0", "s2": "f0", "t1": "f1"}


def test_a_patient_who_only_trained_is_left_out():
    assert list(assigned([case("c", "c")], [network("f0", {"c"}, {"a"})])) == []


def test_further_lesions_count_from_one_millilitre_on():
    reference = np.zeros((4, 40, 40), bool)
    reference[:, :20, :20], reference[:, 30:38, 30:38], reference[:, 30:33, 3:6] = True, True, True
    mask = np.zeros_like(reference)
    mask[:, :20, :20] = True
    voxel = 0.01  # 256 voxels are 2.56 ml, 36 are .36 ml
    assert lesions(reference, mask, voxel) == [False]
    mask[:, 30:38, 30:32] = True
    assert lesions(reference, mask, voxel) == [True]
    assert lesions(reference[:, :25, :25], mask[:, :25, :25], voxel) == []


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """One patient with a tumor on one side, in a small study."""
    root = tmp_path_factory.mktemp("prepared")
    study = make_phantom(seed=3, size=96, spacing_mm=(2.2, 2.2, 9.0), slices=SLICES)
    label = study.pop("label")
    row = write_case(study, label, case_folder(root, "P1"), "synthetic", patient="P1", institution="X")
    write_manifest(root, [row])
    return root


def test_a_healthy_head_has_no_tumor_left_where_it_was(prepared):
    (patient,) = read_manifest(prepared)
    healthy = healthy_head(patient)
    assert list(healthy) == ["flair", "pre", "post"]
    flair = io.read_volume(patient.file("flair"))
    label = sitk.Resample(
        io.read_volume(patient.file("label")), healthy["flair"], sitk.Transform(), sitk.sitkNearestNeighbor, 0
    )
    place = sitk.GetArrayFromImage(label) > 0
    moved = sitk.Resample(flair, healthy["flair"], sitk.Transform(), sitk.sitkLinear, 0.0)
    before, after = sitk.GetArrayFromImage(moved).astype(float), sitk.GetArrayFromImage(healthy["flair"])
    head = before > 50
    rise = [each[place].mean() - np.median(each[head]) for each in (before / before[head].std(), after)]
    assert rise[0] > 1.0
    assert rise[1] < 0.5 * rise[0]
    assert geometry.same_grid(healthy["flair"], healthy["post"])


def test_a_slab_lies_far_from_the_tumor(prepared, monkeypatch):
    (patient,) = read_manifest(prepared)
    monkeypatch.setattr(negatives, "_LEAST_SLAB_MM", 15.0)
    monkeypatch.setattr(negatives, "_LEAST_SLICES", 2)
    label = sitk.GetArrayFromImage(io.read_volume(patient.file("label"))).any(axis=(1, 2))
    slab = tumor_free_slab(patient)["flair"]
    whole = io.read_volume(patient.file("flair"))
    first = round((slab.GetOrigin()[2] - whole.GetOrigin()[2]) / whole.GetSpacing()[2])
    chosen = np.arange(first, first + slab.GetSize()[2])
    assert len(chosen) >= 2
    assert np.abs(chosen[:, None] - np.flatnonzero(label)[None]).min() * 9.0 > 10.0


def test_a_thin_slab_is_refused_with_its_thickness(prepared):
    (patient,) = read_manifest(prepared)
    with pytest.raises(InputError, match=r"expected a slab of 35 mm without tumor, got . slices of 9 mm"):
        tumor_free_slab(patient)


def test_a_tumor_across_the_midline_cannot_be_replaced(prepared, tmp_path):
    (patient,) = read_manifest(prepared)
    flair = io.read_volume(patient.file("flair"))
    label = np.zeros(flair.GetSize()[::-1], np.uint8)
    label[4:7, 40:56, 30:66] = 1
    write_case({"flair": flair}, geometry.like(label, flair), case_folder(tmp_path, "M"), "synthetic")
    middle = Case("M", "M", "X", SLICES, 3, ("flair",), "synthetic", case_folder(tmp_path, "M"))
    with pytest.raises(InputError, match="the tumor crosses the midline"):
        healthy_head(middle)


def test_lesions_are_small_bright_and_inside(prepared):
    (patient,) = read_manifest(prepared)
    study = {name: io.read_volume(patient.file(name)) for name in ("flair", "pre", "post")}
    first, second = with_lesions(study, 5), with_lesions(study, 5)
    change = sitk.GetArrayFromImage(first["flair"]) - sitk.GetArrayFromImage(with_lesions(study, 6)["flair"])
    assert np.abs(change).max() > 0.3
    np.testing.assert_array_equal(*(sitk.GetArrayFromImage(each["flair"]) for each in (first, second)))


@pytest.mark.slow
def test_maps_are_kept_and_not_made_twice(prepared, tmp_path):
    run = write_tiny_run(tmp_path / "run")
    write_plan(run / "plan.json", "fold0", training=set(), validation={"P1"})
    arguments = ["--run", str(run), "--data", str(prepared), "-o", str(tmp_path / "out")]
    assert out_of_fold.main(arguments) == 0
    (row,) = read_cases(tmp_path / "out")
    assert (row["case"], row["run"]) == ("P1", "run")
    assert 0 <= float(row["dice"]) <= 1
    map_ = read_map(tmp_path / "out", "P1")
    assert map_.shape == (SLICES, 96, 96)
    assert 0 <= map_.min() <= map_.max() <= 1
    file = tmp_path / "out" / "maps" / "P1.nii.gz"
    before = file.stat().st_mtime_ns
    assert out_of_fold.main(arguments) == 0
    assert file.stat().st_mtime_ns == before


@pytest.mark.slow
def test_maps_of_other_weights_or_sequences_are_not_taken_for_those_asked_for(prepared, tmp_path, capsys):
    run = write_tiny_run(tmp_path / "run")
    write_plan(run / "plan.json", "fold0", training=set(), validation={"P1"})
    arguments = ["--run", str(run), "--data", str(prepared), "-o", str(tmp_path / "out")]
    assert out_of_fold.main([*arguments, "--sequences", "flair"]) == 0
    assert sequences_of([tmp_path / "out"]) == "flair"
    assert out_of_fold.main(arguments) == 2
    assert "got another sequences (they have runs run, sequences flair; here runs run" in capsys.readouterr().err
    write_tiny_run(run, seed=1)
    before = (tmp_path / "out" / "cases.csv").read_bytes()
    assert out_of_fold.main([*arguments, "--sequences", "flair"]) == 2
    assert "got another run (" in capsys.readouterr().err
    assert (tmp_path / "out" / "cases.csv").read_bytes() == before
