from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.errors import GeometryError, InputError
from lggseg.volumes import io, masks, notes

SHAPE = (6, 20, 22)


def body() -> np.ndarray:
    array = np.zeros(SHAPE, bool)
    array[2:4, 6:14, 5:15] = True
    return array


def halves(first: float, second: float) -> np.ndarray:
    array = np.where(body(), first, 0)
    array[3][body()[3]] = second
    return array


def save(array: np.ndarray, path: Path, spacing: tuple[float, float, float] = (1, 1, 5)) -> Path:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize(
    "array",
    [
        body().astype("u1"),
        body().astype("u1") * 255,
        body().astype("f4") / 255,
        body() * 7.0,
        halves(1, 4).astype("i2"),
    ],
)
def test_a_label_map_is_a_mask(tmp_path: Path, array: np.ndarray) -> None:
    np.testing.assert_array_equal(sitk.GetArrayFromImage(masks.read_mask(save(array, tmp_path / "a.nii.gz"))), body())


def test_parts_of_a_tumor_are_taken_together_and_that_is_said(tmp_path: Path) -> None:
    mask = masks.read_mask(save(halves(1, 4).astype("u1"), tmp_path / "a.nrrd"))
    assert any("labels 1, 4 were taken together" in note for note in notes.of(mask))


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.linspace(0, 1, np.prod(SHAPE)).reshape(SHAPE).astype("f4"), "a probability map"),
        (np.arange(np.prod(SHAPE)).reshape(SHAPE).astype("i2"), "an image, or a mask that was interpolated"),
        (halves(1, -1).astype("i2"), "without negative values, got -1, 0, 1; save the one wanted in a file of its own"),
        (halves(1, 17).astype("i2"), "expected one label, got 1, 17; save the one wanted in a file of its own"),
        ((~body()).astype("u1"), "inside and outside are exchanged"),
        (np.where(body(), np.nan, 0).astype("f4"), "voxels NaN or infinite"),
    ],
)
def test_what_is_no_mask_is_refused(tmp_path: Path, array: np.ndarray, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        masks.read_mask(save(array, tmp_path / "a.nii.gz"))


def test_a_brain_is_no_tumor(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the mask of a tumor, got 1280 ml"):
        masks.read_mask(save(body().astype("u1"), tmp_path / "a.mha", (20, 20, 20)))


def test_a_label_is_chosen(tmp_path: Path) -> None:
    path = save(halves(1, 17).astype("i2"), tmp_path / "a.nrrd")
    mask = sitk.GetArrayFromImage(masks.read_mask(path, masks.Choice(label=17)))
    np.testing.assert_array_equal(mask, halves(1, 17) == 17)
    with pytest.raises(InputError, match="expected voxels of label 5, got 0, 1, 17"):
        masks.read_mask(path, masks.Choice(label=5))


@pytest.mark.parametrize("label", [1, 40])
def test_a_label_of_what_is_no_label_map_is_refused(tmp_path: Path, label: int) -> None:
    image = np.random.default_rng(0).integers(0, 100, SHAPE).astype("i2")
    with pytest.raises(InputError, match="an image, or a mask that was interpolated"):
        masks.read_mask(save(image, tmp_path / "a.nii.gz"), masks.Choice(label=label))
    soft = np.linspace(0, 1, np.prod(SHAPE)).reshape(SHAPE).astype("f4")
    with pytest.raises(InputError, match="a probability map"):
        masks.read_mask(save(soft, tmp_path / "b.nii.gz"), masks.Choice(label=1))


def test_a_label_of_an_atlas_is_chosen(tmp_path: Path) -> None:
    atlas = np.arange(SHAPE[0])[:, None, None] * 10 + np.arange(SHAPE[1])[None, :, None] // 4 + np.ones(SHAPE, int)
    mask = masks.read_mask(save(atlas.astype("i2"), tmp_path / "a.nii.gz"), masks.Choice(label=21))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), atlas == 21)


def test_the_background_is_no_label(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected voxels of label 0"):
        masks.read_mask(save(body().astype("u1"), tmp_path / "a.nii.gz"), masks.Choice(label=0))


def test_few_values_between_whole_ones_are_a_probability_map(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got 3 different values \(a probability map\)"):
        masks.read_mask(save(halves(0.5, 1).astype("f4"), tmp_path / "a.nii.gz"))


def test_more_than_a_tumor_has_is_said(tmp_path: Path) -> None:
    mask = masks.read_mask(save(body().astype("u1"), tmp_path / "a.mha", (15, 15, 12)))
    assert any(note.startswith("432 ml is more than a tumor has") for note in notes.of(mask))


def segments(path: Path, *, layers: bool) -> Path:
    brain = np.zeros(SHAPE, bool)
    brain[1:5, 3:17, 2:19] = True
    if layers:
        image = sitk.GetImageFromArray(np.stack([body(), brain], -1).astype("u1"), isVector=True)
    else:
        image = sitk.GetImageFromArray(np.where(body(), 1, 2 * brain).astype("u1"))
    for number, (name, label, layer) in enumerate([("Tumor", 1, 0), ("Brain", 1, 1) if layers else ("Brain", 2, 0)]):
        fields = {"ID": f"Segment_{number + 1}", "Name": name, "LabelValue": label, "Layer": layer}
        for key, value in fields.items():
            image.SetMetaData(f"Segment{number}_{key}", str(value))
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("layers", [False, True])
@pytest.mark.parametrize("name", ["tumor", "Segment_1"])
def test_a_segment_is_chosen_by_name(tmp_path: Path, layers: bool, name: str) -> None:
    path = segments(tmp_path / "a.seg.nrrd", layers=layers)
    mask = masks.read_mask(path, masks.Choice(segment=name))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), body())
    assert any("Of the segments «Tumor», «Brain», «Tumor» was taken" in note for note in notes.of(mask))
    with pytest.raises(InputError, match="expected one segment, got «Tumor», «Brain»; save the one wanted in a file"):
        masks.read_mask(path)


def test_a_label_does_not_choose_among_segments(tmp_path: Path) -> None:
    path = segments(tmp_path / "a.seg.nrrd", layers=False)
    with pytest.raises(InputError, match="expected --segment for a file with segments, got --label 1"):
        masks.read_mask(path, masks.Choice(label=1, options=("--label", "--segment")))


def test_options_are_recommended_by_the_names_that_the_command_has(tmp_path: Path) -> None:
    choice = masks.Choice(options=("--truth-label", "--truth-segment"))
    labels = save(halves(1, 17).astype("i2"), tmp_path / "a.nrrd")
    with pytest.raises(InputError, match="got 1, 17; choose one with --truth-label"):
        masks.read_mask(labels, choice)
    with pytest.raises(InputError, match="got «Tumor», «Brain»; choose one with --truth-segment NAME"):
        masks.read_mask(segments(tmp_path / "b.seg.nrrd", layers=False), choice)
    parts = save(halves(1, 4).astype("u1"), tmp_path / "c.nrrd")
    for asked, said in ((choice, "abnormality (--truth-label chooses one)."), (masks.EVERYTHING, "one abnormality.")):
        assert any(note.endswith(said) for note in notes.of(masks.read_mask(parts, asked)))


def rewritten(path: Path, **fields: str | None) -> Path:
    image = sitk.ReadImage(str(path))
    for key, value in fields.items():
        image.EraseMetaData(key)
        if value is not None:
            image.SetMetaData(key, value)
    sitk.WriteImage(image, str(path))
    return path


def test_segments_of_old_files_are_layers_in_their_order(tmp_path: Path) -> None:
    path = segments(tmp_path / "a.seg.nrrd", layers=True)
    rewritten(path, **{f"Segment{n}_{key}": None for n in (0, 1) for key in ("Layer", "LabelValue")})
    brain = sitk.GetArrayFromImage(masks.read_mask(path, masks.Choice(segment="Brain")))
    assert brain.sum() == 4 * 14 * 17


def test_a_segment_that_is_empty_is_empty_and_one_whose_label_is_wrong_refused(tmp_path: Path) -> None:
    path = segments(tmp_path / "a.seg.nrrd", layers=False)
    rewritten(path, Segment0_LabelValue="3")
    with pytest.raises(InputError, match="expected voxels of label 3 for «Tumor», got others of 1"):
        masks.read_mask(path, masks.Choice(segment="Tumor"))
    io.write_segmentation(sitk.GetImageFromArray(0 * body().astype("u1")), tmp_path / "b.seg.nrrd")
    assert not sitk.GetArrayFromImage(masks.read_mask(tmp_path / "b.seg.nrrd")).any()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [("Layer", "7", "in one of the layers of the file, got layer 7"), ("LabelValue", "x", "expected whole numbers")],
)
def test_a_segment_that_is_nowhere_is_refused(tmp_path: Path, field: str, value: str, reason: str) -> None:
    path = rewritten(segments(tmp_path / "a.seg.nrrd", layers=True), **{f"Segment0_{field}": value})
    with pytest.raises(InputError, match=reason):
        masks.read_mask(path, masks.Choice(segment="Tumor"))


def test_what_we_write_is_read(tmp_path: Path) -> None:
    io.write_segmentation(sitk.GetImageFromArray(body().astype("u1")), tmp_path / "a.seg.nrrd")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(masks.read_mask(tmp_path / "a.seg.nrrd")), body())


def test_a_mask_on_another_grid_is_brought_over_and_that_is_said() -> None:
    grid = sitk.Image([40, 44, 12], sitk.sitkUInt8)
    grid.SetSpacing((0.5, 0.5, 2.5))
    mask = sitk.GetImageFromArray(body().astype("u1"))
    mask.SetSpacing((1, 1, 5))
    moved = masks.on_grid(mask, grid, "truth")
    assert moved.GetSize() == grid.GetSize()
    assert any("truth lies on another grid" in note for note in notes.of(moved))


def test_a_mask_that_lost_its_header_is_refused() -> None:
    grid = sitk.Image([22, 20, 6], sitk.sitkUInt8)
    grid.SetOrigin((-100, -110, -30))
    with pytest.raises(GeometryError, match=r"100 % outside \(origin 0.0 0.0 0.0 mm, that of the volume -100.0"):
        masks.on_grid(sitk.GetImageFromArray(body().astype("u1")), grid, "truth")
