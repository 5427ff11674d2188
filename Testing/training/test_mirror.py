import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.model.preprocessing import prepare
from lggseg.phantom.study import make_phantom
from lggseg_training.mirror import TRANSFORM_FILE, mirrored


@pytest.fixture(scope="module")
def askew():
    """A head that is turned by 6 degrees and lies off the middle, with its tumor."""
    study = make_phantom(seed=1, size=128, spacing_mm=(1.7, 1.7, 5.0), slices=20)
    turn = sitk.Euler3DTransform([0.0, 0.0, 0.0], 0.0, 0.0, np.deg2rad(6), [9.0, -4.0, 0.0])
    flair = sitk.Resample(study["flair"], study["flair"], turn, sitk.sitkLinear, 0.0)
    label = sitk.Resample(study["label"], study["label"], turn, sitk.sitkNearestNeighbor, 0)
    prepared = prepare({"flair": flair})
    on_grid = sitk.Resample(label, prepared.grid, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    return prepared, sitk.GetArrayFromImage(on_grid)


def test_the_other_side_lies_on_the_head_although_it_is_askew(askew):
    prepared, label = askew
    other, other_label = mirrored(prepared, label)
    assert other.shape == prepared.sequences.shape
    healthy = prepared.foreground & (label == 0) & (other_label == 0)
    flipped = prepared.sequences[0][..., ::-1]
    registered = np.corrcoef(prepared.sequences[0][healthy], other[0][healthy])[0, 1]
    assert registered > np.corrcoef(prepared.sequences[0][healthy], flipped[healthy])[0, 1] + 0.1
    assert registered > 0.7


def test_the_label_moves_with_the_image(askew):
    prepared, label = askew
    other, other_label = mirrored(prepared, label)
    assert other_label.sum() == pytest.approx(label.sum(), rel=0.15)
    assert other[0][other_label > 0].mean() == pytest.approx(prepared.sequences[0][label > 0].mean(), abs=0.5)


def test_the_transform_is_kept_and_read_again(askew, tmp_path):
    prepared, label = askew
    first, _ = mirrored(prepared, label, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [TRANSFORM_FILE]
    second, _ = mirrored(prepared, label, tmp_path)
    np.testing.assert_allclose(first, second, atol=1e-4)
    sitk.WriteTransform(sitk.TranslationTransform(3, [500.0, 0.0, 0.0]), str(tmp_path / TRANSFORM_FILE))
    moved, _ = mirrored(prepared, label, tmp_path)
    assert (moved == -3.0).all()
