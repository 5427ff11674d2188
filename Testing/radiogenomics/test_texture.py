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
from lggseg.radiogenomics.stability import CONTOURS, OUTLINE, SECOND, THICKNESS
from lggseg.radiogenomics.texture import Flair, Pair, Row, measure_pair, pairs_of, write_texture
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
    flair = Flair(image)
    whole = flair.texture(mask)
    narrow, wide, thick = flair.changed(mask)
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


def test_the_scale_of_the_scanner_does_not_matter(study):
    image, mask = study
    louder = sitk.Cast(image, sitk.sitkFloat32) * 7 + 100
    one, two = Flair(image).texture(mask), Flair(sitk.Cast(louder, sitk.sitkInt16)).texture(mask)
    for name in ("stat_mean", "cm_contrast_d1_2d_s_mrg_fbn_n32", "rlm_sre_2d_s_mrg_fbn_n32"):
        assert one[name] == pytest.approx(two[name], rel=0.02)


def test_what_does_not_fit_is_a_reason(study, tmp_path):
    image, mask = study
    with pytest.raises(InputError, match=r"expected a mask on the grid of the volume, got \(40, 40, 4\) voxels"):
        Flair(image).texture(mask[:, :, :4])
    few = image_of(np.pad(np.ones((1, 2, 3)), ((2, 2), (19, 19), (18, 19))), (0.9, 0.9, 5.0))
    sitk.WriteImage(image, str(tmp_path / "A.nii.gz"))
    sitk.WriteImage(few, str(tmp_path / "A_label.nii.gz"))
    (pair,) = pairs_of([MaskFile("A", tmp_path / "A_label.nii.gz")], [MaskFile("A", tmp_path / "A.nii.gz")])
    row = measure_pair(pair)
    assert row == Row("A", "expected a mask of at least 30 voxels, got 6")


@pytest.fixture
def files(study, tmp_path):
    """The volume, the mask as drawn, a map that is surest in the middle, and what another person drew, as files."""
    image, mask = study
    inside = sitk.GetArrayFromImage(mask)
    sure = geometry.like((inside * np.linspace(0.1, 0.9, 40)[:, None]).astype(np.float32), image)
    other = sitk.BinaryDilate(mask, (2, 2, 0))
    for name, volume in {"flair": image, "mask": mask, "map": sure, "other": other}.items():
        sitk.WriteImage(volume, str(tmp_path / f"{name}.nii.gz"))
    return [tmp_path / f"{name}.nii.gz" for name in ("flair", "mask", "map", "other")]


def test_every_change_is_a_condition_of_its_own(study, files):
    row = measure_pair(Pair("A", *files))
    assert row.reason == ""
    flair = Flair(study[0])
    assert row.values == pytest.approx(flair.texture(study[1]))
    assert list(row.conditions) == [OUTLINE, THICKNESS, CONTOURS, SECOND]
    assert [len(many) for many in row.conditions.values()] == [3, 2, 3, 2]
    for first in (OUTLINE, THICKNESS, SECOND):
        assert row.conditions[first][0] == row.values
    other = sitk.ReadImage(str(files[3]))
    assert row.conditions[SECOND][1] == pytest.approx(flair.texture(other))
    low, middle, high = row.conditions[CONTOURS]
    at_half = geometry.like((sitk.GetArrayFromImage(sitk.ReadImage(str(files[2]))) >= 0.5).astype(np.uint8), study[0])
    assert middle == pytest.approx(flair.texture(at_half))
    assert low != middle
    assert high == {}, "no row of the square reaches .8"
    assert measure_pair(Pair("A", *files), changed=False) == Row("A", "", row.values)


def test_maps_and_second_outlines_that_lie_elsewhere_are_a_reason(files):
    flair, mask, probability, other = files
    for path in (probability, other):
        image = sitk.ReadImage(str(path))
        image.SetOrigin((400.0, 0.0, 0.0))
        sitk.WriteImage(image, str(path))
    assert "map.nii.gz: expected a mask inside the volume" in measure_pair(Pair("A", flair, mask, probability)).reason
    assert "other.nii.gz: expected a mask inside the volume" in measure_pair(Pair("A", flair, mask, None, other)).reason


def test_maps_and_second_outlines_go_to_their_patients(tmp_path):
    def of(name, *patients):
        return [MaskFile(patient, tmp_path / f"{patient}-{name}") for patient in patients]

    pairs = pairs_of(of("mask", "A", "B"), of("flair", "A", "B", "C"), of("map", "B"), of("other", "A", "C"))
    assert pairs == [
        Pair("A", tmp_path / "A-flair", tmp_path / "A-mask", None, tmp_path / "A-other"),
        Pair("B", tmp_path / "B-flair", tmp_path / "B-mask", tmp_path / "B-map", None),
    ]


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
    assert "an image, or a mask that was interpolated" in written(study, tmp_path, image).reason
    elsewhere = sitk.Image(mask)
    elsewhere.SetOrigin((400.0, 0.0, 0.0))
    assert "expected a mask inside the volume, got one 100 % outside" in written(study, tmp_path, elsewhere).reason


def test_padding_does_not_set_the_scale():
    image = ball_volume()
    inside = np.zeros(image.GetSize()[::-1])
    inside[6:10, 30:42, 26:38] = 1
    mask = image_of(inside, image.GetSpacing())
    mask.CopyInformation(image)
    padded = sitk.GetArrayFromImage(image)
    padded[:, :2] = -30000
    plain, other = Flair(image).texture(mask), Flair(geometry.like(padded, image)).texture(mask)
    assert other["stat_mean"] == pytest.approx(plain["stat_mean"], abs=0.05)


def test_other_peoples_volumes_are_refused(tmp_path):
    with pytest.raises(InputError, match="expected a FLAIR volume for a mask, got 1 volumes and 1 masks of other"):
        pairs_of([MaskFile("A", tmp_path)], [MaskFile("B", tmp_path)])


def test_the_file_is_read_back(study, tmp_path):
    rows = [Row("A", "", Flair(study[0]).texture(study[1])), Row("B", "broken")]
    write_texture(tmp_path / "texture.csv", rows)
    table = read_table(tmp_path / "texture.csv")
    assert table.rows["B"]["reason"] == "broken"
    assert float(table.rows["A"]["stat_skew"]) == rows[0].values["stat_skew"]
