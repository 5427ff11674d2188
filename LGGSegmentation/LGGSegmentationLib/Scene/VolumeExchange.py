"""Voxels in and out of the scene.

Everything is done in the FLAIR volume's own space. The segmentation takes over the volume's parent transform,
so the two stay together under any transform, nested or not linear.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
import slicer
import vtk
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from lggseg.errors import GeometryError
from lggseg.volumes import geometry

Array = npt.NDArray[Any]


def voxels(volumeNode: Any) -> Array:
    """Return the voxels of a volume as ``(K, J, I)``: the scene's own memory, not a copy."""
    return _voxelsOf(volumeNode.GetImageData())


def setVoxels(volumeNode: Any, array: Array) -> None:
    """Give a volume other voxels, ``(K, J, I)``."""
    image = vtk.vtkImageData()
    image.SetDimensions(*array.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True))
    volumeNode.SetAndObserveImageData(image)


def arrayOfMatrix(matrix: Any) -> Array:
    """Return a ``vtkMatrix4x4`` as an array ``(4, 4)``."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrixOfArray(array: Array) -> Any:
    """Return an array ``(4, 4)`` as a ``vtkMatrix4x4``."""
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(array, dtype=float).ravel())
    return matrix


def ijkToRas(node: Any) -> Array:
    """Return the ``(4, 4)`` matrix from voxel index to the node's own RAS millimetres.

    Args:
        node: A volume node.
    """
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return arrayOfMatrix(matrix)


def imageFromVolume(volumeNode: Any) -> sitk.Image:
    """Copy a volume out of the scene, in its own space.

    Raises:
        GeometryError: If its axes are sheared.
    """
    try:
        return geometry.image_from_array(voxels(volumeNode), ijkToRas(volumeNode))
    except GeometryError as error:
        msg = f"“{volumeNode.GetName()}”: {error}"
        raise GeometryError(msg) from error


def imageInSpaceOf(volumeNode: Any, referenceNode: Any) -> sitk.Image:
    """Copy a volume out of the scene, as seen from the space of another one.

    Volumes under the same transform keep their grid. Others are resampled onto the reference's grid, through
    whatever transforms lie between.
    """
    between = _between(referenceNode, volumeNode)
    if between is None:
        return imageFromVolume(volumeNode)
    steps = vtk.vtkGeneralTransform()
    steps.PostMultiply()
    steps.Concatenate(matrixOfArray(ijkToRas(referenceNode)))
    steps.Concatenate(between)
    steps.Concatenate(matrixOfArray(np.linalg.inv(ijkToRas(volumeNode))))
    reslice = vtk.vtkImageReslice()
    # Plain indices on both sides; the places in space are in the transform.
    plain = vtk.vtkImageData()
    plain.ShallowCopy(volumeNode.GetImageData())
    plain.SetOrigin(0, 0, 0)
    plain.SetSpacing(1, 1, 1)
    reslice.SetInputData(plain)
    reslice.SetResliceTransform(steps)
    reslice.SetOutputOrigin(0, 0, 0)
    reslice.SetOutputSpacing(1, 1, 1)
    reslice.SetOutputExtent(referenceNode.GetImageData().GetExtent())
    reslice.SetInterpolationModeToLinear()
    reslice.Update()
    return geometry.image_from_array(_voxelsOf(reslice.GetOutput()), ijkToRas(referenceNode))


def orientedImage(mask: Array, volumeNode: Any) -> Any:
    """Return a mask as the image class that segments are made of, on the grid of a volume."""
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(*mask.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(mask, np.uint8).ravel(), deep=True))
    matrix = vtk.vtkMatrix4x4()
    volumeNode.GetIJKToRASMatrix(matrix)
    image.SetGeometryFromImageToWorldMatrix(matrix)
    return image


def writeMask(mask: Array, segmentationNode: Any, segmentId: str, volumeNode: Any) -> None:
    """Replace the voxels of one segment; other segments stay as they are.

    Args:
        mask: ``(K, J, I)``, on the grid of ``volumeNode``.
        segmentationNode: Under the same transform as ``volumeNode``.
        segmentId: The segment.
        volumeNode: Gives the grid.
    """
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    done = logic.SetBinaryLabelmapToSegment(
        orientedImage(mask, volumeNode), segmentationNode, segmentId, logic.MODE_REPLACE
    )
    if not done:
        msg = f"{segmentationNode.GetName()}: the segment {segmentId} could not be written; choose a new segmentation"
        raise RuntimeError(msg)


def readMask(segmentationNode: Any, segmentId: str, volumeNode: Any) -> Array:
    """Return the voxels of one segment, ``(K, J, I)`` uint8 of 0 and 1, on the grid of a volume.

    The two lie where the views show them, also when one of them was moved or its transform hardened.
    """
    empty = np.zeros(volumeNode.GetImageData().GetDimensions()[::-1], np.uint8)
    segment = _labelmap(segmentationNode, segmentId)
    if segment is None:
        return empty
    onGrid = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
        segment, orientedImage(empty, volumeNode), onGrid, False, False, _between(segmentationNode, volumeNode)
    )
    return np.asarray(_voxelsOf(onGrid) > 0, dtype=np.uint8)


def isEmpty(segmentationNode: Any, segmentId: str) -> bool:
    """Tell whether a segment has no voxels, wherever they lie."""
    segment = _labelmap(segmentationNode, segmentId)
    return segment is None or not bool(np.any(vtk_to_numpy(segment.GetPointData().GetScalars())))


def _labelmap(segmentationNode: Any, segmentId: str) -> Any:
    """Return the voxels of one segment where they are stored, None where it has none."""
    segment = slicer.vtkOrientedImageData()
    if not segmentationNode.GetBinaryLabelmapRepresentation(segmentId, segment) or segment.IsEmpty():
        return None
    return segment


def _voxelsOf(image: Any) -> Array:
    scalars = vtk_to_numpy(image.GetPointData().GetScalars())
    return np.asarray(scalars).reshape(image.GetDimensions()[::-1])


def _between(fromNode: Any, toNode: Any) -> Any:
    """Return the transform from the space of one node to that of another, None where it is the same."""
    if fromNode.GetTransformNodeID() == toNode.GetTransformNodeID():
        return None
    between = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(
        fromNode.GetParentTransformNode(), toNode.GetParentTransformNode(), between
    )
    return between
