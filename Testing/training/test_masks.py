"""Masks of kept maps."""

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk
from training_runs import LIBRARY_WARNINGS

from lggseg.cohort.prepared import read_manifest
from lggseg.errors import FormatError, InputError
from lggseg.model.postprocessing import MaskRule
from lggseg.volumes import geometry, io
from lggseg_training.maps import MAPS_FOLDER, map_file, who_predicted, write_masks
from lggseg_training.maskers import Labelled, MapMasker, read_labelled
from training import evaluate

pytestmark = LIBRARY_WARNINGS


def test_a_map_becomes_the_mask_of_the_rule_on_the_grid_of_its_label(dataset, tmp_path):
    cases = read_manifest(dataset)[:2]
    label = io.read_volume(cases[0].file("label"))
    percent = (sitk.GetArrayFromImage(label) > 0).astype(np.uint8) * 80
    (tmp_path / MAPS_FOLDER).mkdir()
    io.write_volume(geometry.like(percent, label), tmp_path / MAPS_FOLDER / f"{cases[0].case}.nii.gz")

    assert write_masks(tmp_path, cases, MaskRule(0.5, "all"), tmp_path / "out") == 1
    written = io.read_volume(tmp_path / "out" / f"{cases[0].case}.nii.gz")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written) > 0, percent > 0)
    assert geometry.same_grid(written, label)
    write_masks(tmp_path, cases, MaskRule(0.5, "all", least_peak=0.9), tmp_path / "unsure")
    assert not sitk.GetArrayFromImage(io.read_volume(tmp_path / "unsure" / written_name(cases[0]))).any()


def written_name(case):
    return f"{case.case}.nii.gz"


def test_without_maps_nothing_is_written(dataset, tmp_path):
    with pytest.raises(InputError, match="expected maps of the cases"):
        write_masks(tmp_path, read_manifest(dataset), MaskRule(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def kept_maps(folder, cases, runs):
    """Maps that are sure of the reference but for its lowest tumor slice, as training/out_of_fold.py keeps them."""
    for case in cases:
        label = io.read_volume(case.file("label"))
        percent = (sitk.GetArrayFromImage(label) > 0).astype(np.uint8) * 99
        percent[np.flatnonzero(percent.any(axis=(1, 2)))[0]] = 0
        io.write_volume(geometry.like(percent, label), map_file(folder, case.case))
    with (folder / "cases.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([("case", "run"), *((case.case, run) for case, run in zip(cases, runs, strict=False))])


@pytest.mark.slow
def test_kept_maps_are_evaluated_with_their_probabilities(dataset, tmp_path):
    cases = read_manifest(dataset)
    kept_maps(tmp_path / "maps", cases, ["fold0", "fold1"] * len(cases))
    arguments = ["--maps", tmp_path / "maps", "--data", dataset, "-o", tmp_path / "out"]
    assert evaluate.main([*map(str, arguments)]) == 0
    summary, counts = (json.loads((tmp_path / "out" / f"{name}.json").read_text()) for name in ("summary", "counts"))
    assert summary["predictor"] == ["fold0, fold1"]
    assert list(summary["headline"]) == ["out_of_fold_all_sequences_mean_dice", "out_of_fold_all_sequences_median_dice"]
    (_, extra), (missed, hit) = counts["all"]["pixel_matrix"]
    whole = sum(int((sitk.GetArrayFromImage(io.read_volume(case.file("label"))) > 0).sum()) for case in cases)
    assert (hit + missed, extra) == (whole, 0)
    assert missed > 0
    assert counts["all"]["figures"]["pooled"]["dice"] == pytest.approx(2 * hit / (2 * hit + missed))
    assert counts["all"]["slice_matrix"][1][0] == len(cases), "one tumor slice of each was missed"
    assert counts["all"]["log_loss"] > 0


def test_maps_of_a_model_that_may_have_seen_everybody_are_no_measure_of_new_patients(dataset, tmp_path):
    kept_maps(tmp_path, read_manifest(dataset)[:1], ["lgg_flair_unet 1.0.0"])
    assert who_predicted(tmp_path)[1].startswith("unknown")


def test_a_map_that_is_missing_or_of_another_data_set_is_named(dataset, tmp_path):
    case = read_manifest(dataset)[0]
    labelled = Labelled(case.case, case.patient, "SYN", {"flair": case.file("flair")}, case.file("label"))
    study, masker = read_labelled(labelled, "flair"), MapMasker(tmp_path, MaskRule())
    with pytest.raises(FormatError, match=r"SYN_000\.nii\.gz: expected the map of a patient"):
        masker(labelled, study)
    kept_maps(tmp_path, [case], ["fold0"])
    assert masker(labelled, study).mask.GetSize() == study["flair"].GetSize()
    with pytest.raises(FormatError, match=r"SYN_000\.nii\.gz: expected a map on the grid of the patient's FLAIR"):
        masker(labelled, {"flair": study["flair"][:, :, 1:]})
