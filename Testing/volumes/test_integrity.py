"""Headers that cannot be true are refused by our own few lines, before a reader in C++ sees them."""

from __future__ import annotations

import gzip
import itertools
import os
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from grids import make_volume

from lggseg.errors import FormatError, GeometryError, InputError
from lggseg.volumes import geometry, integrity, io, notes


def nifti(path: Path, sform: np.ndarray, qform: np.ndarray, codes: tuple[int, int]) -> Path:
    """Write a small volume with both matrices, and codes ``(sform, qform)``."""
    image = nibabel.Nifti1Image(np.arange(6 * 7 * 8, dtype=np.int16).reshape(6, 7, 8), None)
    image.set_sform(sform, 1)
    image.set_qform(qform, 1)
    nibabel.save(image, path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<2h", data, 252, codes[1], codes[0])
    path.write_bytes(data)
    return path


def turned(degrees: float, origin: tuple[float, float, float]) -> np.ndarray:
    angle = np.deg2rad(degrees)
    matrix = np.diag([1.0, 2.0, 3.0, 1.0])
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix = turn @ matrix
    matrix[:3, 3] = origin
    return matrix


@pytest.mark.parametrize(("sform_code", "qform_code"), list(itertools.product(range(3), range(3)))[1:])
def test_the_matrix_that_3d_slicer_takes_is_taken_and_a_difference_is_said(
    tmp_path: Path, sform_code: int, qform_code: int
) -> None:
    sform, qform = turned(20, (10, 20, 30)), turned(0, (1, 2, 3))
    image = io.read_volume(nifti(tmp_path / "a.nii", sform, qform, (sform_code, qform_code)))
    is_sform = sform_code == 1 or qform_code == 0
    assert np.allclose(geometry.ras_affine(image), sform if is_sform else qform, atol=1e-4)
    both = bool(sform_code and qform_code)
    assert any(f"the {'sform' if is_sform else 'qform'} was taken" in note for note in notes.of(image)) is both


def test_without_codes_the_axes_are_assumed_and_that_is_said(tmp_path: Path) -> None:
    image = io.read_volume(nifti(tmp_path / "a.nii", turned(20, (1, 2, 3)), turned(0, (0, 0, 0)), (0, 0)))
    assert any("taken as right, anterior, superior" in note for note in notes.of(image))


def test_a_sheared_sform_without_qform_is_refused(tmp_path: Path) -> None:
    sform = turned(0, (0, 0, 0))
    sform[0, 1] = 0.3
    with pytest.raises(GeometryError, match=r"a\.nii: expected orthogonal axes, got a sheared sform and no qform"):
        io.read_volume(nifti(tmp_path / "a.nii", sform, turned(0, (0, 0, 0)), (2, 0)))
    assert io.read_volume(nifti(tmp_path / "b.nii", sform, turned(0, (0, 0, 0)), (2, 1)))


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (280, struct.pack("<f", np.inf), "finite numbers in qform and sform"),
        (80, struct.pack("<f", np.nan), "positive voxel sizes in pixdim"),
        (80, struct.pack("<f", 0.0), "positive voxel sizes in pixdim"),
        (80, struct.pack("<f", 40.0), "one voxel size"),
        (80, struct.pack("<f", -1.0), "positive voxel sizes in pixdim"),
        (256, struct.pack("<3f", 2.0, 0.0, 0.0), "a rotation in the quaternion"),
        (46, struct.pack("<h", 2), "slices more at least"),
        (108, struct.pack("<f", np.nan), "a place where the voxels begin"),
        (40, struct.pack("<h", 100), "1 to 7 dimensions"),
        (42, struct.pack("<h", -6), "sizes of at least 1 voxel"),
        (42, struct.pack("<3h", 32767, 32767, 32767), "at most 16 GiB of voxels"),
        (42, struct.pack("<h", 600), "bytes by its header"),
        (70, struct.pack("<h", 32), "one real number a voxel, got complex numbers"),
        (70, struct.pack("<h", 77), "a known kind of number"),
        (344, b"ni1\0", "the header of a pair"),
        (344, b"\0\0\0\0", "an Analyze 7.5 header"),
    ],
)
def test_a_nifti_header_that_cannot_be_true(tmp_path: Path, place: int, value: bytes, reason: str) -> None:
    path = nifti(tmp_path / "a.nii", turned(0, (0, 0, 0)), turned(0, (0, 0, 0)), (1, 1))
    data = bytearray(path.read_bytes())
    data[place : place + len(value)] = value
    path.write_bytes(data)
    with pytest.raises(InputError, match=rf"a\.nii: expected .*{reason}|a\.nii: .*{reason}"):
        io.read_volume(path)


@pytest.mark.parametrize(
    ("suffix", "old", "new", "reason"),
    [
        (".nrrd", b"dimension: 3", b"dimension: 99999", "1 to 4 dimensions"),
        (".nrrd", b"sizes: 6", b"sizes: -6", "sizes of at least 1 voxel"),
        (".nrrd", b"sizes: 6", b"sizes: 600", "bytes by its header"),
        (".nrrd", b"type: short", b"type: block", "one real number a voxel"),
        (".nrrd", b"encoding: raw", b"encoding: zebra", "an encoding of"),
        (".nrrd", b"(-31.5", b"(nan", "3 finite numbers for space origin"),
        (".nrrd", b"endian: little", b"byte skip: 9999", "voxels right behind the header"),
        (".mha", b"NDims = 3", b"NDims = 100000", "1 to 4 dimensions"),
        (".mha", b"ElementSpacing = ", b"ElementSpacing = -", "positive numbers for ElementSpacing"),
        (".mha", b"NDims = 3", b"NDims = 3\nDistanceUnits = cm", "millimetres, got DistanceUnits «cm»"),
        (".mha", b"NDims = 3", b"NDims = 3\nHeaderSize = 100", "voxels right behind the header"),
        (".mha", b"DimSize = 6", b"DimSize = x", "whole numbers for DimSize"),
        (".mha", b"MET_SHORT", b"MET_STRING", "one real number a voxel"),
        (".mha", b"Offset = -31.5", b"Offset = inf  ", "3 finite numbers for Offset"),
        (".mha", b"ElementDataFile = LOCAL", b"ElementDataFile = LIST 2", "the voxels in one file"),
    ],
)
def test_a_text_header_that_cannot_be_true(tmp_path: Path, suffix: str, old: bytes, new: bytes, reason: str) -> None:
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(make_volume(), str(path), useCompression=False)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    with pytest.raises(InputError, match=reason):
        io.read_volume(path)


@pytest.mark.parametrize(("suffix", "line"), [(".nrrd", b"space directions:"), (".mha", b"ElementSpacing")])
def test_a_voxel_size_is_never_guessed(tmp_path: Path, suffix: str, line: bytes) -> None:
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(make_volume(), str(path), useCompression=False)
    data = path.read_bytes()
    first = data.index(line)
    path.write_bytes(data[:first] + data[data.index(b"\n", first) + 1 :])
    with pytest.raises(GeometryError, match=r"expected voxel sizes, got none: .* add --spacing X Y Z"):
        io.read_volume(path)
    assert io.read_volume(path, spacing=(1.0, 2.0, 3.0)).GetSpacing() == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("edges", [(0.01, 1, 1), (1, 1, 51)])
@pytest.mark.parametrize("suffix", [".nii", ".nrrd", ".mha"])
def test_edges_that_no_head_has_are_refused(tmp_path: Path, suffix: str, edges: tuple[float, ...]) -> None:
    image = make_volume()
    image.SetSpacing(edges)
    sitk.WriteImage(image, str(tmp_path / f"a{suffix}"))
    with pytest.raises(GeometryError, match=r"expected voxel sizes of 0\.05 to 50 mm, got"):
        io.read_volume(tmp_path / f"a{suffix}")


def test_sheared_nrrd_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nrrd"
    sitk.WriteImage(make_volume(), str(path), useCompression=False)
    path.write_bytes(path.read_bytes().replace(b"(0,1.3", b"(0.3,1.3"))
    with pytest.raises(GeometryError, match="expected orthogonal image axes, got axes sheared by"):
        io.read_volume(path)


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    io.write_volume(make_volume(), tmp_path / "a.nii.gz")
    packed = (tmp_path / "a.nii.gz").read_bytes()
    for name, data in (("b.nii", packed), ("c.nii.gz", gzip.decompress(packed)), ("d", packed), ("E.NII.GZ", packed)):
        (tmp_path / name).write_bytes(data)
        assert np.array_equal(
            sitk.GetArrayFromImage(io.read_volume(tmp_path / name)), sitk.GetArrayFromImage(make_volume())
        )
    (tmp_path / "f.nii.gz").write_bytes(gzip.compress(packed))
    with pytest.raises(FormatError, match="got one compressed twice by gzip"):
        io.read_volume(tmp_path / "f.nii.gz")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.nii")
    with pytest.raises(FormatError, match="expected a file or folder, got a pipe or device"):
        integrity.check_regular(tmp_path / "a.nii")


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
@pytest.mark.parametrize("place", ["folder", "file", "both"])
def test_a_name_that_is_no_utf8_is_read_and_written(tmp_path: Path, place: str) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path) + (b"/d\xe4" if place != "file" else b"/d"))
    Path(folder).mkdir()
    path = Path(folder, os.fsdecode(b"T\xeate.nii.gz" if place != "folder" else b"a.nii.gz"))
    io.write_volume(make_volume(), path)
    assert np.array_equal(sitk.GetArrayFromImage(io.read_volume(path)), sitk.GetArrayFromImage(make_volume()))
    with pytest.raises(InputError) as refusal:
        io.read_volume(path, spacing=(1, 1, 1))
    str(refusal.value).encode()


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_packed_voxels_beyond_what_the_header_says_are_slices_that_it_has_lost(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    size = make_volume().GetSize()
    sitk.WriteImage(make_volume(), str(path), useCompression=True)
    data = gzip.decompress(path.read_bytes()) if suffix == ".nii.gz" else path.read_bytes()
    fewer = (*size[:2], size[2] - 1)
    whole, less = (b" ".join(str(count).encode() for count in sizes) for sizes in (size, fewer))
    if suffix == ".nii.gz":
        whole, less = (struct.pack("<3h", *sizes) for sizes in (size, fewer))
    assert data.count(whole) == 1
    data = data.replace(whole, less)
    path.write_bytes(gzip.compress(data) if suffix == ".nii.gz" else data)
    with pytest.raises(FormatError, match="got 1 slices more at least"):
        io.read_volume(path)
