"""Stand-in of the Segment Statistics logic: runs registered plugins; Slicer's own plugins are not here."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from SegmentStatisticsPlugins import SegmentStatisticsPluginBase
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic


class SegmentStatisticsLogic(ScriptedLoadableModuleLogic):
    """Computes measurements of all visible segments."""

    registeredPlugins: list[type] = []  # noqa: RUF012 - shared on purpose, as in Slicer

    @staticmethod
    def registerPlugin(plugin: SegmentStatisticsPluginBase) -> None:
        """Add a plugin, given as an object of it."""
        if not isinstance(plugin, SegmentStatisticsPluginBase):
            return
        if any("." in key for key in plugin.keys):
            msg = f"plugin keys must not contain a dot: {plugin.keys}"
            raise ValueError(msg)
        if type(plugin) not in SegmentStatisticsLogic.registeredPlugins:
            SegmentStatisticsLogic.registeredPlugins.append(type(plugin))

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.plugins = [cls() for cls in SegmentStatisticsLogic.registeredPlugins]
        self._statistics: dict[Any, Any] = {"SegmentIDs": [], "MeasurementInfo": {}}
        node = self.getParameterNode()
        node.SetParameter("visibleSegmentsOnly", "True")
        for plugin in self.plugins:
            plugin.setParameterNode(node)

    def getStatistics(self) -> dict[Any, Any]:
        """Return what was computed: values by (segment, key), and what is told about each key."""
        return self._statistics

    def computeStatistics(self) -> None:
        """Compute; a transformed segmentation is measured in a hardened copy, as in Slicer."""
        self._statistics = {"SegmentIDs": [], "MeasurementInfo": {}}
        node = self.getParameterNode()
        segmentation_node = slicer.mrmlScene.GetNodeByID(node.GetParameter("Segmentation"))
        copy = None
        if segmentation_node.GetParentTransformNode() is not None:
            copy = slicer.vtkMRMLSegmentationNode()
            copy.Copy(segmentation_node)
            copy.HideFromEditorsOn()
            slicer.mrmlScene.AddNode(copy)
            copy.HardenTransform()
            node.SetParameter("Segmentation", copy.GetID())
        try:
            ids = vtk.vtkStringArray()
            segmentation_node.GetDisplayNode().GetVisibleSegmentIDs(ids)
            for index in range(ids.GetNumberOfValues()):
                self._compute_one(segmentation_node, ids.GetValue(index))
        finally:
            if copy is not None:
                node.SetParameter("Segmentation", segmentation_node.GetID())
                slicer.mrmlScene.RemoveNode(copy)

    def _compute_one(self, segmentation_node: Any, segment_id: str) -> None:
        self._statistics["SegmentIDs"].append(segment_id)
        name = segmentation_node.GetSegmentation().GetSegment(segment_id).GetName()
        self._statistics[segment_id, "Segment"] = name
        for plugin in self.plugins:
            for key, value in plugin.computeStatistics(segment_id).items():
                long_key = plugin.toLongKey(key)
                self._statistics[segment_id, long_key] = value
                self._statistics["MeasurementInfo"][long_key] = plugin.getMeasurementInfo(key)
