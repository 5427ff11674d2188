from __future__ import annotations

import functools

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from lggseg.errors import InputError, OutputError
from lggseg.model import preprocessing
from lggseg.phantom import study as phantom
from lggseg.volumes import io

COARSE = {"spacing_mm": (2.5, 2.5, 6.0), "size": 88, "slices": 22}  # the same head in a tenth of the time


@functools.cache
def coarse(**options: object) -> dict[str, sitk.Image]:
    return phantom.make_phantom(**{**COARSE, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def study() -> dict[str, sitk.Image]:
    return phantom.make_phantom()


def volume_ml(label: sitk.Image) -> float:
    return float(sitk.GetArrayViewFromImage(label).sum() * np.prod(label.GetSpacing()) / 1000)


def test_the_study_has_four_volumes_on_one_grid(study: dict[str, sitk.Image]) -> None:
    assert list(study) == ["flair", "pre", "post", "label"]
    for image in study.values():
        assert image.GetSize() == (256, 256, 26)
        assert image.GetSpacing() == (0.85, 0.85, 5.0)
        assert image.GetOrigin() == study["flair"].GetOrigin()
    assert study["flair"].GetPixelID() == sitk.sitkInt16
    assert study["label"].GetPixelID() == sitk.sitkUInt8


def test_a_seed_gives_the_same_study_again() -> None:
    first, second = (phantom.make_phantom(seed=3, slices=3, size=88, spacing_mm=(2.5, 2.5, 20.0)) for _ in range(2))
    for name in first:
        assert np.array_equal(sitk.GetArrayFromImage(first[name]), sitk.GetArrayFromImage(second[name]))


def test_seeds_give_different_abnormalities() -> None:
    labels = [sitk.GetArrayFromImage(coarse(seed=seed)["label"]) for seed in (0, 1)]
    assert not np.array_equal(*labels)


@pytest.mark.parametrize("seed", range(4))
def test_the_abnormality_is_one_piece_of_plausible_volume(seed: int) -> None:
    label = coarse(seed=seed)["label"]
    assert 10 < volume_ml(label) < 60
    pieces, count = ndimage.label(sitk.GetArrayFromImage(label))
    largest = np.bincount(pieces.ravel())[1:].max()
    assert count >= 1
    assert largest > 0.97 * (pieces > 0).sum()


def test_signals_relate_as_in_real_studies(study: dict[str, sitk.Image]) -> None:
    prepared = preprocessing.prepare({name: study[name] for name in ("flair", "pre", "post")})
    label = sitk.GetArrayFromImage(preprocessing.regrid(study["label"], prepared.grid, nearest=True)) > 0
    flair, pre, post = prepared.sequences
    # Ranges seen in ten patients of the public data set.
    assert 0.6 < np.median(flair[label]) < 3.3
    assert -0.6 < np.median(pre[label]) < 0.4
    assert -0.9 < np.median(post[label]) < 0.6
    assert 3.0 < np.percentile(flair[prepared.foreground], 99) < 6.5
    assert -2.4 < np.percentile(flair[prepared.foreground], 1) < -0.7
    share = prepared.foreground[label.sum(axis=(1, 2)).argmax()].mean()
    assert 0.3 < share < 0.6


def test_other_grids_show_the_same_head() -> None:
    fine, thick = coarse(spacing_mm=(2.5, 2.5, 3.0), slices=44), coarse(growth=1.0)
    assert volume_ml(fine["label"]) == pytest.approx(volume_ml(thick["label"]), rel=0.05)
    on_thick = sitk.GetArrayFromImage(preprocessing.regrid(sitk.Cast(fine["flair"], sitk.sitkFloat32), thick["flair"]))
    correlation = np.corrcoef(on_thick.ravel(), sitk.GetArrayFromImage(thick["flair"]).ravel())[0, 1]
    assert correlation > 0.97


def test_growth_multiplies_the_volume_in_the_same_head() -> None:
    first, second = (coarse(growth=growth) for growth in (1.0, 1.6))
    assert 1.35 < volume_ml(second["label"]) / volume_ml(first["label"]) < 1.85
    before, after = (sitk.GetArrayFromImage(one["label"]) > 0 for one in (first, second))
    assert (before & after).sum() > 0.97 * before.sum()
    outside = ndimage.binary_dilation(after, iterations=6)
    difference = np.abs(sitk.GetArrayFromImage(first["flair"]) - sitk.GetArrayFromImage(second["flair"]))[~outside]
    assert difference.mean() < 2  # nothing else changes


def test_without_tumor_the_label_is_empty() -> None:
    study = coarse(tumor=False)
    assert volume_ml(study["label"]) == 0


def test_stripped_study_is_zero_outside_the_brain() -> None:
    stripped = sitk.GetArrayFromImage(coarse(skull=False)["flair"])
    whole = sitk.GetArrayFromImage(coarse(growth=1.0)["flair"])
    assert (stripped == 0).mean() > 0.7
    assert 0.2 < (stripped > 0).sum() / (whole > 100).sum() < 1
    assert np.array_equal(stripped[stripped > 0], whole[stripped > 0])


@pytest.mark.parametrize("wrong", [{"slices": 0}, {"growth": 0.0}, {"spacing_mm": (1.0, -1.0, 5.0)}])
def test_impossible_sizes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected positive sizes"):
        phantom.make_phantom(**wrong)  # type: ignore[arg-type]


def test_write_phantom_writes_readable_files(tmp_path) -> None:
    paths = phantom.write_phantom(tmp_path / "study", slices=3, size=32, spacing_mm=(7.0, 7.0, 30.0))
    assert sorted(p.name for p in (tmp_path / "study").iterdir()) == sorted(p.name for p in paths.values())
    again = phantom.make_phantom(slices=3, size=32, spacing_mm=(7.0, 7.0, 30.0))
    for name, path in paths.items():
        assert np.array_equal(sitk.GetArrayFromImage(io.read_volume(path)), sitk.GetArrayFromImage(again[name]))


def test_write_phantom_says_where_it_cannot_write(tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"file/flair\.nii\.gz: expected to write"):
        phantom.write_phantom(tmp_path / "file", slices=1, size=8)
