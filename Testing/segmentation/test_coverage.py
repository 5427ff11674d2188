"""Whether T1 lies where FLAIR does."""

from __future__ import annotations

from pathlib import Path

import pytest
import SimpleITK as sitk
from heads import ball_volume

from lggseg.errors import GeometryError, InputError
from lggseg.segmentation.coverage import check, share_covered
from lggseg.segmentation.request import SegmentRequest
from lggseg.segmentation.study import read_study


def moved(image: sitk.Image, *by: float) -> sitk.Image:
    result = sitk.Image(image)
    result.SetOrigin([at + step for at, step in zip(image.GetOrigin(), by, strict=True)])
    return result


def width(image: sitk.Image) -> float:
    return float(image.GetSize()[0] * image.GetSpacing()[0])


def test_the_same_grid_covers_all_and_half_of_it_half() -> None:
    flair = ball_volume()
    assert share_covered(flair, flair) == 1.0
    assert share_covered(flair, moved(flair, width(flair) / 2, 0, 0)) == pytest.approx(0.5, abs=0.1)
    assert not check(flair, sitk.DICOMOrient(flair, "PIR"), "pre")


def test_a_part_is_said_and_another_place_refused() -> None:
    flair = ball_volume()
    said = read_study(SegmentRequest(flair, pre=moved(flair, width(flair) / 2, 0, 0))).notes
    assert any(note.startswith("pre covers") and note.endswith("judged without it.") for note in said)
    with pytest.raises(GeometryError, match="post: expected a volume of the same head in the same place as FLAIR"):
        read_study(SegmentRequest(flair, post=moved(flair, 500, 0, 0)))


def test_a_mask_or_flair_in_the_place_of_t1_is_refused_or_said(tmp_path: Path) -> None:
    flair = ball_volume()
    with pytest.raises(InputError, match="pre: expected a T1 volume, got a mask or label map: it holds 2 different"):
        read_study(SegmentRequest(flair, pre=sitk.Cast(flair > 100, sitk.sitkUInt8)))
    for name, doubtful in (("P_flair.nii.gz", True), ("P_t1gd.nii.gz", True), ("P_t1.nii.gz", False)):
        sitk.WriteImage(flair, str(tmp_path / name))
        notes = read_study(SegmentRequest(flair, pre=tmp_path / name)).notes
        assert any(note.startswith("pre may be no such volume") for note in notes) is doubtful
