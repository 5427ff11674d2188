"""The door for Python: ``import lggseg``."""

import subprocess
import sys

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from grids import rotated
from synthetic_dicom import write_series

import lggseg
from lggseg.cli import main
from lggseg.errors import InputError, OutputError
from lggseg.phantom.study import make_phantom
from lggseg.volumes import geometry, io


@pytest.fixture(scope="module")
def flair():
    """An asymmetric, oblique study in an unusual axis order."""
    study = make_phantom(seed=3, slices=12, size=96, spacing_mm=(2.3, 2.3, 10.0))["flair"]
    return rotated(geometry.reorient(study, "SAL"), 9.0)


@pytest.fixture(scope="module")
def model():
    return lggseg.load_model()


@pytest.fixture(scope="module")
def expected(flair, model):
    return sitk.GetArrayFromImage(lggseg.segment(flair, model=model).mask)


def import_microseconds():
    """Import the package in a process of its own; return what that took, and make sure of what it loads."""
    heavy = {"numpy", "SimpleITK", "onnxruntime", "torch", "nibabel"}
    code = f"import sys, lggseg; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    return next(int(line.split("|")[1]) for line in done.stderr.splitlines() if line.endswith("| lggseg"))


def test_importing_loads_neither_numpy_nor_a_runtime():
    # The quickest of a few: the others are what else the computer does.
    assert min(import_microseconds() for _ in range(5)) < 100_000


def as_array(image):
    return sitk.GetArrayFromImage(image).transpose(), geometry.ras_affine(image)


@pytest.mark.parametrize("kind", ["path", "nibabel", "array", "dicom folder"])
def test_every_door_gives_the_same_mask(flair, model, expected, kind, tmp_path):
    assert expected.any()
    if kind == "path":
        io.write_volume(flair, tmp_path / "flair.nii.gz")
        source = tmp_path / "flair.nii.gz"
    elif kind == "nibabel":
        source = nibabel.Nifti1Image(*as_array(flair))
    elif kind == "array":
        source = as_array(flair)
    else:
        write_series(flair, tmp_path / "dicom")
        source = str(tmp_path / "dicom")
    result = lggseg.segment(source, model=model)
    found = geometry.reorient(result.mask, geometry.orientation_code(flair))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(found), expected)


def test_the_command_gives_the_same_mask_and_numbers(flair, model, expected, tmp_path):
    io.write_volume(flair, tmp_path / "flair.nrrd")
    assert main(["segment", str(tmp_path / "flair.nrrd"), "-o", str(tmp_path / "command"), "--progress", "none"]) == 0
    result = lggseg.segment(tmp_path / "flair.nrrd", model=model)
    files = result.save(tmp_path / "python")
    for name in ("command", "python"):
        mask = sitk.ReadImage(str(tmp_path / name / "segmentation.nii.gz"))
        np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), expected)
    assert sorted(files) == ["overlay", "page", "report", "segmentation"]
    assert lggseg.measure(tmp_path / "command" / "segmentation.nii.gz") == pytest.approx(result.measurements, rel=1e-5)
    assert lggseg.measure(result.to_nibabel()) == pytest.approx(result.measurements, rel=1e-5)
    with pytest.raises(OutputError, match="add --overwrite"):
        result.save(tmp_path / "python")


def test_a_result_shows_itself_in_a_notebook(flair, model):
    page = lggseg.segment(flair, model=model)._repr_html_()
    assert " ml (" in page
    assert "data:image/png;base64," in page
    assert "Research use only" in page


def test_probability_goes_to_nibabel_on_the_same_grid(flair, model):
    result = model.segment(flair, threshold=0.5)
    image = result.to_nibabel("probability")
    np.testing.assert_allclose(image.affine, geometry.ras_affine(flair), atol=1e-4)
    assert np.asarray(image.dataobj).max() > 0.5
    assert result.report.threshold == 0.5
    with pytest.raises(InputError, match="expected one of mask, probability, got 'flair'"):
        result.to_nibabel("flair")


@pytest.mark.parametrize("source", [7, None, (1, 2, 3), b"flair.nii"])
def test_what_is_no_volume_is_refused_in_one_sentence(source):
    with pytest.raises(InputError, match="flair: expected a path, a SimpleITK image, a nibabel image or a pair"):
        lggseg.segment(source)


def test_sheared_and_flat_arrays_are_refused(model):
    affine = np.eye(4)
    affine[0, 1] = 0.5
    with pytest.raises(InputError, match="sheared"):
        lggseg.segment((np.ones((4, 4, 4)), affine), model=model)
    with pytest.raises(InputError, match="expected a 3D array"):
        lggseg.segment((np.ones((4, 4)), np.eye(4)), model=model)
