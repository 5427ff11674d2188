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

from LGGSegmentationLib.Aligner import Aligner
from LGGSegmentationLib.Application import DicomTags, Display
from LGGSegmentationLib.ParameterNode import LGGSegmentationParameterNode
from LGGSegmentationLib.Process.ChildJob import DONE, FAILED, Callbacks
from LGGSegmentationLib.Process.ModelChoice import describe
from LGGSegmentationLib.Process.SegmentationJob import Outcome, RunSettings, SegmentationJob
from LGGSegmentationLib.Scene import (
    Following,
    Identity,
    InputChecks,
    InputGuess,
    Measurements,
    Probability,
    Segmentations,
    TimePoints,
    Views,
    VolumeExchange,
)
from LGGSegmentationLib.Scene.Growth import Growth
from LGGSegmentationLib.Scene.Outline import Outlines
from LGGSegmentationLib.Scene.Result import Result, currentResult
from LGGSegmentationLib.Scene.Undo import UndoHistory

RequirementsFile = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"

_SAME_THRESHOLD = 0.0005  # half a step of the slider


class LGGSegmentationLogic(ScriptedLoadableModuleLogic):
    """Segments, measures, and keeps the scene in order.

    From a script, without the panel::

        logic = LGGSegmentationLogic()
        outcome = logic.segment(flairNode)
        print(outcome.found, outcome.report["measurements"]["volume_ml"])

    Attributes:
        outlines: Counts outlines.
        growth: Says how the abnormality of a patient grew.
        aligner: Aligns studies.
        samePatient: Asked whether two volumes are of one patient where DICOM does not tell; patients are never mixed
            unasked, so by default they are not.
    """

    jobClass = SegmentationJob

    def __init__(self) -> None:
        """Make a logic without a run."""
        super().__init__()
        self.undoHistory = UndoHistory()
        self.outlines = Outlines()
        self.growth = Growth(self.outlines)
        self.aligner = Aligner()
        self.samePatient: TimePoints.SamePatient = lambda _first, _second: False
        self.job: SegmentationJob | None = None

    def getParameterNode(self) -> LGGSegmentationParameterNode:
        """Return the module's parameters."""
        return LGGSegmentationParameterNode(super().getParameterNode())

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.job is not None and self.job.running

    def start(  # noqa: PLR0913 - each is worth choosing, and all but one have a default
        self,
        parameters: LGGSegmentationParameterNode,
        *,
        keepEdited: bool = True,
        force: bool = False,
        notes: tuple[str, ...] = (),
        progress: Callable[[float, str], None] = lambda share, stage: None,
        log: Callable[[str], None] = lambda text: None,
        finished: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        """Start a run; the result is put into the scene when it ends.

        Args:
            parameters: The module's parameter node; its output nodes are set.
            keepEdited: Whether a segment that was corrected by hand is kept, and the result goes beside it.
            force: Whether what is certainly no FLAIR volume is segmented all the same.
            notes: What is known of the volume before the run, for the report.
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
            threshold=_ownThreshold(parameters),
            align=parameters.alignVolumes,
            modelFolder=parameters.modelFolder,
            runtime=parameters.runtime,
            force=force,
            notes=notes,
        )

        def onFinished(outcome: Outcome) -> None:
            self.job = None
            if outcome.status == DONE:
                outcome = self._imported(outcome, flair, parameters, keepEdited=keepEdited)
            finished(outcome)

        self.job = self.jobClass(settings, Callbacks(progress, log, onFinished))
        self.job.start()

    def cancel(self) -> None:
        """Stop the run, if there is one."""
        if self.job is not None:
            self.job.cancel()

    def segment(
        self,
        flair: Any,
        pre: Any = None,
        post: Any = None,
        *,
        patient: str = "",
        force: bool = False,
        timeoutSeconds: float = 600.0,
    ) -> Outcome:
        """Segment and wait, for scripts; the result is in the scene and in the parameter node.

        Args:
            flair: Volume node.
            pre: Volume node of T1 before contrast.
            post: Volume node of T1 after contrast.
            patient: Whose volume it is, where DICOM does not tell: only a hash of it is kept. Time points of volumes
                of which nothing is known are kept apart.
            force: Segment what is certainly no FLAIR volume all the same; the report says so.
            timeoutSeconds: When to give up.

        Raises:
            RuntimeError: If the run failed; the message says why.
        """
        if patient:
            Identity.setPatient(flair, Identity.patientKey(flair.GetScene(), patient))
        parameters = self.getParameterNode()
        parameters.flairVolume, parameters.preVolume, parameters.postVolume = flair, pre, post
        if reason := InputChecks.reasonNotReady(parameters):
            raise RuntimeError(_("“{volume}”: {reason}").format(volume=flair.GetName(), reason=reason))
        doubt = InputGuess.assessmentOf(flair, DicomTags.read)
        if doubt.refused and not force:
            raise RuntimeError(_("{doubt} Choose another volume, or segment it with force.").format(doubt=doubt.doubt))
        outcomes: list[Outcome] = []
        notes = (doubt.doubt,) if doubt.doubt else ()
        self.start(parameters, force=force, notes=notes, finished=outcomes.append)
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

    def _imported(
        self, outcome: Outcome, flair: Any, parameters: LGGSegmentationParameterNode, *, keepEdited: bool
    ) -> Outcome:
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

    def importOutcome(
        self, outcome: Outcome, flair: Any, parameters: LGGSegmentationParameterNode, *, keepEdited: bool
    ) -> None:
        """Put a result into the scene."""
        result = self._write(outcome, flair, parameters.segmentation, keepEdited=keepEdited)
        parameters.segmentation = result.node
        parameters.probabilityVolume = Probability.writeProbability(outcome.probability, flair, result.run)
        values = outcome.report["measurements"]
        parameters.measurementTable = Measurements.keep(result, values)
        Views.hideOthers(result)
        if outcome.found:
            Display.showVolume(flair)
            Views.lookAt(result)
        if parameters.show3D:
            Views.show3D(result, shown=True)
        if parameters.addToTimePoints:
            # Comes last: somebody may be asked whose volume it is.
            self.addTimePoint(result, values, parameters)

    def _write(self, outcome: Outcome, flair: Any, segmentationNode: Any, *, keepEdited: bool) -> Result:
        node = segmentationNode
        if node is None or not Segmentations.takesResultOf(node, flair):
            node = Segmentations.newSegmentation(flair)
        else:
            self.undoHistory.save(node)
            if node.GetSegmentation().GetNumberOfSegments() == 0:
                Segmentations.attach(node, flair)
        result = Segmentations.resultToReplace(node, keepEdited=keepEdited)
        result.beginRun()
        result.write(outcome.mask, flair)
        result.setThreshold(float(outcome.report["threshold"]))
        result.setReport(outcome.report)
        return result

    def applyThreshold(self, parameters: LGGSegmentationParameterNode) -> None:
        """Make the outline anew from the probability map, at the threshold of the parameter node."""
        result = currentResult(parameters.segmentation)
        probability = Probability.mapOf(result)
        if result is None or probability is None:
            return
        mask = result.maskAt(parameters.threshold, VolumeExchange.voxels(probability))
        # The map and the segmentation have shared grid and transform since the run, the volume may have moved.
        result.write(mask, probability)
        result.setThreshold(parameters.threshold)
        if parameters.show3D:
            Views.show3D(result, shown=True)

    def undo(self, parameters: LGGSegmentationParameterNode) -> None:
        """Take back the last run or change of the threshold."""
        self.undoHistory.undo()
        result = currentResult(parameters.segmentation)
        if parameters.show3D and result is not None:
            Views.show3D(result, shown=True)

    def measure(self, parameters: LGGSegmentationParameterNode) -> Measurements.Values:
        """Measure the outline as it is now; update its table, and its time point."""
        result = currentResult(parameters.segmentation)
        if result is None:
            raise RuntimeError(_("There is no result to measure yet."))
        values = Measurements.measureResult(result)
        parameters.measurementTable = Measurements.tableOf(result.node)
        if parameters.addToTimePoints:
            self.addTimePoint(result, values, parameters)
        self.followOutlines()
        return values

    def addTimePoint(
        self, result: Result, values: Measurements.Values, parameters: LGGSegmentationParameterNode
    ) -> None:
        """Add a result to the time points of its patient."""
        table = TimePoints.tableFor(result.flair, DicomTags.read, self.samePatient)
        TimePoints.add(table, result, self.outlines, values.get("longest_diameter_mm"), DicomTags.read)
        parameters.timePointTable = table

    def followOutlines(self) -> None:
        """Let what the scene shows of outlines follow them."""
        Following.followOutlines(slicer.mrmlScene, self.outlines, self.growth)

    def close(self) -> None:
        """End a run and let go of the scene, without waiting."""
        if self.job is not None:
            self.job.abandon()
            self.job = None
        self.aligner.abandon()
        self.undoHistory.forget()
        self.outlines.forget()
        self.growth.forget()


def _ownThreshold(parameters: LGGSegmentationParameterNode) -> float | None:
    """Return the threshold that a person chose, None where it is the model's.

    By its own rule alone a model holds back what is not sure enough, and for that alone its doubt is calibrated.
    """
    model = describe(parameters.modelFolder)
    isModels = not model.problem and abs(parameters.threshold - model.threshold) < _SAME_THRESHOLD
    return None if isModels else parameters.threshold
