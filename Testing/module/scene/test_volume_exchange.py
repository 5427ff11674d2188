"""Voxels in and out of the scene: any grid, any transform."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from slicer_case import add_small, block, put_result, settle, shifted, wait_until

pytestmark = pytest.mark.slicer

OBLIQUE = np.array([[0.9, 0.1, 0.3, -20.0], [-0.2, 1.1, 0.2, 10.0], [-0.25, -0.3, 3.8, 5.0], [0, 0, 0, 1]])


def orthogonal_oblique() -> np.ndarray:
    """An oblique grid without shear, 0.9 x 1.1 x 4 mm."""
    axes, _ = np.linalg.qr(OBLIQUE[:3, :3])
    affine = np.eye(4)
    affine[:3, :3] = axes * np.array([0.9, 1.1, 4.0])
    affine[:3, 3] = OBLIQUE[:3, 3]
    return affine


def grids() -> list[np.ndarray]:
    """All 48 orders and directions of the axes, and an oblique one."""
    found = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            affine = np.eye(4)
            affine[:3, :3] = np.eye(3)[:, order] * np.array(signs) * np.array([1.0, 1.2, 4.0])
            affine[:3, 3] = (3.0, -7.0, 11.0)
            found.append(affine)
    return [*found, orthogonal_oblique()]


def nested_transforms(volume):
    """Put a volume under two transforms, and return the outer one."""
    import slicer

    outer, inner = (slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode") for _ in range(2))
    turn = np.eye(4)
    turn[:2, :2] = [[0.8, -0.6], [0.6, 0.8]]
    turn[:3, 3] = (15, 5, -9)
    outer.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(turn))
    inner.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(np.linalg.inv(turn)))
    shift = slicer.util.arrayFromTransformMatrix(inner)
    shift[2, 3] += 4
    slicer.util.updateTransformMatrixFromArray(inner, shift)
    inner.SetAndObserveTransformNodeID(outer.GetID())
    volume.SetAndObserveTransformNodeID(inner.GetID())
    return outer


def test_masks_come_back_as_they_went_on_every_grid(panel):
    import slicer

    from LGGSegmentationLib.Scene import Segmentations, VolumeExchange
    from LGGSegmentationLib.Scene.Result import Result

    mask = block()
    for affine in grids():
        volume = add_small(affine=affine)
        node = Segmentations.newSegmentation(volume)
        segment = Segmentations.addResult(node).segmentId
        Result(node, segment).write(mask, volume)
        np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), mask)
        expected = VolumeExchange.ijkToRas(volume) @ [*(np.argwhere(mask).mean(0)[::-1]), 1]
        # Slicer gives the middle voxel, here up to half a voxel away.
        np.testing.assert_allclose(node.GetSegmentCenterRAS(segment), expected[:3], atol=2.1)
        slicer.mrmlScene.RemoveNode(node)
        slicer.mrmlScene.RemoveNode(volume)


def test_exported_volume_lies_where_it_lay(panel):
    from lggseg.volumes import geometry
    from LGGSegmentationLib.Scene import VolumeExchange

    volume = add_small(affine=orthogonal_oblique())
    image = VolumeExchange.imageFromVolume(volume)
    np.testing.assert_allclose(geometry.ras_affine(image), orthogonal_oblique(), atol=1e-9)


def test_sheared_volume_is_refused_with_advice(panel):
    from lggseg.errors import GeometryError
    from LGGSegmentationLib.Scene import VolumeExchange

    with pytest.raises(GeometryError, match=r"“FLAIR”: .* resample"):
        VolumeExchange.imageFromVolume(add_small(affine=OBLIQUE))


def test_segmentation_stays_on_its_volume_under_nested_transforms(panel):
    import slicer

    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small(affine=orthogonal_oblique())
    outer = nested_transforms(volume)
    node = put_result(panel, volume, block())
    segment = currentResult(node).segmentId
    assert node.GetParentTransformNode() is volume.GetParentTransformNode()
    np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), block())
    np.testing.assert_array_equal(slicer.util.arrayFromSegmentBinaryLabelmap(node, segment, volume), block())
    before = np.array(node.GetSegmentCenterRAS(segment))
    matrix = slicer.util.arrayFromTransformMatrix(outer)
    matrix[0, 3] += 10
    slicer.util.updateTransformMatrixFromArray(outer, matrix)
    np.testing.assert_allclose(np.array(node.GetSegmentCenterRAS(segment)) - before, (10, 0, 0), atol=1e-3)


def test_a_volume_under_another_transform_is_resampled_in_space(panel):
    import SimpleITK as sitk
    import slicer

    from LGGSegmentationLib.Scene import VolumeExchange

    flair, other = add_small("FLAIR"), add_small("T1", affine=np.diag([1.0, 1.0, 4.0, 1.0]))
    shift = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = np.eye(4)
    matrix[0, 3] = 5.0
    slicer.util.updateTransformMatrixFromArray(shift, matrix)
    other.SetAndObserveTransformNodeID(shift.GetID())
    seen = sitk.GetArrayFromImage(VolumeExchange.imageInSpaceOf(other, flair))
    original = slicer.util.arrayFromVolume(other)
    np.testing.assert_allclose(seen[:, :, 5:], original[:, :, :-5], atol=1e-3)


def test_a_hardened_transform_does_not_move_the_outline(panel):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import Result, currentResult

    volume = add_small()
    shifted(volume, 6.0)
    node = put_result(panel, volume, block())
    segment = currentResult(node).segmentId
    volume.HardenTransform()
    settle()
    np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), block())
    assert not Result(node, segment).isEdited()
    assert "ml" in panel.ui.volumeLabel.text
    panel.parameters.threshold = 0.3
    assert wait_until(lambda: Result(node, segment).threshold == 0.3, 5)
    np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, volume), block())
