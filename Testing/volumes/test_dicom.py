from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from grids import AXIS_ORDERS, assert_same, make_volume
from pydicom import dcmread
from synthetic_dicom import write_multiframe, write_series

from lggseg.errors import FormatError, GeometryError, InputError
from lggseg.volumes import dicom, geometry, io

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
