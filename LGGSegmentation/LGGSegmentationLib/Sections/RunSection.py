"""The button, its progress, and what it says."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib import SampleDataRegistration
from LGGSegmentationLib.Logic import RequirementsFile
from LGGSegmentationLib.Process import Dependencies
from LGGSegmentationLib.Process.ChildJob import DONE, FAILED
from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Scene import InputChecks
from LGGSegmentationLib.Sections.Section import Node, Panel, Section, setReason

_PACE_SETTING = "LGGSegmentation/SecondsPerSlice"
_FIRST_GUESS_SECONDS = 0.25
_TICK_MS = 200


class RunSection(Section):
    """Starts and cancels runs, and tells how they go."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._share, self._stage = 0.0, ""
        self._reason = ""
        self._slices = 1
        self._queue: list[Node] = []
        self._total = 0
        self._forced = False
        self._timer = qt.QTimer()
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._ui.segmentButton.clicked.connect(self._clicked)
        self._ui.cancelButton.clicked.connect(self.cancel)
        self._ui.sampleDataButton.clicked.connect(self._loadSample)
        self._ui.copyLogButton.clicked.connect(self._copyLog)

    def update(self) -> None:
        """Say in the button's tooltip why it is off."""
        reason = InputChecks.reasonNotReady(self._panel.parameters) or self._panel.model.problem
        if self._panel.running:
            reason = _("A segmentation is running.")
        setReason(self._ui.segmentButton, reason, _("Outlines the FLAIR abnormality and measures it."))
        self._ui.cancelButton.enabled = self._panel.running
        if not self._panel.running and self._ui.statusLabel.text in {"", self._reason}:
            self._ui.statusLabel.text = self._reason = reason

    def segment(self) -> None:
        """Start a run with what is chosen in the panel; where it does not start, a series ends too."""
        try:
            with slicer.util.tryWithErrorDisplay(_("The segmentation could not be started.")):
                self._start()
        finally:
            if not self._panel.running:
                self._queue = []
            self._panel.update()

    def _clicked(self) -> None:
        self._queue, self._total, self._forced = [], 0, False
        self.segment()

    def _start(self) -> None:
        parameters = self._panel.parameters
        if not Dependencies.ensure(parameters.runtime, RequirementsFile):
            self._panel.say(_("Not installed, so nothing was run. The next click asks again."))
            return
        if not self._askAboutSequence():
            self._panel.say(_("Not run: the volume is no FLAIR volume."))
            return
        keepEdited = self._askAboutEdits()
        if keepEdited is None:
            return
        self._begin()
        try:
            self._panel.logic.start(
                parameters,
                keepEdited=keepEdited,
                force=self._forced,
                notes=self._notes(),
                progress=self._progress,
                log=self._panel.log,
                finished=self._finished,
            )
        except Exception:
            self._ui.statusLabel.text = _("Not started.")
            raise
        self._timer.start()

    def segmentAll(self, flairNodes: list[Node]) -> None:
        """Segment volumes one after the other; a failure or Cancel ends the series."""
        self._queue, self._total = list(flairNodes), len(flairNodes)
        self._next()

    def cancel(self) -> None:
        """Stop the run and the series."""
        self._queue = []
        if self._panel.running:
            self._panel.say(_("Cancelling…"))
            self._panel.logic.cancel()

    def forget(self) -> None:
        """Begin with another scene: what was said of the last one no longer holds."""
        if not self._panel.running:
            self._ui.statusLabel.text = self._reason = ""
            self._ui.progressBar.value = 0

    def close(self) -> None:
        """Stop the clock."""
        self._queue = []
        self._timer.stop()

    def sceneCloses(self) -> None:
        """End the run and the series: their volumes go."""
        self.cancel()

    def _next(self) -> None:
        if not self._queue or not self._panel.isOpen:
            return
        self._forced = False
        self._panel.parameters.flairVolume = self._queue.pop(0)
        self.segment()

    def _askAboutEdits(self) -> bool | None:
        """Ask what becomes of a result that was corrected by hand.

        Returns:
            True to keep it and put the new result beside it, False to replace it, None to do nothing.
        """
        result = self._panel.result
        if result is None or not result.isEdited() or slicer.app.testingEnabled():
            return True
        box = qt.QMessageBox(qt.QMessageBox.Question, _("Corrected result"), _(
            "“{name}” was corrected by hand. Keep it and put the new result beside it, or replace it? "
            "(Undo brings it back.)").format(name=result.node.GetName()))  # fmt: skip
        keep = box.addButton(_("Keep both"), qt.QMessageBox.AcceptRole)
        replace = box.addButton(_("Replace"), qt.QMessageBox.DestructiveRole)
        box.addButton(qt.QMessageBox.Cancel)
        box.setDefaultButton(keep)
        box.exec_()
        answers = ((keep, True), (replace, False))
        return next((answer for button, answer in answers if button == box.clickedButton()), None)

    def _askAboutSequence(self) -> bool:
        """Ask whether a volume is segmented that is certainly no FLAIR volume."""
        assessment = self._panel.assessment
        if assessment is None or not assessment.refused or self._forced:
            return True
        question = _("{doubt}\n\nThe model has learnt from FLAIR alone: what it outlines elsewhere means nothing. "
                     "Segment it all the same?")  # fmt: skip
        self._forced = bool(
            slicer.util.confirmOkCancelDisplay(question.format(doubt=assessment.doubt), windowTitle=_("Not FLAIR?"))
        )
        return self._forced

    def _notes(self) -> tuple[str, ...]:
        """Return what is to be said of the volume in the report."""
        assessment = self._panel.assessment
        return (assessment.doubt,) if assessment is not None and assessment.doubt else ()

    def _askAgain(self, outcome: Outcome) -> None:
        """Ask whether a volume is segmented in which the network itself saw no FLAIR."""
        question = _("{message}\n\nSegment it all the same?").format(message=outcome.message)
        if slicer.util.confirmOkCancelDisplay(question, windowTitle=_("Not FLAIR?")):
            self._forced = True
            self.segment()

    def _begin(self) -> None:
        flair = self._panel.parameters.flairVolume
        self._slices = flair.GetImageData().GetDimensions()[2]
        self._share, self._stage = 0.0, ""
        self._ui.progressBar.value = 0
        self._ui.logText.setPlainText("")
        for doubt in InputChecks.doubts(flair):
            self._panel.log(doubt)
        self._panel.runStarts()
        self._panel.say(self._place() + _("Starting…"))

    def _place(self) -> str:
        """Return where in a series a run stands, empty where there is no series."""
        if self._total < 2:
            return ""
        return _("{number} of {total}: ").format(number=self._total - len(self._queue), total=self._total)

    def _progress(self, share: float, stage: str) -> None:
        self._share, self._stage = share, stage
        self._ui.progressBar.value = int(100 * share)

    def _tick(self) -> None:
        """Show elapsed and expected time."""
        job = self._panel.logic.job
        if job is None:
            return
        self._ui.statusLabel.text = self._place() + _("{stage} {elapsed:.0f} s of about {expected:.0f} s").format(
            stage=_stageText(self._stage), elapsed=job.seconds, expected=max(self._expected(job.seconds), job.seconds)
        )

    def _expected(self, elapsed: float) -> float:
        """Guess the whole time: from earlier runs at first, from this one once it is well under way."""
        if self._share > 0.3:
            return elapsed / self._share
        pace = slicer.util.settingsValue(_PACE_SETTING, _FIRST_GUESS_SECONDS, converter=float)
        return pace * self._slices

    def _finished(self, outcome: Outcome) -> None:
        self._timer.stop()
        self._ui.progressBar.value = 100 if outcome.status == DONE else 0
        if outcome.status == DONE:
            qt.QSettings().setValue(_PACE_SETTING, outcome.seconds / self._slices)
            self._panel.say(self._place() + _done(outcome))
            self._panel.resultArrived(outcome)
        else:
            self._panel.say(self._place() + outcome.message)
            self._queue = []
        self._panel.update()
        if outcome.refused:
            self._askAgain(outcome)
        elif outcome.status == FAILED:
            self._ui.logSection.collapsed = False
            slicer.util.errorDisplay(outcome.message, windowTitle=_("Segmentation failed"))
        qt.QTimer.singleShot(0, self._next)

    def _loadSample(self) -> None:
        with slicer.util.tryWithErrorDisplay(_("The synthetic study could not be made."), waitCursor=True):
            nodes = SampleDataRegistration.load()
            self._panel.parameters.flairVolume = nodes[0]

    def _copyLog(self) -> None:
        slicer.app.clipboard().setText(self._ui.logText.plainText)


def _stageText(stage: str) -> str:
    texts = {
        "reading": _("Reading…"),
        "preparing": _("Preparing…"),
        "segmenting": _("Segmenting…"),
        "measuring": _("Measuring…"),
        "writing": _("Writing…"),
    }
    return texts.get(stage, _("Starting…"))


def _done(outcome: Outcome) -> str:
    if not outcome.found:
        return _("Done in {seconds:.1f} s: no FLAIR abnormality was found.").format(seconds=outcome.seconds)
    return _("Done in {seconds:.1f} s.").format(seconds=outcome.seconds)
