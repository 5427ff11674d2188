import numpy as np
import pytest
import SimpleITK as sitk
from grids import AXIS_ORDERS, rotated
from heads import ball_volume
from hypothesis import given, settings
from hypothesis import strategies as st

from lggseg.errors import GeometryError, InputError
from lggseg.model import preprocessing
from lggseg.volumes import geometry


def test_grid_is_axial_with_the_networks_pixel_and_a_multiple_of_32(head):
    prepared = preprocessing.prepare({"flair": head})
    assert geometry.orientation_code(prepared.grid) == "LPS"
    assert prepared.grid.GetSpacing() == pytest.approx((0.85, 0.85, 6.0))
    assert all(size % preprocessing.SIZE_MULTIPLE == 0 for size in prepared.grid.GetSize()[:2])
    assert prepared.sequences.shape == (3, 16, *prepared.grid.GetSize()[1::-1])
    assert prepared.sequences.dtype == np.float32


@pytest.mark.parametrize("code", AXIS_ORDERS)
def test_the_network_sees_the_same_whatever_the_orientation(head, code):
    straight = preprocessing.prepare({"flair": head})
    turned = preprocessing.prepare({"flair": geometry.reorient(head, code)})
    assert geometry.same_grid(straight.grid, turned.grid)
    np.testing.assert_allclose(turned.sequences, straight.sequences, atol=1e-3)


@pytest.mark.parametrize("code", ["LPS", "RAS", "PIR", "ASL"])
def test_a_mask_comes_back_where_it_was_on_an_oblique_grid(code):
    straight = rotated(ball_volume(), 9.0)
    ball = geometry.reorient(sitk.BinaryMorphologicalOpening((straight > 140) & (straight < 220), (2, 2, 1)), code)
    head = geometry.reorient(straight, code)
    prepared = preprocessing.prepare({"flair": head})
    there = preprocessing.regrid(sitk.Cast(ball, sitk.sitkFloat32), prepared.grid)
    back = preprocessing.restore(sitk.GetArrayFromImage(there), prepared.grid, head)
    assert geometry.same_grid(back, head)
    first, second = sitk.GetArrayFromImage(back) > 0.5, sitk.GetArrayFromImage(ball) > 0
    assert 2 * (first & second).sum() / (first.sum() + second.sum()) > 0.93


def test_pixels_of_the_right_size_are_copied_not_interpolated():
    head = ball_volume(spacing=(0.85, 0.85, 5.0), size=(120, 130, 8))
    prepared = preprocessing.prepare({"flair": head})
    # Normalising is monotonous: as many distinct values come out as went in, where nothing was mixed.
    inside = preprocessing.regrid(head, prepared.grid)
    assert set(np.unique(sitk.GetArrayFromImage(inside))) <= set(np.unique(sitk.GetArrayFromImage(head)))


@settings(max_examples=15, deadline=None)
@given(scale=st.floats(0.01, 1000), offset=st.floats(-500, 500), stripped=st.booleans())
def test_the_intensity_scale_of_the_scanner_does_not_matter(scale, offset, stripped):
    head = ball_volume(stripped=stripped)
    plain = preprocessing.prepare({"flair": head}).sequences
    other = preprocessing.prepare({"flair": head * scale + offset}).sequences
    assert np.median(np.abs(other - plain)) < 0.02
    assert np.quantile(np.abs(other - plain), 0.99) < 0.2


def test_skull_on_and_stripped_brains_look_alike():
    with_skull = preprocessing.prepare({"flair": ball_volume()})
    stripped = preprocessing.prepare({"flair": ball_volume(stripped=True)})
    for prepared in (with_skull, stripped):
        middle = prepared.sequences[0][prepared.foreground]
        assert abs(np.median(middle)) < 0.1


def test_thin_slices_are_averaged_and_neighbors_lie_as_near_to_five_millimetres_as_they_can():
    thin = ball_volume(size=(64, 72, 90), spacing=(2.5, 2.5, 1.0))
    prepared = preprocessing.prepare({"flair": thin})
    assert prepared.grid.GetSpacing()[2] == preprocessing.MINIMUM_SLICE_SPACING_MM
    assert prepared.grid.GetSize()[2] == round(90 / preprocessing.MINIMUM_SLICE_SPACING_MM)
    assert prepared.neighbor_offset == 1


@pytest.mark.parametrize(("spacing", "offset"), [(7.0, 1), (5.0, 1), (3.0, 2), (2.5, 2), (1.0, 5)])
def test_neighbor_offset(spacing, offset):
    assert preprocessing.neighbor_offset(spacing) == offset


def test_channels_and_what_stands_in_at_the_ends_of_the_stack():
    sequences = np.arange(3 * 4, dtype=np.float32).reshape(3, 4, 1, 1)
    assert preprocessing.stack_channels(sequences, 0, 1).ravel().tolist() == [0, 0, 1, 4, 8]
    assert preprocessing.stack_channels(sequences, 2, 1).ravel().tolist() == [1, 2, 3, 6, 10]
    assert preprocessing.stack_channels(sequences, 3, 2).ravel().tolist() == [1, 3, 3, 7, 11]


def test_a_missing_sequence_is_replaced_by_flair(head):
    prepared = preprocessing.prepare({"flair": head, "post": head * 2 + 5})
    np.testing.assert_array_equal(prepared.sequences[1], prepared.sequences[0])
    np.testing.assert_allclose(prepared.sequences[2], prepared.sequences[0], atol=0.05)


def test_other_sequences_are_resampled_in_physical_space(head):
    other = sitk.Resample(
        head, [40, 50, 30], sitk.Transform(), sitk.sitkLinear, head.GetOrigin(), [4.0, 3.6, 3.2], head.GetDirection()
    )
    prepared = preprocessing.prepare({"flair": head, "pre": geometry.reorient(other, "RAS")})
    inside = prepared.foreground
    inside[:2] = inside[-2:] = False
    flair, pre = prepared.sequences[0][inside], prepared.sequences[1][inside]
    assert np.corrcoef(flair, pre)[0, 1] > 0.8


def test_flair_is_the_one_that_is_needed(head):
    with pytest.raises(InputError, match="FLAIR is the one that is needed"):
        preprocessing.prepare({"pre": head})


def test_a_volume_of_numbers_that_count_as_nothing_is_refused():
    faint = (np.arange(512).reshape(8, 8, 8) * 1e-43).astype(np.float32)
    with pytest.raises(InputError, match="flair: expected an image, got 512 voxels that are all 0; check the choice"):
        preprocessing.foreground_mask(faint, "flair")


def test_a_constant_volume_is_refused():
    flat = sitk.Image([8, 8, 8], sitk.sitkInt16) + 7
    with pytest.raises(InputError, match="512 voxels that are all 7; check the choice of volume"):
        preprocessing.prepare({"flair": flat})


def test_a_plane_is_refused():
    with pytest.raises(GeometryError, match="flair: expected a 3D volume, got 2D"):
        preprocessing.prepare({"flair": sitk.Image(8, 8, sitk.sitkInt16)})


def test_a_single_slice_is_enough():
    one = ball_volume(size=(64, 72, 3))[:, :, 1:2]
    prepared = preprocessing.prepare({"flair": one})
    assert prepared.sequences.shape[1] == 1
    assert preprocessing.stack_channels(prepared.sequences, 0, 1).shape[0] == 5


def test_a_bright_band_at_the_border_is_not_the_head():
    head = ball_volume()
    plain = sitk.GetArrayFromImage(head)
    banded = plain.copy()
    banded[:, :1] = 9 * plain.max() + np.random.default_rng(0).normal(0, 50, banded[:, :1].shape)
    one, other = (preprocessing.foreground_mask(array, "flair")[:, 1:] for array in (plain, banded))
    assert np.mean(one != other) < 0.02
