from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from lggseg.errors import FormatError, InputError
from lggseg.volumes import io, notes, tiff_stack

CASE = "TCGA_XX_0000_19990101"


def make_case(folder: Path, *, slices: int = 11, missing: tuple[str, ...] = (), masks: bool = True) -> np.ndarray:
    """Write a case and return its ``(K, J, I, 3)`` values."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    values = random.integers(0, 256, (slices, 12, 10, 3), dtype=np.uint8)
    for channel, name in ((0, "pre"), (2, "post")):
        if name in missing:
            values[..., channel] = values[..., 1]
    for k in range(slices):
        Image.fromarray(values[k]).save(folder / f"{CASE}_{k + 1}.tif")
        if masks:
            mask = np.where(values[k, ..., 1] > 200, 255, 0).astype(np.uint8)
            Image.fromarray(mask).save(folder / f"{CASE}_{k + 1}_mask.tif")
    return values


def test_slices_come_in_numeric_order(tmp_path: Path) -> None:
    make_case(tmp_path)
    assert [path.stem.rsplit("_", 1)[1] for path in tiff_stack.slice_files(tmp_path)] == [str(n) for n in range(1, 12)]
    assert all(path.stem.endswith("_mask") for path in tiff_stack.slice_files(tmp_path, masks=True))


def test_sequences_are_the_color_channels(tmp_path: Path) -> None:
    values = make_case(tmp_path)
    study = tiff_stack.read_tiff_stack(tmp_path)
    assert set(study) == {"pre", "flair", "post"}
    for channel, name in enumerate(("pre", "flair", "post")):
        assert np.array_equal(sitk.GetArrayFromImage(study[name]), values[..., channel])
        assert study[name].GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1)


@pytest.mark.parametrize("missing", [("pre",), ("post",), ("pre", "post")])
def test_a_copy_of_flair_counts_as_missing(tmp_path: Path, missing: tuple[str, ...]) -> None:
    make_case(tmp_path, missing=missing)
    assert set(tiff_stack.read_tiff_stack(tmp_path)) == {"pre", "flair", "post"} - set(missing)


def test_the_spacing_says_whether_it_is_assumed(tmp_path: Path) -> None:
    make_case(tmp_path)
    assumed = tiff_stack.read_tiff_stack(tmp_path)["flair"]
    given = tiff_stack.read_tiff_stack(tmp_path, (0.9, 0.9, 3.0))["flair"]
    assert assumed.GetSpacing() == tiff_stack.DEFAULT_TIFF_SPACING_MM
    assert given.GetSpacing() == (0.9, 0.9, 3.0)
    assert any("0.85 x 0.85 x 5 mm was assumed" in note for note in notes.of(assumed))
    assert not notes.of(given)


def test_read_volume_takes_flair_of_a_folder(tmp_path: Path) -> None:
    values = make_case(tmp_path)
    image = io.read_volume(tmp_path, spacing=(1.0, 1.0, 4.0))
    assert np.array_equal(sitk.GetArrayFromImage(image), values[..., 1])
    assert image.GetSpacing() == (1.0, 1.0, 4.0)


def test_masks_become_labels(tmp_path: Path) -> None:
    values = make_case(tmp_path)
    mask = tiff_stack.read_tiff_mask(tmp_path)
    assert np.array_equal(sitk.GetArrayFromImage(mask), (values[..., 1] > 200).astype(np.uint8))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_gray_slices_are_flair(tmp_path: Path, kind: type) -> None:
    values = (np.arange(5 * 12 * 10).reshape(5, 12, 10) % 250).astype(kind) * (200 if kind is np.uint16 else 1)
    for k, array in enumerate(values):
        Image.fromarray(array).save(tmp_path / f"{k}.tiff")
    study = tiff_stack.read_tiff_stack(tmp_path)
    assert list(study) == ["flair"]
    assert np.array_equal(sitk.GetArrayFromImage(study["flair"]), values)


def test_a_number_gap_is_named(tmp_path: Path) -> None:
    make_case(tmp_path)
    (tmp_path / f"{CASE}_5.tif").unlink()
    (tmp_path / f"{CASE}_6.tif").unlink()
    with pytest.raises(InputError, match=r"1 to 11 without a gap, got none for 5 to 6"):
        tiff_stack.read_tiff_stack(tmp_path)


def test_a_doubled_number_is_refused(tmp_path: Path) -> None:
    make_case(tmp_path)
    (tmp_path / f"{CASE}_05.tif").write_bytes((tmp_path / f"{CASE}_5.tif").read_bytes())
    with pytest.raises(InputError, match="expected one image a slice"):
        tiff_stack.read_tiff_stack(tmp_path)


def test_two_cases_in_a_folder_are_refused(tmp_path: Path) -> None:
    make_case(tmp_path)
    for number in (1, 2):
        (tmp_path / f"TCGA_YY_0001_{number}.tif").write_bytes((tmp_path / f"{CASE}_5.tif").read_bytes())
    with pytest.raises(InputError, match="expected the slices of one case"):
        tiff_stack.read_tiff_stack(tmp_path)


def test_mixed_sizes_are_refused(tmp_path: Path) -> None:
    make_case(tmp_path)
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / f"{CASE}_4.tif")
    with pytest.raises(InputError, match=r"_4\.tif: expected \(12, 10, 3\) uint8 as in .*_1\.tif, got \(9, 9, 3\)"):
        tiff_stack.read_tiff_stack(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.9])
def test_a_truncated_slice_is_refused(tmp_path: Path, share: float) -> None:
    make_case(tmp_path)
    path = tmp_path / f"{CASE}_7.tif"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FormatError, match=r"_7\.tif: expected a complete TIFF"):
        tiff_stack.read_tiff_stack(tmp_path)


def test_another_kind_of_tiff_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((9, 9, 4), np.uint8)).save(tmp_path / "a_1.tif")
    with pytest.raises(FormatError, match=r"expected an RGB .* of mode RGBA"):
        tiff_stack.read_tiff_stack(tmp_path)


def test_a_missing_mask_is_named(tmp_path: Path) -> None:
    make_case(tmp_path)
    (tmp_path / f"{CASE}_11_mask.tif").unlink()
    with pytest.raises(InputError, match=r"a mask for each slice, got none for 1, such as .*_11_mask\.tif"):
        tiff_stack.read_tiff_mask(tmp_path)


def test_a_gray_mask_is_refused(tmp_path: Path) -> None:
    make_case(tmp_path)
    Image.fromarray(np.full((12, 10), 90, np.uint8)).save(tmp_path / f"{CASE}_2_mask.tif")
    with pytest.raises(InputError, match="expected masks of two values"):
        tiff_stack.read_tiff_mask(tmp_path)


@pytest.mark.parametrize(("masks", "text"), [(False, "expected image slices named"), (True, "expected mask slices")])
def test_a_folder_without_slices_is_refused(tmp_path: Path, masks: bool, text: str) -> None:
    with pytest.raises(FormatError, match=text):
        tiff_stack.slice_files(tmp_path, masks=masks)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected a folder of TIFF slices"):
        tiff_stack.read_tiff_stack(tmp_path / "missing")


def test_an_impossible_spacing_is_refused(tmp_path: Path) -> None:
    make_case(tmp_path)
    with pytest.raises(InputError, match=r"three voxel sizes of 0\.05 to 50 mm, got 0 x 1 x 1 mm"):
        tiff_stack.read_tiff_stack(tmp_path, (0.0, 1.0, 1.0))


@pytest.mark.parametrize("stray", ["preview.tif", "overview_1.tif", "._CASE_1.tif", "Thumbs.db"])
def test_another_picture_does_not_hide_the_case(tmp_path: Path, stray: str) -> None:
    make_case(tmp_path)
    (tmp_path / stray).write_bytes(b"Mac OS X or a picture")
    flair = tiff_stack.read_tiff_stack(tmp_path)["flair"]
    assert flair.GetSize()[2] == 11
    assert any(f"passed over: {stray}" in note for note in notes.of(flair)) is stray.endswith(("w.tif", "w_1.tif"))


def test_a_giant_slice_number_takes_no_memory(tmp_path: Path) -> None:
    make_case(tmp_path)
    (tmp_path / f"{CASE}_1000000000.tif").write_bytes((tmp_path / f"{CASE}_5.tif").read_bytes())
    (tmp_path / f"{CASE}_900000.tif").write_bytes((tmp_path / f"{CASE}_5.tif").read_bytes())
    with pytest.raises(InputError, match="1 to 900000 without a gap, got none for 12 to 899999"):
        tiff_stack.read_tiff_stack(tmp_path)


def test_masks_of_one_bit_are_read(tmp_path: Path) -> None:
    make_case(tmp_path)
    grey = sitk.GetArrayFromImage(tiff_stack.read_tiff_mask(tmp_path))
    for path in tmp_path.glob("*_mask.tif"):
        with Image.open(path) as image:
            one_bit = image.convert("1")
        one_bit.save(path)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(tiff_stack.read_tiff_mask(tmp_path)), grey)


def test_a_mask_without_its_image_tells_of_a_lost_slice(tmp_path: Path) -> None:
    make_case(tmp_path)
    (tmp_path / f"{CASE}_11.tif").unlink()
    with pytest.raises(InputError, match="expected an image for each mask, got masks alone for slice 11"):
        tiff_stack.read_tiff_stack(tmp_path)


def test_numbers_that_begin_late_are_said(tmp_path: Path) -> None:
    make_case(tmp_path, masks=False)
    (tmp_path / f"{CASE}_1.tif").unlink()
    said = notes.of(tiff_stack.read_tiff_stack(tmp_path)["flair"])
    assert any(note.startswith("The slices are numbered from 2 to 11") for note in said)
