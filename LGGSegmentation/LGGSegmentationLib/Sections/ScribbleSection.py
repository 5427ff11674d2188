"""«This too» and «not this»: scribbles with the editor's brush that change the outline round them."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Scene import Scribbles
from LGGSegmentationLib.Sections.Section import Node, Panel, Section, setReason


class ScribbleSection(Section):
    """Takes up what is scribbled as soon as the brush rests."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._observed: tuple[Any, int] | None = None
        self._taking = False
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(Scribbles.REST_MS)
        self._timer.timeout.connect(self.takeUp)
        self._ui.includeButton.toggled.connect(lambda on: self._toggled(Scribbles.INCLUDE, on))
        self._ui.excludeButton.toggled.connect(lambda on: self._toggled(Scribbles.EXCLUDE, on))

    def update(self) -> None:
        """Say why a button is off."""
        result = self._panel.result
        reason = "" if result is not None and result.flair is not None else _("There is no result to correct yet.")
        if self._panel.running:
            reason = _("A segmentation is running.")
        tip = _(
            "Scribble with the brush on a part that belongs to the abnormality: what hangs together with it follows."
        )
        setReason(self._ui.includeButton, reason, tip)
        tip = _("Scribble with the brush on a part that does not belong: what hangs together with it goes.")
        setReason(self._ui.excludeButton, reason, tip)

    def runStarts(self) -> None:
        """Put the brush down."""
        self.stop()

    def exit(self) -> None:
        """Put the brush down."""
        self.stop()

    def sceneCloses(self) -> None:
        """Let go of the scene."""
        self.close()

    def close(self) -> None:
        """Stop following."""
        self._timer.stop()
        self._follow(None)

    def stop(self) -> None:
        """Put the brush down, and leave no scribbles behind."""
        for button in (self._ui.includeButton, self._ui.excludeButton):
            button.checked = False

    def takeUp(self) -> None:
        """Change the outline as the scribbles want it; one step of Undo."""
        result = self._panel.result
        if result is None or result.flair is None or Scribbles.scribblesOf(result.flair) is None:
            return
        with slicer.util.tryWithErrorDisplay(_("The scribble could not be taken up."), waitCursor=True):
            self._taking = True
            try:
                self._panel.logic.undoHistory.save(result.node)
                Scribbles.takeUp(result)
            finally:
                self._taking = False
            self._panel.update()

    def _toggled(self, kind: str, on: bool) -> None:
        buttons = {Scribbles.INCLUDE: self._ui.includeButton, Scribbles.EXCLUDE: self._ui.excludeButton}
        if on:
            for other in set(buttons) - {kind}:
                buttons[other].checked = False
            self._begin(kind)
        elif not any(button.checked for button in buttons.values()):
            self._end()

    def _begin(self, kind: str) -> None:
        result = self._panel.result
        if result is None or result.flair is None:
            return
        node = Scribbles.makeScribbles(result.flair)
        self._follow(node)
        self._panel.paintOn(node, kind)

    def _end(self) -> None:
        self._timer.stop()
        self._follow(None)
        result = self._panel.result
        self._panel.paintOn(None, "")
        if result is not None and result.flair is not None:
            Scribbles.remove(result.flair)

    def _follow(self, node: Node) -> None:
        if self._observed is not None:
            self._observed[0].RemoveObserver(self._observed[1])
            self._observed = None
        if node is not None:
            segmentation = node.GetSegmentation()
            kind = slicer.vtkSegmentation.SourceRepresentationModified
            self._observed = (segmentation, segmentation.AddObserver(kind, self._scribbled))

    def _scribbled(self, _caller: Any, _event: Any) -> None:
        if not self._taking:
            self._timer.start()
