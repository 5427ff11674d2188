import numpy as np
import pytest
import SimpleITK as sitk
from grids import AXIS_ORDERS, rotated
from hypothesis import given, settings
from hypothesis import strategies as st

from lggseg.errors import GeometryError, InputError
from lggseg.volumes import geometry


def random_image(seed: int = 0, size: tuple[int, int, int] = (5, 6, 7)) -> sitk.Image:
    image = sitk.GetImageFromArray(np.random.default_rng(seed).normal(size=size[::-1]).astype(np.float32))
    image.SetSpacing((0.8, 1.1, 4.5))
    image.SetOrigin((-30.0, 12.5, 7.0))
    return image


def test_there_are_48_orientations():
    assert len(set(AXIS_ORDERS)) == 48


@pytest.mark.parametrize("code", AXIS_ORDERS)
def test_reorienting_there_and_back_changes_nothing(code):
    image = rotated(random_image(), 8.0)
    turned = geometry.reorient(image, code)
    assert geometry.orientation_code(turned) == code
    back = geometry.reorient(turned, geometry.orientation_code(image))
    assert geometry.same_grid(back, image)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(image))


@pytest.mark.parametrize("code", AXIS_ORDERS)
def test_ras_affine_survives_the_border(code):
    image = geometry.reorient(rotated(random_image(), 12.0), code)
    again = geometry.image_from_array(sitk.GetArrayFromImage(image), geometry.ras_affine(image))
    assert geometry.same_grid(again, image)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(again), sitk.GetArrayFromImage(image))


def test_ras_affine_flips_two_axes_against_lps():
    affine = geometry.ras_affine(random_image())
    np.testing.assert_allclose(affine[:3, 3], (30.0, -12.5, 7.0))
    np.testing.assert_allclose(np.diag(affine)[:3], (-0.8, -1.1, 4.5))


@settings(max_examples=40, deadline=None)
@given(
    offset=st.tuples(*[st.integers(-4, 4)] * 3),
    size=st.tuples(*[st.integers(1, 9)] * 3),
    code=st.sampled_from(AXIS_ORDERS),
)
def test_copy_aligned_keeps_every_voxel_in_its_place(offset, size, code):
    image = random_image()
    origin = image.TransformContinuousIndexToPhysicalPoint([float(n) for n in offset])
    grid = geometry.empty_grid(size, image.GetSpacing(), origin, image.GetDirection())
    expected = sitk.Resample(image, grid, sitk.Transform(), sitk.sitkNearestNeighbor, -9.0, sitk.sitkFloat32)
    copied = geometry.copy_aligned(geometry.reorient(image, code), grid, -9.0)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(copied), sitk.GetArrayFromImage(expected))


def test_copy_aligned_declines_where_voxels_do_not_coincide():
    image = random_image()
    shifted = sitk.Image(image)
    shifted.SetOrigin((-30.4, 12.5, 7.0))
    assert geometry.copy_aligned(image, shifted, 0.0) is None
    assert geometry.copy_aligned(image, rotated(image, 3.0), 0.0) is None


def test_voxel_volume_is_in_millilitres():
    assert geometry.voxel_volume_ml(random_image()) == pytest.approx(0.8 * 1.1 * 4.5 / 1000)


@pytest.mark.parametrize(
    ("affine", "message"),
    [
        (np.eye(3), r"\(4, 4\) voxel-to-world matrix, got shape \(3, 3\)"),
        (np.diag([1.0, 0.0, 1.0, 1.0]), "zero axis"),
        (np.full((4, 4), np.nan), "finite"),
        (np.array([[1, 0.5, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), "sheared by 0.4"),
    ],
)
def test_unusable_affines_are_refused(affine, message):
    with pytest.raises(GeometryError, match=message):
        geometry.image_from_array(np.zeros((2, 2, 2)), affine)


def test_image_from_array_wants_three_dimensions():
    with pytest.raises(GeometryError, match=r"3D array \(K, J, I\), got shape \(4, 4\)"):
        geometry.image_from_array(np.zeros((4, 4)), np.eye(4))


def test_check_volume_names_the_fault():
    with pytest.raises(GeometryError, match="scan: expected a 3D volume, got 2D"):
        geometry.check_volume(sitk.Image(4, 4, sitk.sitkUInt8), "scan")
    with pytest.raises(InputError, match="one value a voxel, got 3"):
        geometry.check_volume(sitk.Image([4, 4, 4], sitk.sitkVectorUInt8, 3), "scan")
    array = np.zeros((4, 4, 4), np.float32)
    array[0, 0, :2] = np.nan
    with pytest.raises(InputError, match="2 of 64 voxels NaN or infinite"):
        geometry.check_volume(sitk.GetImageFromArray(array), "scan")


@given(st.permutations([(0, "LR"), (1, "PA"), (2, "SI")]), st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_view_is_ordered_as_a_copy_is(axes, flips):
    code = "".join(letters[flip] for (_, letters), flip in zip(axes, flips, strict=True))
    image = sitk.GetImageFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4))
    image.SetSpacing((1.0, 2.0, 3.0))
    turned = sitk.DICOMOrient(image, code)
    back = sitk.DICOMOrient(turned, "LPS")
    np.testing.assert_array_equal(geometry.oriented_view(turned, "LPS"), sitk.GetArrayFromImage(back))
    assert geometry.axial_spacing(turned) == back.GetSpacing()
