import numpy as np
import pytest
import SimpleITK as sitk
from heads import ball_volume

from lggseg.errors import InputError
from lggseg.growth.alignment import align, bring
from lggseg.phantom.study import make_phantom

CORNERS = [(x, y, z) for x in (-40.0, 40.0) for y in (-50.0, 50.0) for z in (-30.0, 30.0)]


def coarse(seed: int, growth: float = 1.0) -> dict[str, sitk.Image]:
    return make_phantom(seed=seed, growth=growth, slices=26, size=68, spacing_mm=(3.0, 3.0, 5.0))


def moved(image: sitk.Image, by: sitk.Transform, *, mask: bool = False) -> sitk.Image:
    """The volume as another session would show it: other position, other slices."""
    grid = sitk.Image([73, 73, 34], sitk.sitkUInt8)
    grid.SetSpacing((3.0, 3.0, 4.0))
    grid.SetOrigin(np.add(by.GetInverse().TransformPoint((0, 0, 0)), (-108.0, -108.0, -66.0)).tolist())
    return bring(image, grid, by, mask=mask)


def test_a_moved_head_with_a_grown_tumor_comes_back():
    first, second = coarse(1), coarse(1, growth=2.0)
    by = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.06, -0.05, 0.12, (9.0, -6.0, 14.0))
    flair, label = moved(second["flair"] * 3, by), moved(second["label"], by, mask=True)
    found = align(first["flair"], first["label"], flair, label)
    errors = [np.linalg.norm(np.subtract(by.TransformPoint(found.transform.TransformPoint(p)), p)) for p in CORNERS]
    assert max(errors) < 1.0
    assert found.similarity > 0.9 > found.before
    assert not found.doubtful
    assert found.rotation_degrees == pytest.approx(np.degrees(np.linalg.norm((0.06, -0.05, 0.12))), abs=0.7)


@pytest.mark.slow
def test_another_head_is_doubtful():
    found = align(coarse(1)["flair"], coarse(1)["label"], coarse(5)["flair"], coarse(5)["label"])
    assert found.doubtful


def test_heads_that_share_nothing_are_refused():
    head = ball_volume()
    mask = head > 170
    flat = sitk.Image(head.GetSize(), sitk.sitkFloat32)
    flat.CopyInformation(head)
    with pytest.raises(InputError, match="expected an image, got"):
        align(head, mask, flat, mask)


def test_a_mask_is_brought_with_its_volume():
    mask = coarse(1)["label"]
    by = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.05, 0.05, 0.05, (5.0, 5.0, 5.0))
    there = moved(mask, by, mask=True)
    ml = [float(sitk.GetArrayViewFromImage(one).sum() * np.prod(one.GetSpacing())) for one in (mask, there)]
    assert ml[1] == pytest.approx(ml[0], rel=0.05)
