import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.phantom.study import make_phantom
from lggseg.volumes.registration import register_rigidly


@pytest.mark.slow
def test_a_moved_volume_comes_back():
    study = make_phantom(slices=20, size=80, spacing_mm=(2.7, 2.7, 6.5))
    fixed = study["flair"]
    center = fixed.TransformContinuousIndexToPhysicalPoint([0.5 * (n - 1) for n in fixed.GetSize()])
    moved_by = sitk.Euler3DTransform(center, 0.02, -0.03, 0.08, (6.0, -4.0, 3.0))
    moving = sitk.TransformGeometry(study["pre"], moved_by)
    back = register_rigidly(moving, fixed)
    corner = [15, 15, 5]
    before = np.subtract(moving.TransformIndexToPhysicalPoint(corner), fixed.TransformIndexToPhysicalPoint(corner))
    after = np.subtract(back.TransformIndexToPhysicalPoint(corner), fixed.TransformIndexToPhysicalPoint(corner))
    assert np.linalg.norm(before) > 5.0
    assert np.linalg.norm(after) < 2.0
    np.testing.assert_array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(moving))


def test_volumes_that_do_not_meet_are_refused():
    fixed = sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(8, 16, 16)).astype(np.float32))
    moving = sitk.Image(fixed)
    moving.SetOrigin((5000.0, 0.0, 0.0))
    with pytest.raises(InputError, match="check that both show one head"):
        register_rigidly(moving, fixed)
