"""The result: its volume, the live threshold, 3D, undo."""

from __future__ import annotations

from typing import Any

import numpy as np
import qt
import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Scene import SceneWriter, VolumeExchange

_SETTLE_MS = 30
"""How long the slider has to rest before the segment follows; less would queue up work while it is dragged."""

_REST_MS = 1000
"""After so long a rest the next movement of the slider is a step of its own for Undo."""


class ResultSection:
    """Shows the segment as it is now and follows every change of it."""

    def __init__(self, panel: Any) -> None:
        """Connect the widgets."""
        self._panel, self._ui = panel, panel.ui
        self._threshold: float | None = None
        self._shown3D = False
        self._sliding = False
        self._observed: tuple[Any, int] | None = None
        self._settle = self._timer(self._applyThreshold)
        self._recount = self._timer(self._showVolume)
        self._rest = self._timer(self._stopSliding, _REST_MS)
        self._ui.undoButton.clicked.connect(self._undo)
        self._ui.modelThresholdButton.clicked.connect(self._useModelThreshold)

    @staticmethod
    def _timer(callback: Any, milliseconds: int = _SETTLE_MS) -> Any:
        timer = qt.QTimer()
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(callback)
        return timer

    @property
    def segmentId(self) -> str | None:
        """The segment of the last run."""
        return SceneWriter.currentSegmentId(self._panel.parameters.segmentation)

    @property
    def volumeName(self) -> str:
        """Name of the volume that the result belongs to."""
        node = self._panel.parameters.segmentation
        flair = SceneWriter.flairOf(node) if node is not None else None
        return str((flair or node).GetName()) if node is not None else ""

    def resultArrived(self, outcome: Outcome) -> None:
        """Show what a run found."""
        self._sliding = False
        # The slider may have moved meanwhile; then the outline follows now.
        self._threshold = float(outcome.report["threshold"])
        self._panel.measurements.measured()
        self._panel.editor.resultArrived()
        self._shown3D = self._panel.parameters.show3D
        notes = [str(note) for note in outcome.report.get("notes", [])]
        self._ui.notesLabel.text = "\n".join(notes)

    def forget(self) -> None:
        """Begin with another parameter node."""
        self._threshold = self._panel.parameters.threshold
        self._shown3D = self._panel.parameters.show3D
        self._sliding = False
        self._ui.notesLabel.text = ""

    def update(self) -> None:
        """Bring the widgets up to date, and the segment with the slider and the 3D box."""
        parameters, node = self._panel.parameters, self._panel.parameters.segmentation
        self._observe(node)
        hasResult = self.segmentId is not None
        adjustable = hasResult and parameters.probabilityVolume is not None and not self._panel.run.running
        self._ui.thresholdSlider.toolTip = (
            _("Probability from which a voxel belongs to the abnormality: lower outlines more, and at once.")
            if adjustable
            else _("Used by the next run. Once there is a result, moving it changes the outline at once.")
        )
        if adjustable and parameters.threshold != self._threshold:
            self._settle.start()
        if hasResult and parameters.show3D != self._shown3D:
            self._shown3D = parameters.show3D
            with slicer.util.tryWithErrorDisplay(_("The surface could not be made."), waitCursor=True):
                SceneWriter.show3D(node, parameters.show3D)
        self._ui.undoButton.enabled = self._panel.logic.undoHistory.canUndo(node) and not self._panel.run.running
        self._ui.undoButton.toolTip = (
            _("Takes back the last run or change of the threshold.")
            if self._ui.undoButton.enabled
            else _("There is nothing to take back.")
        )
        self._ui.notesLabel.visible = bool(self._ui.notesLabel.text)
        self._recount.start()

    def close(self) -> None:
        """Stop following."""
        for timer in (self._settle, self._recount, self._rest):
            timer.stop()
        self._observe(None)

    def _observe(self, node: Any) -> None:
        """Follow the voxels of a segmentation, so that the volume shown is that of the outline shown."""
        segmentation = node.GetSegmentation() if node is not None else None
        if self._observed is not None and self._observed[0] is segmentation:
            return
        if self._observed is not None:
            self._observed[0].RemoveObserver(self._observed[1])
            self._observed = None
        if segmentation is not None:
            kind = slicer.vtkSegmentation.SourceRepresentationModified
            self._observed = (segmentation, segmentation.AddObserver(kind, self._segmentModified))

    def _segmentModified(self, _caller: Any, _event: Any) -> None:
        self._panel.measurements.outdated()
        self._recount.start()

    def _showVolume(self) -> None:
        """Show the volume of the segment as it is now."""
        if self._panel.parameters is None:
            return
        node, segmentId = self._panel.parameters.segmentation, self.segmentId
        flair = SceneWriter.flairOf(node) if segmentId is not None else None
        if flair is None:
            self._ui.volumeLabel.text = _("No result yet.")
            return
        count = int(np.count_nonzero(VolumeExchange.readMask(node, segmentId, flair)))
        if count == 0 and not VolumeExchange.isEmpty(node, segmentId):
            self._ui.volumeLabel.text = "<b>" + _("The outline lies outside of its volume.") + "</b>"
            return
        if count == 0:
            self._ui.volumeLabel.text = "<b>" + _("No FLAIR abnormality was found.") + "</b>"
            return
        milliliters = count * float(np.prod(flair.GetSpacing())) / 1000.0
        text = _("FLAIR abnormality: {volume:.1f} ml").format(volume=milliliters)
        self._ui.volumeLabel.text = f'<span style="font-size: x-large; font-weight: 600">{text}</span>'

    def _applyThreshold(self) -> None:
        parameters = self._panel.parameters
        if parameters is None or self.segmentId is None or parameters.threshold == self._threshold:
            return
        node = parameters.segmentation
        edited = SceneWriter.isEdited(node, self.segmentId)
        question = _("The outline was corrected by hand. A new threshold replaces it (Undo brings it back). Go on?")
        if edited and not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("Corrected result")):
            parameters.threshold = self._threshold
            return
        if edited or not self._sliding:
            # One step of undo for a whole movement of the slider.
            self._panel.logic.undoHistory.save(node)
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
        parameters = self._panel.parameters
        question = _("The outline was corrected by hand since then. Undo takes the correction back too. Go on?")
        edited = self.segmentId is not None and SceneWriter.isEdited(parameters.segmentation, self.segmentId)
        if edited and not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("Corrected result")):
            return
        with slicer.util.tryWithErrorDisplay(_("Nothing could be taken back.")):
            self._sliding = False
            self._panel.logic.undo(parameters)
            self._followThreshold()
            self._panel.update()

    def _followThreshold(self) -> None:
        """Move the slider back to where it was when the present outline was made."""
        node = self._panel.parameters.segmentation
        threshold = SceneWriter.thresholdOf(node, self.segmentId) if self.segmentId is not None else None
        if threshold is not None:
            self._threshold = threshold
            self._panel.parameters.threshold = threshold
