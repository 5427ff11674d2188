"""What makes a mask for a labelled patient."""

import numpy as np
import pytest
import SimpleITK as sitk
from heads import BrightPredictor, ball_volume

from lggseg.errors import FormatError, LggsegError
from lggseg.model.postprocessing import MaskRule
from lggseg.volumes import io
from lggseg_training.maskers import FolderMasker, Labelled, NetworkMasker, read_labelled


@pytest.fixture(scope="module")
def head():
    return ball_volume(size=(32, 36, 8), spacing=(5.0, 5.0, 12.0))


def mask_like(image, first=12):
    array = np.zeros(image.GetSize()[::-1], np.uint8)
    array[2:5, first : first + 6, 10:18] = 1
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(image)
    return mask


@pytest.fixture
def case(tmp_path, head):
    files = {name: tmp_path / f"A-{name}.nii.gz" for name in ("flair", "post")}
    io.write_volume(head, files["flair"])
    io.write_volume(head * 2, files["post"])
    label = tmp_path / "A-label.nii.gz"
    io.write_segmentation(mask_like(head), label)
    return Labelled("A", "A", "here", files, label)


def array(image):
    return sitk.GetArrayFromImage(image)


def test_the_sequences_that_are_there_are_read_or_flair_alone(case, head):
    assert set(read_labelled(case, "all")) == {"flair", "post"}
    alone = read_labelled(case, "flair")
    assert set(alone) == {"flair"}
    np.testing.assert_allclose(array(alone["flair"]), array(head), rtol=1e-5)


@pytest.mark.parametrize("name", ["A.nii.gz", "A/segmentation.nii.gz"])
def test_a_folder_of_masks_is_found_both_ways(tmp_path, case, head, name):
    file = tmp_path / "masks" / name
    file.parent.mkdir(parents=True)
    io.write_segmentation(mask_like(head, first=4), file)
    masker = FolderMasker(tmp_path / "masks")
    assert masker.name == str(tmp_path / "masks")
    made = masker(case, {"flair": head})
    assert made.probability is None
    np.testing.assert_array_equal(array(made.mask), array(mask_like(head, first=4)))


def test_a_mask_in_another_order_of_axes_comes_to_lie_where_it_belongs(tmp_path, case, head):
    flipped = sitk.DICOMOrient(mask_like(head), "RPS")
    assert flipped.GetDirection() != head.GetDirection()
    file = tmp_path / "masks" / "A.nii.gz"
    file.parent.mkdir()
    sitk.WriteImage(flipped, str(file))
    made = FolderMasker(file.parent)(case, {"flair": head})
    np.testing.assert_array_equal(array(made.mask), array(mask_like(head)))


def test_a_mask_of_another_head_is_refused(tmp_path, case, head):
    far = mask_like(head)
    far.SetOrigin((500.0, 500.0, 500.0))
    file = tmp_path / "masks" / "A.nii.gz"
    file.parent.mkdir()
    sitk.WriteImage(far, str(file))
    with pytest.raises(LggsegError, match=r"A\.nii\.gz"):
        FolderMasker(file.parent)(case, {"flair": head})


def test_a_missing_mask_is_named(tmp_path, case, head):
    with pytest.raises(FormatError, match=r"expected a mask A\.nii\.gz or A/segmentation\.nii\.gz, found neither"):
        FolderMasker(tmp_path / "masks")(case, {"flair": head})


def test_a_network_makes_the_mask_of_its_rule(case, head):
    def made(threshold):
        return NetworkMasker("bright", BrightPredictor(), MaskRule(threshold, "largest"))(case, {"flair": head})

    low = made(0.3)
    probability = array(low.probability)
    high = made(0.9 * float(probability.max()))
    small, large = array(high.mask) > 0, array(low.mask) > 0
    assert large.sum() > small.sum() > 0
    assert not (small & ~large).any()
    assert probability.shape == large.shape
    assert probability[large].min() >= 0.3
    assert low.mask.GetOrigin() == head.GetOrigin()
