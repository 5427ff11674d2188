"""Whether T1 lies where FLAIR does."""

from __future__ import annotations

import pytest
import SimpleITK as sitk
from heads import ball_volume

from lggseg.errors import GeometryError
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
