"""What the module does, for the panel and for scripts alike."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from lggseg.model.postprocessing import MaskRule
from LGGSegmentationLib.ParameterNode import LGGSegmentationParameterNode
from LGGSegmentationLib.Process.SegmentationJob import DONE, FAILED, Callbacks, Outcome, RunSettings, SegmentationJob
from LGGSegmentationLib.Scene import Diameters, Measurements, SceneWriter, TimePoints
from LGGSegmentationLib.Scene.Undo import UndoHistory

RequirementsFile = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"


class LGGSegmentationLogic(ScriptedLoadableModuleLogic):
    """Segments, measures, and keeps the scene in order.

    From a script, without the panel::

        logic = LGGSegmentationLogic()
        outcome = logic.segment(flairNode)
        print(outcome.found, outcome.report["measurements"]["volume_ml"])
    """

    jobClass = SegmentationJob

    def __init__(self) -> None:
        """Make a logic without a run."""
        super().__init__()
        self.undoHistory = UndoHistory()
        self.job: SegmentationJob | None = None

    def getParameterNode(self) -> Any:
        """Return the module's parameters."""
        return LGGSegmentationParameterNode(super().getParameterNode())

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.job is not None and self.job.running

    def start(
        self,
        parameters: Any,
        *,
        keepEdited: bool = True,
        progress: Callable[[float, str], None] = lambda share, stage: None,
        log: Callable[[str], None] = lambda text: None,
        finished: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        """Start a run; the result is put into the scene when it ends.

        Args:
            parameters: The module's parameter node; its output nodes are set.
            keepEdited: Whether a segment that was corrected by hand is kept, and the result goes beside it.
            progress: Told the share done and the stage.
            log: Told lines for the log.
            finished: Told how it ended, after the scene is up to date.

        Raises:
            RuntimeError: If a run is under way.
        """
        if self.running:
            raise RuntimeError(_("A segmentation is running already: wait for it or cancel it."))
        flair = parameters.flairVolume
        settings = RunSettings(
            flair=flair,
            pre=parameters.preVolume,
            post=parameters.postVolume,
            threshold=parameters.threshold,
            align=parameters.alignVolumes,
            modelFolder=parameters.modelFolder,
            runtime=parameters.runtime,
        )

        names = {name: node.GetName() for name, node in settings.volumes.items()}

        def onFinished(outcome: Outcome) -> None:
            self.job = None
            if outcome.status == DONE:
                outcome.report = _withNames(outcome.report, names)
                outcome = self._imported(outcome, flair, parameters, keepEdited=keepEdited)
            finished(outcome)

        self.job = self.jobClass(settings, Callbacks(progress, log, onFinished))
        self.job.start()

    def cancel(self) -> None:
        """Stop the run, if there is one."""
        if self.job is not None:
            self.job.cancel()

    def segment(self, flair: Any, pre: Any = None, post: Any = None, timeoutSeconds: float = 600.0) -> Outcome:
        """Segment and wait, for scripts; the result is in the scene and in the parameter node.

        Args:
            flair: Volume node.
            pre: Volume node of T1 before contrast.
            post: Volume node of T1 after contrast.
            timeoutSeconds: When to give up.

        Raises:
            RuntimeError: If the run failed; the message says why.
        """
        parameters = self.getParameterNode()
        parameters.flairVolume, parameters.preVolume, parameters.postVolume = flair, pre, post
        outcomes: list[Outcome] = []
        self.start(parameters, finished=outcomes.append)
        end = time.monotonic() + timeoutSeconds
        while not outcomes:
            slicer.app.processEvents()
            time.sleep(0.01)
            if self.job is None and not outcomes:
                raise RuntimeError(_("The run was ended: the scene or the module was closed."))
            if time.monotonic() > end:
                self.cancel()
                end = float("inf")
        if outcomes[0].status != DONE:
            raise RuntimeError(outcomes[0].message)
        return outcomes[0]

    def _imported(self, outcome: Outcome, flair: Any, parameters: Any, *, keepEdited: bool) -> Outcome:
        """Put a result into the scene; return it, or why that failed."""
        if not slicer.mrmlScene.IsNodePresent(flair):
            return Outcome(FAILED, _("The FLAIR volume was removed while it was segmented: there is no result."))
        try:
            self.importOutcome(outcome, flair, parameters, keepEdited=keepEdited)
        except Exception as error:
            logging.exception("The result could not be put into the scene")
            text = _("The result could not be put into the scene: {error}")
            return Outcome(FAILED, text.format(error=error or type(error).__name__))
        return outcome

    def importOutcome(self, outcome: Outcome, flair: Any, parameters: Any, *, keepEdited: bool) -> None:
        """Put a result into the scene."""
        node = parameters.segmentation
        if node is None or not SceneWriter.takesResultOf(node, flair):
            node = SceneWriter.newSegmentation(flair)
        else:
            self.undoHistory.save(node)
            if node.GetSegmentation().GetNumberOfSegments() == 0:
                SceneWriter.attach(node, flair)
        segmentId = SceneWriter.currentSegmentId(node)
        if segmentId is None or (keepEdited and SceneWriter.isEdited(node, segmentId)):
            segmentId = SceneWriter.addSegment(node)
        SceneWriter.writeSegment(outcome.mask, node, segmentId, flair)
        SceneWriter.writeThreshold(node, segmentId, float(outcome.report["threshold"]))
        SceneWriter.writeReport(outcome.report, node)
        parameters.segmentation = node
        parameters.probabilityVolume = SceneWriter.writeProbability(outcome, flair, parameters.probabilityVolume)
        self.showMeasurements(outcome.report["measurements"], parameters)
        if parameters.addToTimePoints:
            self.addTimePoint(outcome.report["measurements"], parameters)
        self._hideOthers(node)
        if outcome.found:
            SceneWriter.showInSlices(flair, node, segmentId)
        if parameters.show3D:
            SceneWriter.show3D(node, shown=True)

    @staticmethod
    def _hideOthers(shown: Any) -> None:
        """Hide our results of other volumes, which would lie over this one."""
        for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"):
            isOurs = SceneWriter.currentSegmentId(node) is not None
            if isOurs and SceneWriter.flairOf(node) is not SceneWriter.flairOf(shown):
                node.GetDisplayNode().SetVisibility(False)
                Diameters.setVisible(node, False)

    @staticmethod
    def isResultOfOther(segmentationNode: Any, flair: Any) -> bool:
        """Tell whether a segmentation holds a result of another volume, an earlier time point say."""
        if segmentationNode is None or SceneWriter.currentSegmentId(segmentationNode) is None:
            return False
        return SceneWriter.flairOf(segmentationNode) is not flair

    @staticmethod
    def resultOf(flair: Any) -> tuple[Any, Any]:
        """Return the latest segmentation and the probability map of a volume, each None where there is none."""
        nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode") if flair is not None else []
        ours = [n for n in nodes if SceneWriter.currentSegmentId(n) and SceneWriter.flairOf(n) is flair]
        return (ours[-1] if ours else None), (SceneWriter.probabilityOf(flair) if ours else None)

    def applyThreshold(self, parameters: Any) -> None:
        """Make the segment anew from the probability map, at the threshold of the parameter node."""
        node, probability = parameters.segmentation, parameters.probabilityVolume
        segmentId = SceneWriter.currentSegmentId(node)
        if segmentId is None or probability is None:
            return
        # The same rule as in the run, so that the same threshold gives the same outline.
        rule = MaskRule(parameters.threshold, SceneWriter.readReport(node).get("components", "all"))
        mask = rule.mask(slicer.util.arrayFromVolume(probability))
        # The map and the segmentation have shared grid and transform since the run, the volume may have moved.
        SceneWriter.writeSegment(mask, node, segmentId, probability)
        SceneWriter.writeThreshold(node, segmentId, parameters.threshold)
        SceneWriter.writeReport({**SceneWriter.readReport(node), "threshold": parameters.threshold}, node)
        if parameters.show3D:
            SceneWriter.show3D(node, shown=True)

    def undo(self, parameters: Any) -> None:
        """Take back the last run or change of the threshold."""
        self.undoHistory.undo()
        if parameters.show3D and parameters.segmentation is not None:
            SceneWriter.show3D(parameters.segmentation, shown=True)

    def measure(self, parameters: Any) -> Measurements.Values:
        """Measure the segment as it is now; update the table and the time point."""
        node = parameters.segmentation
        segmentId = SceneWriter.currentSegmentId(node)
        if segmentId is None:
            raise RuntimeError(_("There is no result to measure yet."))
        values = Measurements.measureSegment(node, segmentId)
        self.showMeasurements(values, parameters)
        if parameters.addToTimePoints:
            self.addTimePoint(values, parameters)
        return values

    def showMeasurements(self, values: Measurements.Values, parameters: Any) -> None:
        """Write values into the table node, made when there is none."""
        parameters.measurementTable = Measurements.tableOf(parameters.segmentation, make=True)
        Measurements.fillTable(parameters.measurementTable, values)

    def addTimePoint(self, values: Measurements.Values, parameters: Any) -> None:
        """Add the current result to the table of time points, made when there is none."""
        node = parameters.segmentation
        flair = SceneWriter.flairOf(node)
        if parameters.timePointTable is None:
            parameters.timePointTable = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", _("LGG time points"))
        TimePoints.add(
            parameters.timePointTable,
            TimePoints.TimePoint(
                identifier=SceneWriter.identityOf(flair),
                name=flair.GetName(),
                date=TimePoints.dateOf(flair),
                volumeMl=float(values.get("volume_ml") or 0.0),
                longestMm=values.get("longest_diameter_mm"),
            ),
        )

    def close(self) -> None:
        """End a run and let go of the scene, without waiting."""
        if self.job is not None:
            self.job.abandon()
            self.job = None
        self.undoHistory.forget()


def _withNames(report: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return a run's record with the names of volumes for those of temporary files."""
    inputs = {name: {**entry, "file": names[name]} for name, entry in report.get("inputs", {}).items() if name in names}
    return {**report, "inputs": inputs, "outputs": {}}
