"""Our shape features in Slicer's own Segment Statistics, for any segment, also one corrected by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from SegmentStatisticsPlugins import SegmentStatisticsPluginBase
from slicer.i18n import tr as _
from vtkmodules.util.numpy_support import vtk_to_numpy

from lggseg.shape import FEATURES, measure
from lggseg.shape.registry import feature


class LGGShapeSegmentStatisticsPlugin(SegmentStatisticsPluginBase):
    """Measures the shape of a segment with ``lggseg.shape``."""

    def __init__(self) -> None:
        """Name the plugin and its measurements."""
        super().__init__()
        # The name tells plugins apart and stays English, as those of Slicer's own; the title is for people.
        self.name = "Glioma shape"
        self.title = _("Glioma shape")
        self.keys = [item.key for item in FEATURES]
        self.defaultKeys = list(self.keys)

    def computeStatistics(self, segmentID: str) -> dict[str, Any]:
        """Measure one segment.

        Returns:
            Values by key; a measurement that is not defined for this shape is left out.
        """
        requested = set(self.getRequestedKeys())
        node = slicer.mrmlScene.GetNodeByID(self.getParameterNode().GetParameter("Segmentation"))
        if not requested or node is None:
            return {}
        image = segmentImage(node, segmentID)
        values = measure(image) if image is not None else {}
        return {key: value for key, value in values.items() if key in requested and value is not None}

    def getMeasurementInfo(self, key: str) -> dict[str, Any] | None:
        """Tell what a measurement is."""
        if key not in self.keys:
            return None
        item = feature(key)
        return self.createMeasurementInfo(
            name=item.label,
            title=item.label,
            description=f"{item.definition} ({item.source})",
            units=item.unit or None,
        )


def segmentImage(segmentationNode: Any, segmentId: str) -> Any:
    """Return a segment as a SimpleITK image on the whole grid of its segmentation; None when it is empty.

    The whole grid, not the box round the segment: features of left and right need the middle of the image.
    """
    from lggseg.volumes import geometry  # noqa: PLC0415 - loads SimpleITK, and this file is loaded when Slicer starts

    segment = slicer.vtkOrientedImageData()
    if not segmentationNode.GetBinaryLabelmapRepresentation(segmentId, segment) or segment.IsEmpty():
        return None
    whole = _wholeGrid(segmentationNode, segment)
    array = vtk_to_numpy(whole.GetPointData().GetScalars()).reshape(whole.GetDimensions()[::-1])
    matrix = vtk.vtkMatrix4x4()
    whole.GetImageToWorldMatrix(matrix)
    ras = slicer.util.arrayFromVTKMatrix(matrix)
    # The image may start at any index, its matrix counts from index 0.
    ras[:3, 3] += ras[:3, :3] @ np.array(whole.GetExtent()[::2])
    return geometry.image_from_array((array > 0).astype(np.uint8), ras)


def _wholeGrid(segmentationNode: Any, segment: Any) -> Any:
    """Spread a segment over the grid that its segmentation was made on, if it fits into it."""
    converter = slicer.vtkSegmentationConverter
    text = segmentationNode.GetSegmentation().GetConversionParameter(converter.GetReferenceImageGeometryParameterName())
    grid = slicer.vtkOrientedImageData()
    if not text or not converter.DeserializeImageGeometry(text, grid, True):
        return segment
    whole = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(segment, grid, whole)
    kept = np.count_nonzero(vtk_to_numpy(whole.GetPointData().GetScalars()))
    inside = np.count_nonzero(vtk_to_numpy(segment.GetPointData().GetScalars()))
    return whole if kept == inside else segment


def register() -> None:
    """Add the plugin to Segment Statistics; one of an earlier load of this file makes way."""
    from SegmentStatistics import SegmentStatisticsLogic  # noqa: PLC0415 - a Slicer module, there after start-up only

    known = SegmentStatisticsLogic.registeredPlugins
    known[:] = [cls for cls in known if cls.__name__ != LGGShapeSegmentStatisticsPlugin.__name__]
    SegmentStatisticsLogic.registerPlugin(LGGShapeSegmentStatisticsPlugin())
