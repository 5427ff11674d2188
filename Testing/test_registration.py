import numpy as np
import pytest
import SimpleITK as sitk
from conftest import ball_volume

from lggseg.registration import register_rigidly


@pytest.mark.slow
def test_a_moved_volume_comes_back():
    fixed = ball_volume(size=(80, 90, 24), spacing=(2.2, 2.2, 5.0))
    center = fixed.TransformContinuousIndexToPhysicalPoint([0.5 * (n - 1) for n in fixed.GetSize()])
    moved_by = sitk.Euler3DTransform(center, 0.02, -0.03, 0.08, (6.0, -4.0, 3.0))
    moving = sitk.TransformGeometry(sitk.InvertIntensity(fixed, 300), moved_by)
    back = register_rigidly(moving, fixed)
    corner = [10, 10, 5]
    before = np.subtract(moving.TransformIndexToPhysicalPoint(corner), fixed.TransformIndexToPhysicalPoint(corner))
    after = np.subtract(back.TransformIndexToPhysicalPoint(corner), fixed.TransformIndexToPhysicalPoint(corner))
    assert np.linalg.norm(before) > 5.0
    assert np.linalg.norm(after) < 1.5
    np.testing.assert_array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(moving))
