"""One outline of this module: a segment, and the segmentation it lies in."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk
import slicer
import vtk

from lggseg.growth.record import origin_of
from lggseg.model.postprocessing import MaskRule
from lggseg.volumes import geometry
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Texts import _
from LGGSegmentationLib.Scene.VolumeExchange import Array

REPORT_ATTRIBUTE = "LGGSegmentation.Report"
FINGERPRINT_TAG, _THRESHOLD_TAG = "LGGSegmentation.Fingerprint", "LGGSegmentation.Threshold"
RUN_TAG = "LGGSegmentation.Run"
_REFERENCE_ROLE = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()


@dataclass(frozen=True)
class Snapshot:
    """An outline at some time.

    Attributes:
        mask: Its voxels, ``(K, J, I)``.
        fingerprint: Of the outline that was last written.
        threshold: What that was made with, as text.
    """

    mask: Array
    fingerprint: str
    threshold: str


@dataclass(frozen=True)
class Result:
    """A segment that this module made.

    Attributes:
        node: The segmentation node.
        segmentId: The segment in it.
    """

    node: Any
    segmentId: str

    @property
    def scene(self) -> Any:
        """The scene that it lies in."""
        return self.node.GetScene()

    @property
    def segment(self) -> Any:
        """The segment itself."""
        return self.node.GetSegmentation().GetSegment(self.segmentId)

    @property
    def flair(self) -> Any:
        """The volume that it was made on, None where that is gone."""
        return flairOf(self.node)

    @property
    def name(self) -> str:
        """Name of the volume that it belongs to, or of the segmentation where that is gone."""
        return str((self.flair or self.node).GetName())

    def mask(self) -> Array:
        """Return its voxels, ``(K, J, I)`` uint8, on the grid of its volume as the views show the two."""
        return VolumeExchange.readMask(self.node, self.segmentId, self.flair)

    def image(self) -> sitk.Image:
        """Return its voxels as an image on the grid of its volume, ready to be measured."""
        return geometry.image_from_array(self.mask(), VolumeExchange.ijkToRas(self.flair))

    def write(self, mask: Array, volumeNode: Any) -> None:
        """Put an outline of ours into the segment, and remember what it looked like.

        Args:
            mask: ``(K, J, I)``, on the grid of ``volumeNode``.
            volumeNode: Under the same transform as the segmentation.
        """
        VolumeExchange.writeMask(mask, self.node, self.segmentId, volumeNode)
        self.segment.SetTag(FINGERPRINT_TAG, fingerprint(mask))

    def snapshot(self) -> Snapshot:
        """Return what it is now, to come back to."""
        return Snapshot(self.mask(), self.tag(FINGERPRINT_TAG), self.tag(_THRESHOLD_TAG))

    def restore(self, snapshot: Snapshot) -> None:
        """Make it what it was: one that was corrected by hand counts as such again."""
        VolumeExchange.writeMask(snapshot.mask, self.node, self.segmentId, self.flair)
        self.segment.SetTag(FINGERPRINT_TAG, snapshot.fingerprint)
        self.segment.SetTag(_THRESHOLD_TAG, snapshot.threshold)

    def isEdited(self) -> bool:
        """Tell whether it was changed by hand since it was written; where the volume is gone, that counts as one."""
        return self.flair is None or not self.wasWrittenAs(fingerprint(self.mask()))

    def wasWrittenAs(self, outlineFingerprint: str) -> bool:
        """Tell whether we wrote it as that outline; if not, somebody changed it by hand since."""
        return self.tag(FINGERPRINT_TAG) == outlineFingerprint

    def isAsRun(self, outlineFingerprint: str = "") -> bool:
        """Tell whether it is as its run left it: not corrected, and at the run's threshold.

        Args:
            outlineFingerprint: Of its voxels, where that is known; else they are read.
        """
        if self.flair is None or self.threshold != self.runThreshold:
            return False
        return self.wasWrittenAs(outlineFingerprint or fingerprint(self.mask()))

    def maskAt(self, threshold: float, probability: Array) -> Array:
        """Return what the run would have outlined at a threshold; at its own the same as it did.

        Args:
            threshold: From 0 to 1.
            probability: ``(K, J, I)``, the map of the run.
        """
        record = self._record()
        if threshold == self.runThreshold and record.get("found") is False:
            return np.zeros(probability.shape, np.uint8)  # the model may have held back what was not sure enough
        return MaskRule(threshold, record.get("components", "all")).mask(probability)

    def isEmpty(self) -> bool:
        """Tell whether it has no voxels, wherever they lie."""
        return VolumeExchange.isEmpty(self.node, self.segmentId)

    @property
    def threshold(self) -> float | None:
        """The threshold that it was made with, None where that is not known."""
        text = self.tag(_THRESHOLD_TAG)
        return float(text) if text else None

    def setThreshold(self, threshold: float) -> None:
        """Note the threshold that it was made with; undo brings both back."""
        self.segment.SetTag(_THRESHOLD_TAG, repr(threshold))

    @property
    def runThreshold(self) -> float | None:
        """The threshold of the run that made it; the slider may have moved since."""
        threshold = self._record().get("threshold")
        return float(threshold) if threshold is not None else None

    @property
    def report(self) -> dict[str, Any]:
        """The record of the run that made it, with its present threshold; empty without."""
        record = self._record()
        return record if not record or self.threshold is None else {**record, "threshold": self.threshold}

    @property
    def run(self) -> str:
        """The run that made it, empty in old scenes; undo brings it back with the voxels, the Segment Editor's too."""
        return self.tag(RUN_TAG)

    def beginRun(self) -> None:
        """Note that what is written from here on is of another run."""
        self.segment.SetTag(RUN_TAG, uuid.uuid4().hex)

    def _recordName(self) -> str:
        return ".".join(filter(None, (REPORT_ATTRIBUTE, self.segmentId, self.run)))

    def _record(self) -> dict[str, Any]:
        own = self.node.GetAttribute(self._recordName())
        text = own or self.node.GetAttribute(REPORT_ATTRIBUTE)  # where version 0.1 kept it
        record: dict[str, Any] = json.loads(text) if text else {}
        return record

    def notes(self, *, asRun: bool) -> list[str]:
        """Return what a reader has to know.

        Args:
            asRun: What ``isAsRun`` says; what was noted of the run's outline need not hold for another.
        """
        notes = [str(note) for note in self._record().get("notes", [])]
        if notes and not asRun:
            notes.insert(0, _("The outline was changed since; what follows was noted of the model's own:"))
        return notes

    def setReport(self, report: dict[str, Any]) -> None:
        """Keep the record of the run, so that it is saved with the scene."""
        self.node.SetAttribute(self._recordName(), json.dumps(report))

    @property
    def model(self) -> str:
        """Name and version of the model that made it, empty where they are not known."""
        model = self.report.get("model", {})
        return " ".join(str(model[key]) for key in ("name", "version") if model.get(key))

    @property
    def origin(self) -> str:
        """What made it, weights and threshold included, as in growth; empty where that is not known."""
        report = self.report
        try:
            return origin_of(report["model"], float(report["threshold"]), report["components"])
        except (KeyError, TypeError):
            return ""

    def tag(self, name: str) -> str:
        """Return a tag of the segment, empty without."""
        value = vtk.reference("")
        return str(value) if self.segment.GetTag(name, value) else ""


def fingerprint(mask: Array) -> str:
    """Return a short text that differs for different masks."""
    return hashlib.sha256(np.packbits(mask > 0).tobytes()).hexdigest()[:16]


def flairOf(segmentationNode: Any) -> Any:
    """Return the volume that a segmentation was made on, or None."""
    return segmentationNode.GetNodeReference(_REFERENCE_ROLE)


def resultsIn(segmentationNode: Any) -> list[Result]:
    """Return the segments of a segmentation that this module made, oldest first."""
    segmentation = segmentationNode.GetSegmentation()
    ids = [segmentation.GetNthSegmentID(i) for i in range(segmentation.GetNumberOfSegments())]
    results = [Result(segmentationNode, segmentId) for segmentId in ids]
    return [result for result in results if result.tag(FINGERPRINT_TAG)]


def currentResult(segmentationNode: Any) -> Result | None:
    """Return the result of the last run in a segmentation; None without one, or without a segmentation."""
    results = resultsIn(segmentationNode) if segmentationNode is not None else []
    return results[-1] if results else None


def latestResultOf(flairNode: Any) -> Result | None:
    """Return the latest result of a volume in its scene, None without one, or without a volume."""
    if flairNode is None:
        return None
    nodes = nodesOf(flairNode.GetScene(), "vtkMRMLSegmentationNode")
    found = [currentResult(node) for node in nodes if flairOf(node) is flairNode]
    results = [result for result in found if result is not None]
    return results[-1] if results else None


def nodesOf(scene: Any, className: str) -> list[Any]:
    """Return the nodes of a class in a scene, in its order."""
    return [scene.GetNthNodeByClass(index, className) for index in range(scene.GetNumberOfNodesByClass(className))]
