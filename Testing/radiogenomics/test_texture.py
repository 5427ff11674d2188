"""Intensity and texture through MIRP."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from heads import ball_volume
from shape_bodies import image_of

from lggseg.cohort.features import MaskFile
from lggseg.cohort.tables import read_table
from lggseg.errors import InputError
from lggseg.radiogenomics.texture import measure_pair, pairs_of, texture_of, variants, write_texture
from lggseg.volumes import geometry

pytest.importorskip("mirp", reason="mirp is not installed")


@pytest.fixture
def study() -> tuple[sitk.Image, sitk.Image]:
    """Noise around a bright square, and the square."""
    generator = np.random.default_rng(0)
    inside = np.zeros((5, 40, 40))
    inside[1:4, 12:26, 10:28] = 1
    flair = generator.normal(300, 40, inside.shape) + 200 * inside
    image = sitk.GetImageFromArray(flair.astype(np.int16))
    image.SetSpacing((0.9, 0.9, 5.0))
    return image, image_of(inside, (0.9, 0.9, 5.0))


def test_intensities_are_those_inside(study):
    image, mask = study
    whole, narrow, wide, thick = texture_of(image, mask)
    values = sitk.GetArrayFromImage(image)[sitk.GetArrayFromImage(mask) > 0].astype(float)
    # On another scale, but the same distribution; excess kurtosis and skewness do not see the scale.
    z = (values - values.mean()) / values.std()
    assert whole["stat_skew"] == pytest.approx(float((z**3).mean()), abs=1e-4)
    assert whole["stat_kurt"] == pytest.approx(float((z**4).mean()) - 3, abs=1e-4)
    assert wide["stat_mean"] < whole["stat_mean"]
    assert narrow["stat_mean"] == pytest.approx(whole["stat_mean"], rel=0.05)
    # Of the three slices of the square every second one is the middle one.
    middle = sitk.GetArrayFromImage(image)[2][sitk.GetArrayFromImage(mask)[2] > 0].astype(float)
    z = (middle - middle.mean()) / middle.std()
    assert thick["stat_skew"] == pytest.approx(float((z**3).mean()), abs=1e-4)
    assert texture_of(image, mask, changed=False) == [whole]


def test_the_scale_of_the_scanner_does_not_matter(study):
    image, mask = study
    louder = sitk.Cast(image, sitk.sitkFloat32) * 7 + 100
    one, two = texture_of(image, mask)[0], texture_of(sitk.Cast(louder, sitk.sitkInt16), mask)[0]
    for name in ("stat_mean", "cm_contrast_d1_2d_s_mrg_fbn_n32", "rlm_sre_2d_s_mrg_fbn_n32"):
        assert one[name] == pytest.approx(two[name], rel=0.02)


def test_what_does_not_fit_is_a_reason(study, tmp_path):
    image, mask = study
    with pytest.raises(InputError, match=r"expected a mask on the grid of the volume, got \(40, 40, 4\) voxels"):
        texture_of(image, mask[:, :, :4])
    few = image_of(np.pad(np.ones((1, 2, 3)), ((2, 2), (19, 19), (18, 19))), (0.9, 0.9, 5.0))
    sitk.WriteImage(image, str(tmp_path / "A.nii.gz"))
    sitk.WriteImage(few, str(tmp_path / "A_label.nii.gz"))
    (pair,) = pairs_of([MaskFile("A", tmp_path / "A_label.nii.gz")], [MaskFile("A", tmp_path / "A.nii.gz")])
    row = measure_pair(pair)
    assert row[1] == "expected a mask of at least 30 voxels, got 6"
    assert variants([row]) == {}


def test_every_change_is_a_condition_of_its_own():
    values = [{"stat_mean": float(n)} for n in range(4)]
    assert variants([("A", "", values), ("B", "broken", [{}])]) == {
        "one pixel wider or narrower": {"A": values[:3]},
        "slices twice as thick": {"A": [values[0], values[3]]},
    }


def written(study, tmp_path, mask):
    sitk.WriteImage(study[0], str(tmp_path / "A.nii.gz"))
    sitk.WriteImage(mask, str(tmp_path / "A_label.nii.gz"))
    (pair,) = pairs_of([MaskFile("A", tmp_path / "A_label.nii.gz")], [MaskFile("A", tmp_path / "A.nii.gz")])
    return measure_pair(pair)


def test_a_mask_in_another_orientation_lies_where_it_lies_in_space(study, tmp_path):
    plain = written(study, tmp_path, study[1])
    assert written(study, tmp_path, sitk.DICOMOrient(study[1], "RAI")) == plain


def test_what_is_no_mask_or_lies_elsewhere_is_a_reason(study, tmp_path):
    image, mask = study
    assert "an image, or a mask that was interpolated" in written(study, tmp_path, image)[1]
    elsewhere = sitk.Image(mask)
    elsewhere.SetOrigin((400.0, 0.0, 0.0))
    assert "expected a mask inside the volume, got one 100 % outside" in written(study, tmp_path, elsewhere)[1]


def test_padding_does_not_set_the_scale():
    image = ball_volume()
    inside = np.zeros(image.GetSize()[::-1])
    inside[6:10, 30:42, 26:38] = 1
    mask = image_of(inside, image.GetSpacing())
    mask.CopyInformation(image)
    padded = sitk.GetArrayFromImage(image)
    padded[:, :2] = -30000
    plain, other = texture_of(image, mask)[0], texture_of(geometry.like(padded, image), mask)[0]
    assert other["stat_mean"] == pytest.approx(plain["stat_mean"], abs=0.05)


def test_other_peoples_volumes_are_refused(tmp_path):
    with pytest.raises(InputError, match="expected a FLAIR volume for a mask, got 1 volumes and 1 masks of other"):
        pairs_of([MaskFile("A", tmp_path)], [MaskFile("B", tmp_path)])


def test_the_file_is_read_back(study, tmp_path):
    rows = [("A", "", texture_of(*study)), ("B", "broken", [{}])]
    write_texture(tmp_path / "texture.csv", rows)
    table = read_table(tmp_path / "texture.csv")
    assert table.rows["B"]["reason"] == "broken"
    assert float(table.rows["A"]["stat_skew"]) == rows[0][2][0]["stat_skew"]
