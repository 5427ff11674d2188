"""Export as DICOM SEG, through the plugin that Slicer 5.12 has in its core."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Scene.Result import Result, resultsIn

_PLUGIN = "DICOMSegmentationPlugin"


def reasonNotPossible(result: Result | None) -> str:
    """Return why a result cannot be exported, or an empty text."""
    if result is None:
        return _("There is no result to export yet.")
    if result.flair is None or not result.flair.GetAttribute("DICOM.instanceUIDs"):
        return _(
            "DICOM SEG needs a FLAIR volume that was loaded from DICOM; save the segmentation as .seg.nrrd instead."
        )
    if getattr(slicer, "dicomDatabase", None) is None:
        return _("Slicer's DICOM database is not open: open the DICOM module once.")
    if importlib.util.find_spec(_PLUGIN) is None:
        return _("DICOM SEG export comes with Slicer 5.12; in Slicer 5.10 install the extension QuantitativeReporting.")
    return ""


def export(segmentationNode: Any, folder: Path) -> None:
    """Write a DICOM SEG file.

    Args:
        segmentationNode: The segmentation; its volume came from DICOM.
        folder: Where the file goes.

    Raises:
        RuntimeError: With what the exporter said.
    """
    for result in resultsIn(segmentationNode):
        _declareAlgorithm(result)
    plugin = importlib.import_module(_PLUGIN).DICOMSegmentationPluginClass()
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    exportables = plugin.examineForExport(hierarchy.GetItemByDataNode(segmentationNode))
    if not exportables:
        raise RuntimeError(_("Slicer's DICOM SEG exporter does not accept this segmentation: see Slicer's error log."))
    for exportable in exportables:
        exportable.directory = str(folder)
    message = plugin.export(exportables)
    if message:
        raise RuntimeError(_("DICOM SEG export failed: {message}").format(message=message))


def _declareAlgorithm(result: Result) -> None:
    """Say who drew a segment of ours: without these tags the exporter calls a network's outline manual."""
    result.segment.SetTag("DICOM.SegmentAlgorithmType", "SEMIAUTOMATIC" if result.isEdited() else "AUTOMATIC")
    result.segment.SetTag("DICOM.SegmentAlgorithmName", result.model or "LGGSegmentation")
