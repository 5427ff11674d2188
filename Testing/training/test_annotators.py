"""Two outlines of one head on images of unlike geometry: laid onto each other, compared, and left out by name."""

import json

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.cohort.prepared import case_folder, write_case, write_manifest
from lggseg.phantom.study import make_phantom
from lggseg.segmentation.overlap import dice_of_images
from lggseg.volumes import geometry, io, masks
from training import annotators

TRUE_SLICES_MM = 6.5


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """The same phantom: skull on with a wrong voxel size, and stripped, turned, at 2 mm, with a larger outline."""
    root = tmp_path_factory.mktemp("annotators")
    spacing = (1.8, 1.8, TRUE_SLICES_MM)
    whole = make_phantom(seed=2, size=112, spacing_mm=spacing, slices=20)
    stripped = make_phantom(seed=2, size=112, spacing_mm=spacing, slices=20, skull=False)
    rows = {"first": [], "second": []}
    for image in (whole["flair"], whole["label"]):
        image.SetSpacing((1.7, 1.7, 5.0))
    turn = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.0, 0.0, float(np.deg2rad(4)), (3.0, -5.0, 2.0))
    grid = geometry.empty_grid((100, 120, 70), (2.0, 2.0, 2.0), (-99.0, -119.0, -69.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
    moved = sitk.Resample(stripped["flair"], grid, turn, sitk.sitkLinear, 0.0, sitk.sitkFloat32)
    label = sitk.Resample(stripped["label"], grid, turn, sitk.sitkNearestNeighbor, 0)
    larger = sitk.BinaryDilate(label, (1, 1, 1))
    rows["first"].append(
        write_case(
            {"flair": whole["flair"]}, whole["label"], case_folder(root / "first", "P1"), "default", patient="P1"
        )
    )
    rows["second"] += [
        write_case({"flair": moved}, larger, case_folder(root / "second", "X1"), "file", patient="P1"),
        write_case({"flair": moved}, larger, case_folder(root / "second", "X2"), "file", patient="P2"),
    ]
    for name, written in rows.items():
        write_manifest(root / name, written)
    return root


def run(root, output, *more):
    first, second = str(root / "first"), str(root / "second")
    return annotators.main(["--first", first, "--second", second, "-o", str(output), *more])


@pytest.mark.slow
def test_outlines_meet_although_the_voxel_size_is_wrong(sets, tmp_path, capsys):
    assert run(sets, tmp_path) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((tmp_path / "annotators.json").read_text(encoding="utf-8"))
    assert (found["pairs"], found["left_out"]) == (1, {})
    assert 0.65 < found["dice"]["mean"] < 0.95, "larger by two millimetres all round"
    assert found["round_trip_dice"]["mean"] > 0.93
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == ["P1-moved.png", "P1.png"]
    outline = tmp_path / "outlines" / "P1.nii.gz"
    first = io.read_volume(case_folder(sets / "first", "P1") / "label.nii.gz")
    assert dice_of_images(masks.read_mask(outline), first) == pytest.approx(found["dice"]["mean"], abs=1e-4)
    assert run(sets, tmp_path, "--least", "1.0") == 0
    assert not outline.exists(), "what does not fit is no second outline"
    assert list(json.loads((tmp_path / "annotators.json").read_text(encoding="utf-8"))["left_out"]) == ["P1"]


def test_sets_without_a_common_patient_are_refused(sets, tmp_path, capsys):
    other = tmp_path / "other"
    head = sitk.Image(4, 4, 4, sitk.sitkFloat32)
    row = write_case({"flair": head}, sitk.Cast(head, sitk.sitkUInt8), case_folder(other, "Z"), "file", patient="Z")
    write_manifest(other, [row])
    assert annotators.main(["--first", str(sets / "first"), "--second", str(other), "-o", str(tmp_path / "o")]) == 2
    assert "expected patients who have a case in" in capsys.readouterr().err
