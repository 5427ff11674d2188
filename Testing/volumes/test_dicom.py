from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from grids import AXIS_ORDERS, assert_same, make_volume
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless
from synthetic_dicom import write_multiframe, write_series

from lggseg.errors import FormatError, GeometryError, InputError
from lggseg.volumes import dicom, geometry, io, notes

RIGHT_HANDED = [
    code for code in AXIS_ORDERS if np.linalg.det(np.array(make_volume(code).GetDirection()).reshape(3, 3)) > 0
]


@pytest.mark.parametrize("code", RIGHT_HANDED)
def test_every_axis_order_comes_back(tmp_path: Path, code: str) -> None:
    image = make_volume(code, (0.2, -0.1, 0.3))
    write_series(image, tmp_path)
    assert_same(image, io.read_volume(tmp_path))


@pytest.mark.parametrize("code", ["LPI", "PSR"])
def test_slices_against_the_normal_are_put_along_it(tmp_path: Path, code: str) -> None:
    image = make_volume(code)  # a left-handed stack: DICOM knows only its slices, not their order
    write_series(image, tmp_path)
    again = io.read_volume(tmp_path)
    assert np.linalg.det(np.array(again.GetDirection()).reshape(3, 3)) == pytest.approx(1)
    assert_same(sitk.Flip(image, (False, False, True)), again)


@pytest.mark.parametrize("code", ["LPS", "LPI", "PSL", "ASL"])
def test_a_multiframe_file_is_a_volume(tmp_path: Path, code: str) -> None:
    image = make_volume(code, (0.1, 0.0, 0.2))
    write_multiframe(image, tmp_path / "a.dcm")
    for path in (tmp_path / "a.dcm", tmp_path):
        assert_same(geometry.reorient(image, "LPS"), geometry.reorient(io.read_volume(path), "LPS"))


def test_one_slice_stands_for_its_series(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, prefix="A")
    write_series(make_volume("PIR"), tmp_path, prefix="B", description="other")
    assert_same(make_volume(), io.read_volume(tmp_path / "A0002"))


def test_rescaling_is_applied(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, RescaleSlope="2", RescaleIntercept="-5")
    expected = sitk.GetArrayFromImage(make_volume()) * 2.0 - 5
    assert np.array_equal(sitk.GetArrayFromImage(io.read_volume(tmp_path)), expected)


def test_other_files_and_folders_do_no_harm(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path / "deep" / "er")
    (tmp_path / "README.txt").write_text("hello")
    (tmp_path / "short").write_bytes(b"1")
    (tmp_path / "broken.dcm").write_bytes(bytes(128) + b"DICM" + b"nothing")
    assert_same(make_volume(), io.read_volume(tmp_path))


def test_the_flair_series_is_found_by_its_description(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, description="Ax T2 flair FS", prefix="A")
    write_series(make_volume("PIR"), tmp_path, description="T1 SE", prefix="B")
    assert_same(make_volume(), io.read_volume(tmp_path))
    assert [len(series.files) for series in dicom.list_series(tmp_path)] == [4, 4]


def test_a_series_is_chosen_by_its_number(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, description="FLAIR", prefix="A")
    uid = write_series(make_volume("PSL"), tmp_path, description="T1", prefix="B")
    assert_same(make_volume("PSL"), io.read_volume(f"{tmp_path}::{uid}"))
    with pytest.raises(InputError, match=r"expected series 1\.2\.3, got\n  «FLAIR», 4 slices: "):
        io.read_volume(f"{tmp_path}::1.2.3")


@pytest.mark.parametrize(
    ("names", "wanted"), [(("T1", "T2"), "FLAIR"), (("FLAIR", "FLAIR 2"), "FLAIR"), (("FLAIR", "T1"), None)]
)
def test_an_unclear_choice_lists_the_series(tmp_path: Path, names: tuple[str, str], wanted: str | None) -> None:
    for name in names:
        write_series(make_volume(), tmp_path, description=name, prefix=name)
    with pytest.raises(
        InputError, match=rf"one series, got 2; choose one by adding ::(.|\n)*«{names[0]}», 4 slices: [\d.]+"
    ):
        io.read_volume(tmp_path, wanted=wanted)


def test_missing_slices_are_counted(tmp_path: Path) -> None:
    image = sitk.Tile([make_volume()] * 3, [1, 1, 3])
    image.SetSpacing((1, 1, 4.2))
    write_series(image, tmp_path, skip=(3, 7, 8))
    with pytest.raises(InputError, match=r"a slice every 4\.20 mm, got 3 missing among 12"):
        io.read_volume(tmp_path)


def test_uneven_spacing_is_refused(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, shift_mm={2: 1.0})
    with pytest.raises(GeometryError, match=r"even distances between slices, got 3\.20 to 5\.20 mm"):
        io.read_volume(tmp_path)


def test_rounded_positions_are_accepted(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, shift_mm={2: 0.02})
    assert io.read_volume(tmp_path).GetSpacing()[2] == pytest.approx(4.2)


def test_several_volumes_in_a_series_are_refused(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, prefix="A", SeriesInstanceUID="1.2.3")
    write_series(make_volume() + 1, tmp_path, prefix="B", SeriesInstanceUID="1.2.3")
    with pytest.raises(InputError, match="one slice at each place, got 4 doubled"):
        io.read_volume(tmp_path)


def test_a_tilted_stack_is_refused(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    for path in tmp_path.iterdir():
        dataset = dcmread(path)
        x, y, z = (float(value) for value in dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [f"{x:.6f}", f"{y + 0.2 * z:.6f}", f"{z:.6f}"]
        dataset.save_as(path)
    with pytest.raises(GeometryError, match="got a tilted stack"):
        io.read_volume(tmp_path)


def test_a_localizer_is_refused(tmp_path: Path) -> None:
    for code, prefix in (("LPS", "A"), ("PSL", "B")):
        write_series(make_volume(code), tmp_path, prefix=prefix, SeriesInstanceUID="1.2.3", Rows=5, Columns=6)
    with pytest.raises(GeometryError, match=r"parallel slices, got several orientations \(a localizer\?\)"):
        io.read_volume(tmp_path)


def test_mixed_sizes_are_refused(tmp_path: Path) -> None:
    write_series(make_volume()[:, :, :2], tmp_path, prefix="A", SeriesInstanceUID="1.2.3")
    write_series(make_volume()[:4, :, 2:], tmp_path, prefix="B", SeriesInstanceUID="1.2.3")
    with pytest.raises(InputError, match=r"slices of one size, got \[\(4, 5\), \(6, 5\)\]"):
        io.read_volume(tmp_path)


def test_slices_without_a_place_are_refused(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    for path in itertools.islice(tmp_path.iterdir(), 1):
        dataset = dcmread(path)
        del dataset.ImagePositionPatient
        dataset.save_as(path)
    with pytest.raises(GeometryError, match="position and orientation in each slice"):
        io.read_volume(tmp_path)


def test_a_single_slice_is_refused(tmp_path: Path) -> None:
    write_series(make_volume()[:, :, :1], tmp_path)
    with pytest.raises(InputError, match="got a single slice; give the folder that holds all slices"):
        io.read_volume(tmp_path)


@pytest.mark.parametrize("order", [(0, 2, 1, 3), (3, 2, 1, 0), (0, 2, 3, 1)])
def test_frames_are_put_in_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    image = make_volume(turn=(0.1, 0.0, 0.2))
    write_multiframe(image, tmp_path / "a.dcm")
    dataset = dcmread(tmp_path / "a.dcm")
    pixels = dataset.pixel_array
    groups = dataset.PerFrameFunctionalGroupsSequence
    dataset.PerFrameFunctionalGroupsSequence = [groups[n] for n in order]
    dataset.PixelData = pixels[list(order)].tobytes()
    dataset.save_as(tmp_path / "a.dcm")
    assert_same(image, io.read_volume(tmp_path / "a.dcm"))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_file_that_says_less_frames_than_it_holds_is_refused(tmp_path: Path, compressed: bool) -> None:
    write_multiframe(make_volume(), tmp_path / "a.dcm")
    dataset = dcmread(tmp_path / "a.dcm")
    if compressed:
        dataset.compress(RLELossless)
        dataset.save_as(tmp_path / "whole.dcm")
        assert_same(make_volume(), io.read_volume(tmp_path / "whole.dcm"))
    dataset.NumberOfFrames = "3"
    dataset.PerFrameFunctionalGroupsSequence = dataset.PerFrameFunctionalGroupsSequence[:3]
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(FormatError, match=r"a\.dcm: expected voxels of 3 frames \(NumberOfFrames\), got of 4"):
        io.read_volume(tmp_path / "a.dcm")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(bytes(128) + b"DICM" + b"nothing")
    with pytest.raises(FormatError, match="a DICOM file without one, or a damaged one"):
        io.read_volume(tmp_path / "a.dcm")


def test_a_truncated_slice_is_refused(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    path = tmp_path / "IM0001"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FormatError, match="IM0001: expected a readable DICOM slice, got a damaged one"):
        io.read_volume(tmp_path)


def rewrite(folder: Path, change: object) -> None:
    """Change each file of a series; ``change(dataset, number)`` in the order of the instance numbers."""
    for path in folder.iterdir():
        dataset = dcmread(path)
        change(dataset, int(dataset.InstanceNumber) - 1)  # type: ignore[operator]
        dataset.save_as(path, enforce_file_format=True)


def test_each_slice_has_its_own_scale(tmp_path: Path) -> None:
    image = make_volume() + 100
    write_series(image, tmp_path)

    def scale(dataset: Any, number: int) -> None:
        slope = number + 1
        dataset.PixelData = (dataset.pixel_array // slope).astype("<i2").tobytes()
        dataset.RescaleSlope, dataset.RescaleIntercept = str(slope), "0.5"

    rewrite(tmp_path, scale)
    found = sitk.GetArrayFromImage(io.read_volume(tmp_path))
    slopes = np.arange(1, 5)[:, None, None]
    np.testing.assert_allclose(found, sitk.GetArrayFromImage(image) // slopes * slopes + 0.5)


def test_each_frame_has_its_own_scale(tmp_path: Path) -> None:
    image = make_volume() + 100
    write_multiframe(image, tmp_path / "a.dcm")
    dataset = dcmread(tmp_path / "a.dcm")
    for number, group in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        item = Dataset()
        item.RescaleSlope, item.RescaleIntercept, item.RescaleType = str(number + 1), "-2", "US"
        group.PixelValueTransformationSequence = [item]
    dataset.save_as(tmp_path / "a.dcm")
    expected = sitk.GetArrayFromImage(image) * np.arange(1, 5)[:, None, None] - 2
    np.testing.assert_allclose(sitk.GetArrayFromImage(io.read_volume(tmp_path / "a.dcm")), expected)


def test_frames_that_say_no_scale_among_others_are_as_they_are(tmp_path: Path) -> None:
    image = make_volume() + 100
    write_multiframe(image, tmp_path / "a.dcm")
    dataset = dcmread(tmp_path / "a.dcm")
    item = Dataset()
    item.RescaleSlope, item.RescaleIntercept, item.RescaleType = "3", "5", "US"
    dataset.PerFrameFunctionalGroupsSequence[1].PixelValueTransformationSequence = [item]
    dataset.save_as(tmp_path / "a.dcm")
    expected = sitk.GetArrayFromImage(image).astype(float)
    expected[1] = expected[1] * 3 + 5
    np.testing.assert_allclose(sitk.GetArrayFromImage(io.read_volume(tmp_path / "a.dcm")), expected)


def test_identical_copies_are_read_once_and_named(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    (tmp_path / "backup").mkdir()
    for path in [path for path in tmp_path.iterdir() if path.is_file()]:
        (tmp_path / "backup" / path.name).write_bytes(path.read_bytes())
    image = io.read_volume(tmp_path)
    assert_same(make_volume(), image)
    assert any("4 files are copies of others and were read once: IM0000" in note for note in notes.of(image))


def test_two_versions_of_one_image_are_refused_by_name(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    dataset = dcmread(tmp_path / "IM0001")
    dataset.PixelData = bytes(len(dataset.PixelData))
    dataset.save_as(tmp_path / "XX0001")
    with pytest.raises(InputError, match=r"IM0001, .*XX0001: expected one file an image, got two with the same SOP"):
        io.read_volume(tmp_path)


def test_a_stray_localizer_is_left_out_by_name(tmp_path: Path) -> None:
    image = sitk.Tile([make_volume()] * 3, [1, 1, 3])
    image.SetSpacing((1, 1, 4.2))
    write_series(image, tmp_path, SeriesInstanceUID="1.2.3")
    write_series(make_volume("PSL")[:, :, :1], tmp_path, prefix="STRAY", SeriesInstanceUID="1.2.3")
    found = io.read_volume(tmp_path)
    assert found.GetSize()[2] == 12
    assert any(
        "1 of 13 files of the series are no slice of its volume, left out: STRAY0000" in n for n in notes.of(found)
    )


def test_padding_that_the_header_names_is_background(tmp_path: Path) -> None:
    image = make_volume() + 100
    image[0, 0, 0] = -2000
    write_series(image, tmp_path, PixelPaddingValue=-2000)
    found = io.read_volume(tmp_path)
    assert found[0, 0, 0] == sitk.GetArrayFromImage(image)[sitk.GetArrayFromImage(image) > 0].min()
    assert any("as their PixelPaddingValue says" in note for note in notes.of(found))


@pytest.mark.parametrize("marked", [True, False])
def test_a_cut_slice_is_refused_by_name(tmp_path: Path, marked: bool) -> None:
    write_series(make_volume(), tmp_path)
    path = tmp_path / "IM0001"
    path.write_bytes(path.read_bytes()[: 200 if marked else -60])
    with pytest.raises(FormatError, match="IM0001: expected a readable DICOM slice, got a damaged one"):
        io.read_volume(tmp_path)


def test_files_without_the_mark_are_slices_too(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    for path in tmp_path.iterdir():
        dataset = dcmread(path)
        dcmwrite(path, dataset_without_meta(dataset), implicit_vr=True, little_endian=True, enforce_file_format=False)
    assert path.read_bytes()[128:132] != b"DICM"
    assert_same(make_volume(), io.read_volume(tmp_path))


def dataset_without_meta(dataset: Any) -> Dataset:
    bare = Dataset()
    bare.update(dataset)
    return bare


@pytest.mark.parametrize(
    ("keyword", "value", "reason"),
    [
        ("PixelSpacing", None, r"expected PixelSpacing \(0028,0030\), got none: .* --spacing X Y Z"),
        ("PixelSpacing", ["0", "0"], r"PixelSpacing \(0028,0030\) of 0\.05 to 50 mm, got 0 x 0 mm"),
    ],
)
def test_pixel_edges_are_never_guessed(tmp_path: Path, keyword: str, value: object, reason: str) -> None:
    write_series(make_volume(), tmp_path)
    rewrite(tmp_path, lambda dataset, _: setattr(dataset, keyword, value) if value else delattr(dataset, keyword))
    with pytest.raises(GeometryError, match=reason):
        io.read_volume(tmp_path)
    if value is None:
        assert io.read_volume(tmp_path, spacing=(0.9, 1.3, 4.2)).GetSpacing() == pytest.approx((0.9, 1.3, 4.2))
        with pytest.raises(InputError, match=r"expected --spacing \? \? 4\.2, .* got 0\.9 1\.3 5"):
            io.read_volume(tmp_path, spacing=(0.9, 1.3, 5.0))


@pytest.mark.parametrize("without", [(), (0, 1, 2)])
def test_a_spacing_for_slices_of_which_any_has_one_is_refused(tmp_path: Path, without: tuple[int, ...]) -> None:
    write_series(make_volume(), tmp_path)
    rewrite(tmp_path, lambda dataset, n: delattr(dataset, "PixelSpacing") if n in without else None)
    with pytest.raises(InputError, match="expected no --spacing, got one for a volume that stores its own"):
        io.read_volume(tmp_path, spacing=(0.9, 1.3, 4.2))


def test_a_spacing_for_frames_fills_what_they_do_not_say_and_no_more(tmp_path: Path) -> None:
    write_multiframe(make_volume(), tmp_path / "a.dcm")
    with pytest.raises(InputError, match="expected no --spacing, got one for a volume that stores its own"):
        io.read_volume(tmp_path / "a.dcm", spacing=(2.0, 2.0, 4.2))
    dataset = dcmread(tmp_path / "a.dcm")
    for group in (*dataset.SharedFunctionalGroupsSequence, *dataset.PerFrameFunctionalGroupsSequence):
        if "PixelMeasuresSequence" in group:
            del group.PixelMeasuresSequence
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(GeometryError, match=r"expected PixelSpacing \(0028,0030\), got none: .* --spacing X Y Z"):
        io.read_volume(tmp_path / "a.dcm")
    with pytest.raises(InputError, match=r"expected --spacing \? \? 4\.2, .* got 0\.9 1\.3 5"):
        io.read_volume(tmp_path / "a.dcm", spacing=(0.9, 1.3, 5.0))
    assert_same(make_volume(), io.read_volume(tmp_path / "a.dcm", spacing=(0.9, 1.3, 4.2)))


def test_a_spacing_for_frames_without_places_fills_their_distance_alone(tmp_path: Path) -> None:
    write_multiframe(make_volume(), tmp_path / "a.dcm")
    dataset = dcmread(tmp_path / "a.dcm")
    del dataset.PerFrameFunctionalGroupsSequence, dataset.SharedFunctionalGroupsSequence
    dataset.PixelSpacing = ["1.3", "0.9"]
    dataset.save_as(tmp_path / "a.dcm")
    assert io.read_volume(tmp_path / "a.dcm", spacing=(0.9, 1.3, 5.0)).GetSpacing() == pytest.approx((0.9, 1.3, 5.0))
    with pytest.raises(InputError, match=r"expected --spacing 0\.9 1\.3 \?, .* got 2 2 5"):
        io.read_volume(tmp_path / "a.dcm", spacing=(2.0, 2.0, 5.0))


def test_one_slice_with_other_pixel_edges_is_named(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    rewrite(
        tmp_path, lambda dataset, number: setattr(dataset, "PixelSpacing", ["1.3", "1.0" if number == 2 else "0.9"])
    )
    with pytest.raises(GeometryError, match=r"expected PixelSpacing .* as in IM\d+, got"):
        io.read_volume(tmp_path)


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImagePositionPatient"])
def test_a_decimal_comma_is_named_with_its_element(tmp_path: Path, keyword: str) -> None:
    write_series(make_volume(), tmp_path)
    for path in tmp_path.iterdir():
        value = "\\".join(map(str, dcmread(path)[keyword].value)).encode()
        path.write_bytes(path.read_bytes().replace(value, value.replace(b".", b",")))
    with pytest.raises(FormatError, match=rf"IM\d+: expected \d numbers in {keyword} \(.*\), got «.*,.*»; export"):
        io.read_volume(tmp_path)


@pytest.mark.parametrize(("alphabet", "python"), [("ISO_IR 100", "latin-1"), ("GB18030", "gb18030")])
def test_descriptions_are_readable_in_any_alphabet(tmp_path: Path, alphabet: str, python: str) -> None:
    words = {"latin-1": "Tête FLAIR", "gb18030": "头部 FLAIR"}[python]
    write_series(make_volume(), tmp_path, SpecificCharacterSet=alphabet, SeriesDescription=words)
    assert dicom.list_series(tmp_path)[0].description == words
