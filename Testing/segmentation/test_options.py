"""What the options of ``lggseg segment`` ask for is done for every kind of input, or refused with one clear message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from heads import ball_volume
from PIL import Image
from synthetic_dicom import write_multiframe, write_series

from lggseg.cli import main
from lggseg.errors import InputError
from lggseg.segmentation.request import SegmentRequest
from lggseg.segmentation.study import read_study
from lggseg.volumes import io

SPACING = (1.0, 1.25, 4.0)


def head(description: str = "flair") -> sitk.Image:
    return sitk.Cast(ball_volume(), sitk.sitkInt16) if description == "flair" else ball_volume() * 0.5


@pytest.fixture
def flair(tmp_path: Path) -> Path:
    file = tmp_path / "flair.nii.gz"
    sitk.WriteImage(ball_volume(), str(file))
    return file


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    (tmp_path / "frames").mkdir()
    write_multiframe(head(), tmp_path / "frames" / "a.dcm")
    return tmp_path / "frames" / "a.dcm"


def slices_of(folder: Path, factor: float = 1.0) -> Path:
    folder.mkdir()
    array = sitk.GetArrayFromImage(ball_volume()).astype(float)
    for number, one in enumerate((factor * 255 * array / array.max()).astype(np.uint8), start=1):
        Image.fromarray(one).save(folder / f"case_{number}.tif")
    return folder


def without_size(image: sitk.Image, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "volume.nrrd"
    sitk.WriteImage(image, str(file), useCompression=False)
    lines = file.read_bytes().split(b"\n")
    kept = [line for line in lines[:20] if not line.startswith((b"space", b"kinds"))]
    file.write_bytes(b"\n".join([*kept, *lines[20:]]))
    return file


def test_t1_without_a_voxel_size_gets_that_of_the_command(tmp_path: Path) -> None:
    request = SegmentRequest(
        str(slices_of(tmp_path / "flair")), pre=str(slices_of(tmp_path / "pre", 0.5)), spacing=SPACING
    )
    study = read_study(request)
    assert {name: image.GetSpacing() for name, image in study.images.items()} == {"flair": SPACING, "pre": SPACING}
    assert not any("assumed" in note for note in study.notes)


def test_t1_with_a_voxel_size_keeps_its_own(tmp_path: Path) -> None:
    pre = ball_volume()
    pre.SetSpacing((0.9, 1.3, 4.1))
    sitk.WriteImage(pre, str(tmp_path / "pre.nii.gz"))
    request = SegmentRequest(str(slices_of(tmp_path / "flair")), pre=str(tmp_path / "pre.nii.gz"), spacing=SPACING)
    assert read_study(request).images["pre"].GetSpacing() == pytest.approx((0.9, 1.3, 4.1))


def test_a_reference_without_a_voxel_size_gets_that_of_the_command(tmp_path: Path) -> None:
    file = without_size(sitk.Cast(ball_volume() > 100, sitk.sitkUInt8), tmp_path / "truth")
    with pytest.raises(InputError, match="expected voxel sizes, got none"):
        io.read_labels(file)
    assert io.read_labels(file, SPACING).GetSpacing() == SPACING


@pytest.mark.parametrize("role", ["pre", "truth"])
def test_slices_beside_a_flair_with_a_voxel_size_get_that_of_the_command(
    flair: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], role: str
) -> None:
    """Their assumed voxel size is that of another place: the reference of a perfect outline had a Dice of 0."""
    image = ball_volume()
    image.SetSpacing(SPACING)
    image.SetOrigin((0.0, 0.0, 0.0))
    sitk.WriteImage(image, str(flair))
    other = slices_of(tmp_path / role, 0.5)
    for file in other.iterdir() if role == "truth" else ():
        bright = np.asarray(Image.open(file)) > 0.5 * 0.9 * 255
        Image.fromarray(bright.astype(np.uint8) * 255).save(file.with_name(f"{file.stem}_mask.tif"))
    words = ["segment", str(flair), f"--{role}", str(other), "--threshold", "0.5"]
    assert main([*words, "-o", str(tmp_path / "out")]) == 2
    assert "expected --spacing X Y Z for TIFF slices beside a FLAIR volume that has its own" in capsys.readouterr().err
    assert main([*words, "-o", str(tmp_path / "out"), "--spacing", *map(str, SPACING)]) == 0
    assert "assumed" not in capsys.readouterr().out
    assert io.stores_spacing(flair)
    assert not io.stores_spacing(other)


def test_a_voxel_size_for_an_image_in_memory_is_refused() -> None:
    with pytest.raises(InputError, match="flair: expected no --spacing, got one for a volume that stores its own"):
        read_study(SegmentRequest(ball_volume(), spacing=SPACING))


@pytest.mark.parametrize("role", ["pre", "post"])
def test_t1_that_is_not_there_is_not_passed_over_beside_a_file_of_frames(frames: Path, role: str) -> None:
    options: dict[str, Any] = {role: "mistyped.nii.gz"}
    with pytest.raises(InputError, match=r"mistyped\.nii\.gz: "):
        read_study(SegmentRequest(str(frames), **options))


def test_a_series_is_not_chosen_where_the_input_is_one_already(tmp_path: Path, frames: Path) -> None:
    uid = write_series(head(), tmp_path / "study" / "a")
    write_series(head("pre"), tmp_path / "study" / "b", description="AX T1")
    named = f"{tmp_path / 'study'}::{uid}"
    for source in (str(frames), str(min((tmp_path / "study" / "a").iterdir())), named):
        with pytest.raises(
            InputError, match=r"series T1: expected several series, got .*, one volume; leave the series out"
        ):
            read_study(SegmentRequest(source, series="T1", force=True))
    assert "flair" in read_study(SegmentRequest(named)).images


def test_moving_t1_where_there_is_none_is_said(flair: Path) -> None:
    assert "No T1 was there to be moved onto FLAIR." in read_study(SegmentRequest(str(flair), register=True)).notes


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--deidentify"], "--deidentify: expected --dicom with it, got none"),
        (["--truth-label", "2"], "--truth-label and --truth-segment: expected --truth with them, got none"),
        (["--truth-segment", "Tumor"], "--truth-label and --truth-segment: expected --truth with them, got none"),
    ],
)
def test_an_option_of_another_one_is_refused_without_it(
    flair: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert main(["segment", str(flair), "-o", str(tmp_path / "out"), *arguments]) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_classify_writes_no_report_and_takes_no_option_for_one(flair: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["classify", str(flair), "--model", str(tmp_path), "-o", str(tmp_path / "out"), "--with-paths"])
