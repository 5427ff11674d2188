"""Stand-in of the Segment Statistics logic: runs registered plugins; Slicer's own plugins are not here."""

from __future__ import annotations

import logging
from typing import Any

import slicer
import vtk
from SegmentStatisticsPlugins import SegmentStatisticsPluginBase
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic


class SegmentStatisticsLogic(ScriptedLoadableModuleLogic):
    """Computes measurements of all visible segments.

    As in Slicer, to make a logic makes every registered plugin and its panel: one bad plugin breaks it for everyone.
    """

    registeredPlugins: list[type] = []  # noqa: RUF012 - shared on purpose, as in Slicer

    @staticmethod
    def registerPlugin(plugin: SegmentStatisticsPluginBase) -> None:
        """Add a plugin, given as an object of it; anything else is passed over in silence, as in Slicer."""
        if not isinstance(plugin, SegmentStatisticsPluginBase):
            return
        if any("." in key for key in plugin.keys):
            logging.warning("plugin keys must not contain a dot: %s", plugin.keys)
        if type(plugin) in SegmentStatisticsLogic.registeredPlugins:
            logging.warning("plugin %s is registered already", type(plugin).__name__)
            return
        SegmentStatisticsLogic.registeredPlugins.append(type(plugin))

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.plugins = [cls() for cls in SegmentStatisticsLogic.registeredPlugins]
        self.isSingletonParameterNode = False
        self.parameterNode: Any = None
        self._statistics: dict[Any, Any] = {}
        self.reset()

    def getParameterNode(self) -> Any:
        """Return the parameter node, made when there is none."""
        if not self.parameterNode:
            self.setParameterNode(super().getParameterNode())
        return self.parameterNode

    def setParameterNode(self, parameterNode: Any) -> None:
        """Use a parameter node; each plugin sets what is not set yet."""
        if self.parameterNode is parameterNode:
            return
        self.setDefaultParameters(parameterNode)
        self.parameterNode = parameterNode
        for plugin in self.plugins:
            plugin.setParameterNode(parameterNode)

    def setDefaultParameters(self, parameterNode: Any) -> None:
        """Turn on all plugins."""
        for plugin in self.plugins:
            plugin.setDefaultParameters(parameterNode)
        if not parameterNode.GetParameter("visibleSegmentsOnly"):
            parameterNode.SetParameter("visibleSegmentsOnly", "True")

    def getStatistics(self) -> dict[Any, Any]:
        """Return what was computed: values by (segment, key), and what is told about each key."""
        return self._statistics

    def reset(self) -> None:
        """Forget what was computed."""
        self.getParameterNode()
        self._statistics = {"SegmentIDs": [], "MeasurementInfo": {}}

    def computeStatistics(self) -> None:
        """Compute; a transformed segmentation is measured in a hardened copy, as in Slicer."""
        self.reset()
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
                self.updateStatisticsForSegment(ids.GetValue(index))
        finally:
            if copy is not None:
                node.SetParameter("Segmentation", segmentation_node.GetID())
                slicer.mrmlScene.RemoveNode(copy)

    def updateStatisticsForSegment(self, segmentID: str) -> None:
        """Compute for one segment, with the plugins that are on."""
        node = self.getParameterNode()
        segmentation = slicer.mrmlScene.GetNodeByID(node.GetParameter("Segmentation")).GetSegmentation()
        self._statistics["SegmentIDs"].append(segmentID)
        self._statistics[segmentID, "Segment"] = segmentation.GetSegment(segmentID).GetName()
        for plugin in self.plugins:
            if node.GetParameter(type(plugin).__name__ + ".enabled") != "True":
                continue
            for key, value in plugin.computeStatistics(segmentID).items():
                long_key = plugin.toLongKey(key)
                self._statistics[segmentID, long_key] = value
                self._statistics["MeasurementInfo"][long_key] = plugin.getMeasurementInfo(key)
