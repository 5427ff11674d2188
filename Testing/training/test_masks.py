"""Masks of kept maps."""

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.cohort.prepared import read_manifest
from lggseg.errors import InputError
from lggseg.model.postprocessing import MaskRule
from lggseg.volumes import geometry, io
from lggseg_training.maps import MAPS_FOLDER, write_masks


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
