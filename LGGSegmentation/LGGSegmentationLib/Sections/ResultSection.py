"""The result: its volume, the live threshold, 3D, undo."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Scene import Probability, Views
from LGGSegmentationLib.Sections.Section import Node, Panel, Section

_SETTLE_MS = 30
"""How long the slider has to rest before the segment follows; less would queue up work while it is dragged."""

_REST_MS = 1000
"""After so long a rest the next movement of the slider is a step of its own for Undo."""


class ResultSection(Section):
    """Shows the outline as it is now and follows every change of it."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._threshold: float | None = None
        self._shown3D = False
        self._sliding = False
        self._observed: tuple[Any, tuple[int, ...]] | None = None
        self._settle = self._timer(self._applyThreshold)
        self._rest = self._timer(self._stopSliding, _REST_MS)
        self._exchanged = self._timer(self._panel.update)
        self._ui.undoButton.clicked.connect(self._undo)
        self._ui.modelThresholdButton.clicked.connect(self._useModelThreshold)

    @staticmethod
    def _timer(callback: Any, milliseconds: int = _SETTLE_MS) -> Any:
        timer = qt.QTimer()
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(callback)
        return timer

    def resultArrived(self, outcome: Outcome) -> None:
        """Show what a run found."""
        self._sliding = False
        # The slider may have moved meanwhile; then the outline follows now.
        self._threshold = float(outcome.report["threshold"])
        self._shown3D = self._panel.parameters.show3D

    def forget(self) -> None:
        """Begin with another parameter node."""
        result = self._panel.result
        made = result.threshold if result is not None else None
        self._threshold = self._panel.parameters.threshold if made is None else made
        self._shown3D = self._panel.parameters.show3D
        self._sliding = False

    def update(self) -> None:
        """Bring the widgets up to date, and the segment with the slider and the 3D box."""
        parameters, result = self._panel.parameters, self._panel.result
        self._observe(result.node if result is not None else None)
        adjustable = Probability.mapOf(result) is not None and not self._panel.running
        self._ui.thresholdSlider.toolTip = (
            _("Probability from which a voxel belongs to the abnormality: lower outlines more, and at once.")
            if adjustable
            else _("Used by the next run. Once there is a result, moving it changes the outline at once.")
        )
        if adjustable and parameters.threshold != self._threshold:
            self._settle.start()
        if result is not None and parameters.show3D != self._shown3D:
            self._shown3D = parameters.show3D
            with slicer.util.tryWithErrorDisplay(_("The surface could not be made."), waitCursor=True):
                Views.show3D(result, shown=parameters.show3D)
        self._ui.undoButton.enabled = self._canUndo()
        self._ui.undoButton.toolTip = (
            _("Takes back the last run or change of the threshold.")
            if self._ui.undoButton.enabled
            else _("There is nothing to take back.")
        )
        self._showNotes()
        self._showVolume()

    def close(self) -> None:
        """Stop following."""
        for timer in (self._settle, self._rest, self._exchanged):
            timer.stop()
        self._observe(None)

    def _canUndo(self) -> bool:
        node = self._panel.parameters.segmentation
        return self._panel.logic.undoHistory.canUndo(node) and not self._panel.running

    def _observe(self, node: Node) -> None:
        """Follow the voxels of a segmentation, so that the volume shown is that of the outline shown."""
        segmentation = node.GetSegmentation() if node is not None else None
        if self._observed is not None and self._observed[0] is segmentation:
            return
        if self._observed is not None:
            for tag in self._observed[1]:
                self._observed[0].RemoveObserver(tag)
            self._observed = None
        if segmentation is not None:
            kinds = slicer.vtkSegmentation
            modified = segmentation.AddObserver(kinds.SourceRepresentationModified, self._segmentModified)
            # The Segment Editor's Undo puts other voxels in the place of those that are observed, and says no more.
            others = (kinds.SegmentModified, kinds.SegmentAdded, kinds.SegmentRemoved)
            exchanged = (segmentation.AddObserver(kind, self._segmentExchanged) for kind in others)
            self._observed = (segmentation, (modified, *exchanged))

    def _segmentModified(self, _caller: Any, _event: Any) -> None:
        self._panel.outlineChanged()

    def _segmentExchanged(self, _caller: Any, _event: Any) -> None:
        self._exchanged.start()

    def _showNotes(self) -> None:
        """Show what a reader has to know, also of a result that was loaded with its scene."""
        result, outline = self._panel.result, self._panel.outline
        known = outline.fingerprint if outline is not None else ""
        notes = result.notes(asRun=result.isAsRun(known)) if result is not None else []
        self._ui.notesLabel.text = "\n".join(notes)
        self._ui.notesLabel.visible = bool(notes)

    def _showVolume(self) -> None:
        """Show the volume of the outline as it is now; what was shown stays while it is counted anew."""
        result, outline = self._panel.result, self._panel.outline
        if result is None:
            self._ui.volumeLabel.text = _("No result yet.")
        elif result.flair is None:
            self._ui.volumeLabel.text = "<b>" + _("The volume of this result is gone: load it again.") + "</b>"
        elif outline is None:
            return
        elif outline.voxels:
            text = _("FLAIR abnormality: {volume:.1f} ml").format(volume=outline.milliliters)
            self._ui.volumeLabel.text = f'<span style="font-size: x-large; font-weight: 600">{text}</span>'
        elif result.isEmpty():
            self._ui.volumeLabel.text = "<b>" + _("No FLAIR abnormality was found.") + "</b>"
        else:
            self._ui.volumeLabel.text = "<b>" + _("The outline lies outside of its volume.") + "</b>"

    def _applyThreshold(self) -> None:
        result = self._panel.result
        if result is None or self._panel.parameters.threshold == self._threshold:
            return
        parameters, edited = self._panel.parameters, result.isEdited()
        question = _("The outline was corrected by hand. A new threshold replaces it (Undo brings it back). Go on?")
        if edited and not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("Corrected result")):
            if self._threshold is not None:
                parameters.threshold = self._threshold
            return
        if edited or not self._sliding:
            # One step of undo for a whole movement of the slider.
            self._panel.logic.undoHistory.save(result.node)
            self._sliding = True
        self._rest.start()
        self._threshold = parameters.threshold
        self._panel.logic.applyThreshold(parameters)
        self._panel.update()

    def _useModelThreshold(self) -> None:
        self._panel.parameters.threshold = self._panel.model.threshold

    def _stopSliding(self) -> None:
        self._sliding = False

    def _undo(self) -> None:
        result = self._panel.result
        question = _("The outline was corrected by hand since then. Undo takes the correction back too. Go on?")
        edited = result is not None and result.isEdited()
        if edited and not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("Corrected result")):
            return
        with slicer.util.tryWithErrorDisplay(_("Nothing could be taken back.")):
            self._sliding = False
            self._panel.logic.undo(self._panel.parameters)
            self._followThreshold()
            self._panel.update()

    def _followThreshold(self) -> None:
        """Move the slider back to where it was when the present outline was made."""
        result = self._panel.result
        threshold = result.threshold if result is not None else None
        if threshold is not None:
            self._threshold = threshold
            self._panel.parameters.threshold = threshold
