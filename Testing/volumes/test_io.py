from __future__ import annotations

import gzip
import os
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from grids import AXIS_ORDERS, assert_same, make_volume
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lggseg.errors import FormatError, GeometryError, InputError, OutputError
from lggseg.segmentation import segment_identity
from lggseg.volumes import geometry, io, notes


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("code", AXIS_ORDERS)
def test_every_axis_order_comes_back(tmp_path: Path, code: str, suffix: str) -> None:
    image = make_volume(code, (0.2, -0.1, 0.3))
    io.write_volume(image, tmp_path / f"a{suffix}")
    again = io.read_volume(tmp_path / f"a{suffix}")
    assert_same(image, again)
    assert geometry.orientation_code(again) == code


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    code=st.sampled_from(AXIS_ORDERS),
    turn=st.tuples(*[st.floats(-3.0, 3.0) for _ in range(3)]),
    suffix=st.sampled_from([".nii.gz", ".nrrd", ".seg.nrrd"]),
)
def test_oblique_masks_come_back(tmp_path: Path, code: str, turn: tuple[float, float, float], suffix: str) -> None:
    mask = make_volume(code, turn) > 60
    io.write_segmentation(mask, tmp_path / f"a{suffix}")
    assert_same(mask, io.read_volume(tmp_path / f"a{suffix}"))


def test_nibabel_sees_the_same_grid(tmp_path: Path) -> None:
    image = make_volume("PIR", (0.2, -0.1, 0.3))
    io.write_volume(image, tmp_path / "a.nii.gz")
    other = nibabel.load(tmp_path / "a.nii.gz")
    assert np.allclose(other.affine, geometry.ras_affine(image), atol=1e-4)
    assert np.array_equal(np.asarray(other.dataobj).T, sitk.GetArrayFromImage(image))


@pytest.mark.parametrize("suffix", [".nhdr", ".mhd"])
def test_headers_with_separate_data_are_read(tmp_path: Path, suffix: str) -> None:
    sitk.WriteImage(make_volume(), str(tmp_path / f"a{suffix}"))
    assert_same(make_volume(), io.read_volume(tmp_path / f"a{suffix}"))


def test_a_singleton_fourth_axis_is_dropped(tmp_path: Path) -> None:
    four = sitk.JoinSeries([make_volume("LAS")])
    sitk.WriteImage(four, str(tmp_path / "a.nii.gz"))
    assert_same(make_volume("LAS"), io.read_volume(tmp_path / "a.nii.gz"))


def test_several_volumes_in_a_file_are_refused(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.JoinSeries([make_volume()] * 3), str(tmp_path / "a.nii"))
    with pytest.raises(GeometryError, match="expected one 3D volume, got 3 in a 4D file; save the one wanted"):
        io.read_volume(tmp_path / "a.nii")


def test_a_flat_image_is_refused(tmp_path: Path) -> None:
    sitk.WriteImage(make_volume()[:, :, 1], str(tmp_path / "a.nrrd"))
    with pytest.raises(GeometryError, match="expected a 3D volume, got 2D"):
        io.read_volume(tmp_path / "a.nrrd")


def test_a_color_image_is_refused(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.Compose([make_volume()] * 3), str(tmp_path / "a.nrrd"))
    with pytest.raises(InputError, match="expected one value a voxel, got 3"):
        io.read_volume(tmp_path / "a.nrrd")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_background(tmp_path: Path, bad: float) -> None:
    array = np.linspace(3, 9, 60, dtype=np.float32).reshape(3, 4, 5)
    array[1, 2, 3] = bad
    sitk.WriteImage(sitk.GetImageFromArray(array), str(tmp_path / "a.nrrd"))
    image = io.read_volume(tmp_path / "a.nrrd")
    assert image[3, 2, 1] == 3
    assert any("1 voxels (1.7 %) are no measurement, as they are NaN or infinite" in note for note in notes.of(image))
    with pytest.raises(InputError, match="1 of 60 voxels NaN"):
        io.read_volume(tmp_path / "a.nrrd", fill=False)


def test_a_volume_without_any_number_is_refused(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.full((3, 4, 5), np.nan, np.float32)), str(tmp_path / "a.nii"))
    with pytest.raises(InputError, match="60 of 60 voxels NaN"):
        io.read_volume(tmp_path / "a.nii")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.97])
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 1000, (8, 32, 32)).astype(np.int16)
    path = tmp_path / f"a{suffix}"
    io.write_volume(sitk.GetImageFromArray(noise), path)
    path.write_bytes(path.read_bytes()[: max(1, int(share * path.stat().st_size))])
    with pytest.raises(FormatError, match=r"a\.\w+.*: expected .* got"):
        io.read_volume(path)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_a_damaged_file_is_refused(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 1000, (8, 32, 32)).astype(np.int16)
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(noise), str(path), useCompression=True)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(io.read_volume(path)), noise)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(byte ^ 0x5A for byte in data[middle : middle + 64])
    path.write_bytes(data)
    with pytest.raises(FormatError, match="damaged"):
        io.read_volume(path)


def test_compressed_data_may_lie_in_another_file(tmp_path: Path) -> None:
    volume = make_volume()
    sitk.WriteImage(volume, str(tmp_path / "a.nhdr"), useCompression=True)
    (tmp_path / "a.nrrd").write_bytes((tmp_path / "a.nhdr").read_bytes() + b"\n")
    assert_same(volume, io.read_volume(tmp_path / "a.nrrd"))


def test_gzip_files_of_several_parts_are_read(tmp_path: Path) -> None:
    sitk.WriteImage(make_volume(), str(tmp_path / "a.nii"))
    data = (tmp_path / "a.nii").read_bytes()
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(data[:400]) + gzip.compress(data[400:]))
    assert_same(make_volume(), io.read_volume(tmp_path / "a.nii.gz"))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_a_text_file_under_another_name_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_text("This is no image.\n" * 100)
    with pytest.raises(FormatError, match="expected"):
        io.read_volume(tmp_path / f"a{suffix}")


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK" * 200)
    with pytest.raises(FormatError, match=r"got a file of another kind; known endings are \.nii"):
        io.read_volume(tmp_path / "a.docx")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.nii: expected a readable file.*No such file"):
        io.read_volume(tmp_path / "none.nii")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nrrd").touch()
    with pytest.raises(FormatError, match="got an empty file"):
        io.read_volume(tmp_path / "a.nrrd")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected DICOM or TIFF slices, got a folder without any"):
        io.read_volume(tmp_path)


@pytest.mark.skipif(os.name == "nt" or getattr(os, "geteuid", lambda: 0)() == 0, reason="rights bind no administrator")
def test_no_rights_to_read_are_explained(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    io.write_volume(make_volume(), path)
    path.chmod(0)
    with pytest.raises(FormatError, match="Permission denied"):
        io.read_volume(path)


def test_a_spacing_for_a_volume_that_has_one_is_refused(tmp_path: Path) -> None:
    io.write_volume(make_volume(), tmp_path / "a.nrrd")
    with pytest.raises(InputError, match="stores its own voxel size"):
        io.read_volume(tmp_path / "a.nrrd", spacing=(1.0, 1.0, 1.0))


def test_an_unknown_ending_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"ends in \.nii, .*got a\.png"):
        io.write_volume(make_volume(), tmp_path / "a.png")


def test_an_incomplete_write_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(image: sitk.Image, name: str, **_: object) -> None:
        Path(name).write_bytes(b"\x5c\x01\0\0" + bytes(100))

    monkeypatch.setattr(sitk, "WriteImage", write_half)
    with pytest.raises(OutputError, match="came out incomplete"):
        io.write_volume(make_volume(), tmp_path / "a.nii")
    assert not list(tmp_path.iterdir())


def read_fields(path: Path) -> dict[str, str]:
    header = path.read_bytes().split(b"\n\n")[0].decode()
    return dict(line.split(":=", 1) for line in header.splitlines() if ":=" in line)


def test_segmentation_fields_are_slicers(tmp_path: Path) -> None:
    mask = sitk.Image([10, 9, 8], sitk.sitkUInt8)
    mask[2:5, 3:4, 6:8] = 7
    mask.SetMetaData("stray", "field")
    io.write_segmentation(mask, tmp_path / "a.seg.nrrd")
    fields = read_fields(tmp_path / "a.seg.nrrd")
    assert fields["Segment0_ID"] == segment_identity.SEGMENT_ID
    assert fields["Segment0_Name"] == "FLAIR abnormality"
    assert fields["Segment0_Extent"] == "2 4 3 3 6 7"
    assert fields["Segment0_LabelValue"] == "1"
    assert fields["Segment0_Layer"] == "0"
    assert fields["Segment0_Tags"] == f"TerminologyEntry:{segment_identity.TERMINOLOGY_ENTRY}|"
    assert fields["Segmentation_MasterRepresentation"] == "Binary labelmap"
    assert "stray" not in fields
    assert set(np.unique(sitk.GetArrayFromImage(io.read_volume(tmp_path / "a.seg.nrrd")))) == {0, 1}


def test_an_empty_segmentation_keeps_its_segment(tmp_path: Path) -> None:
    io.write_segmentation(sitk.Image([4, 5, 6], sitk.sitkUInt8), tmp_path / "a.seg.nrrd")
    fields = read_fields(tmp_path / "a.seg.nrrd")
    assert fields["Segment0_Extent"] == "0 -1 0 -1 0 -1"
    assert fields["Segment0_Name"] == "FLAIR abnormality"


@pytest.mark.slicer
@pytest.mark.parametrize("code", ["LPS", "PIR"])
def test_slicer_reads_name_color_terminology_and_place(tmp_path: Path, code: str) -> None:
    slicer_core = pytest.importorskip("slicer_core")
    vtk = pytest.importorskip("vtk")
    image = make_volume(code, (0.2, -0.1, 0.3))
    io.write_segmentation(image > 60, tmp_path / "a.seg.nrrd")
    scene = slicer_core.vtkMRMLScene()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = slicer_core.vtkMRMLSegmentationStorageNode()
    scene.AddNode(storage)
    storage.SetFileName(str(tmp_path / "a.seg.nrrd"))
    assert storage.ReadData(node) == 1
    segmentation = node.GetSegmentation()
    assert list(segmentation.GetSegmentIDs()) == [segment_identity.SEGMENT_ID]
    segment = segmentation.GetSegment(segment_identity.SEGMENT_ID)
    assert segment.GetName() == segment_identity.SEGMENT_NAME
    assert segment.GetColor() == pytest.approx(segment_identity.SEGMENT_COLOR)
    tag = vtk.mutable("")
    assert segment.GetTag("TerminologyEntry", tag)
    assert str(tag) == segment_identity.TERMINOLOGY_ENTRY
    matrix = vtk.vtkMatrix4x4()
    segment.GetRepresentation("Binary labelmap").GetImageToWorldMatrix(matrix)
    found = [[matrix.GetElement(row, column) for column in range(4)] for row in range(4)]
    assert np.allclose(found, geometry.ras_affine(image), atol=1e-6)
