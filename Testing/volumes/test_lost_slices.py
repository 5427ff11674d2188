"""Slices that were lost on the way: at the end of a series nothing but the files beside them tells."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from grids import assert_same, make_volume
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage, generate_uid
from synthetic_dicom import write_series

from lggseg.errors import FormatError, InputError
from lggseg.volumes import io, lost_slices, notes


def last(folder: Path) -> Path:
    """Return the file of the uppermost slice."""
    return max(folder.iterdir(), key=lambda path: float(dcmread(path).ImagePositionPatient[2]))


def nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nowhere/at/all")


def unfinished(path: Path) -> None:
    path.with_name(path.name + ".part").write_bytes(path.read_bytes()[:50])
    path.unlink()


@pytest.mark.parametrize(
    ("lose", "what"),
    [
        (lambda path: path.write_bytes(b""), "an empty file"),
        (lambda path: path.write_bytes(bytes(path.stat().st_size)), "a file full of zeros"),
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "a file full of zeros"),
        (lambda path: path.write_text("<html>403 Forbidden</html>" * 9), "another kind of file"),
        (nowhere, "a link that leads nowhere"),
        (unfinished, "a file full of zeros"),
    ],
)
def test_what_stands_for_an_end_slice_and_is_none_is_refused(
    tmp_path: Path, lose: Callable[[Path], object], what: str
) -> None:
    write_series(make_volume(), tmp_path)
    file = last(tmp_path)
    lose(file)
    with pytest.raises(FormatError, match=rf"{file.name}.*: expected a DICOM slice by its name, got {what}"):
        io.read_volume(tmp_path)


def test_other_files_beside_the_slices_are_none_of_them(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    for name in ("README.txt", "DONE", "IM0001.jpg", "autorun.inf"):
        (tmp_path / name).write_bytes(b"")
    assert_same(make_volume(), io.read_volume(tmp_path))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("IM-0001-0026.dcm", "IM-0001-0027.dcm.part", True),
        ("1.2.840.113619.2.dcm", "1.2.840.113619.31.dcm", True),
        ("A3F0C2", "00B17D", True),
        ("IM0001.dcm", "IM0001.jpg", False),
        ("IM0001", "README", False),
    ],
)
def test_names_of_one_series_are_alike(one: str, other: str, alike: bool) -> None:
    assert (lost_slices.pattern_of(one) == lost_slices.pattern_of(other)) is alike


def test_numbers_that_begin_late_are_said(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, skip=(0, 1))
    (note,) = notes.of(io.read_volume(tmp_path))
    assert note.startswith("The slices are numbered from 3 to")
    assert "if files were lost on the way" in note


def test_every_second_slice_looks_like_thicker_ones_but_for_its_number(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, skip=tuple(range(1, make_volume().GetSize()[2], 2)))
    (note,) = notes.of(io.read_volume(tmp_path))
    assert note.startswith("Of the numbers 1 to")


def test_a_slice_of_another_size_where_the_stack_would_go_on_is_no_stray(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    file = last(tmp_path)
    dataset = dcmread(file)
    dataset.Rows, dataset.Columns = dataset.Rows * 2, dataset.Columns
    dataset.PixelData = dataset.PixelData * 2
    dcmwrite(file, dataset)
    with pytest.raises(InputError, match="expected slices of one size"):
        io.read_volume(tmp_path)


def test_fewer_images_than_were_acquired_are_said(tmp_path: Path) -> None:
    count = make_volume().GetSize()[2]
    write_series(make_volume(), tmp_path, skip=(count - 1,), ImagesInAcquisition=str(count))
    (note,) = notes.of(io.read_volume(tmp_path))
    assert note.startswith(f"Its files say that {count} images were acquired, and {count - 1} are here")


def write_directory(folder: Path, files: list[Path]) -> None:
    """Write a DICOMDIR that lists files."""
    first = dcmread(files[0])
    kinds = ["PATIENT", "STUDY", "SERIES", *["IMAGE"] * len(files)]
    records = [Dataset() for _ in kinds]
    for record, kind in zip(records, kinds, strict=True):
        record.DirectoryRecordType = kind
    records[2].SeriesInstanceUID = first.SeriesInstanceUID
    for record, file in zip(records[3:], files, strict=True):
        record.ReferencedFileID = file.relative_to(folder).as_posix().split("/")
        record.ReferencedSOPInstanceUIDInFile = dcmread(file).SOPInstanceUID
    directory = Dataset()
    directory.FileSetID = "CD"
    directory.DirectoryRecordSequence = records
    directory.file_meta = FileMetaDataset()
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.save_as(folder / "DICOMDIR", enforce_file_format=True)


def test_a_dicomdir_knows_of_slices_that_are_gone(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path / "IMAGES")
    write_directory(tmp_path, sorted((tmp_path / "IMAGES").iterdir()))
    count = make_volume().GetSize()[2]
    assert_same(make_volume(), io.read_volume(tmp_path))
    last(tmp_path / "IMAGES").unlink()
    with pytest.raises(InputError, match=rf"expected the {count} images that .*DICOMDIR lists, got {count - 1}"):
        io.read_volume(tmp_path)


def test_the_dicomdir_of_another_export_is_passed_over(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path / "IMAGES")
    write_directory(tmp_path, sorted((tmp_path / "IMAGES").iterdir()))
    for file in (tmp_path / "IMAGES").iterdir():
        dataset = dcmread(file)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dcmwrite(file, dataset)
    assert_same(make_volume(), io.read_volume(tmp_path))


def turn_round(file: Path) -> None:
    dataset = dcmread(file)
    dataset.PhotometricInterpretation = "MONOCHROME1"
    dataset.PixelData = (1000 - np.frombuffer(dataset.PixelData, "<i2")).astype("<i2").tobytes()
    dcmwrite(file, dataset)


def pad(file: Path) -> None:
    dataset = dcmread(file)
    values = dataset.pixel_array.copy()
    values[0, 0] = 900
    dataset.PixelData = values.astype("<i2").tobytes()
    dcmwrite(file, dataset)


def test_films_with_bright_zeros_are_turned_round(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path, PixelPaddingValue=900)
    for file in tmp_path.iterdir():
        turn_round(file)
    pad(last(tmp_path))
    image = io.read_volume(tmp_path)
    expected, found = (sitk.GetArrayFromImage(one).astype(float) for one in (make_volume(), image))
    assert np.array_equal(found[:-1] - found[:-1].min(), expected[:-1] - expected[:-1].min())
    assert found[-1, 0, 0] == found.min(), "padding is as dark as the darkest, not as bright as its own value"


def test_one_film_among_others_is_no_stray(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    turn_round(last(tmp_path))
    with pytest.raises(InputError, match="got MONOCHROME1 beside others"):
        io.read_volume(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="rights do not bind the superuser")
def test_a_slice_without_the_right_to_read_it_is_named(tmp_path: Path) -> None:
    write_series(make_volume(), tmp_path)
    last(tmp_path).chmod(0)
    with pytest.raises(FormatError, match="check the rights"):
        io.read_volume(tmp_path)
