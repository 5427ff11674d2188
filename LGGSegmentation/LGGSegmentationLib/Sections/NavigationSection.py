"""Going about in an outline: largest slice, pieces; and how uncertain it is."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Scene import Contours, Places, Probability, Views
from LGGSegmentationLib.Sections.Section import Panel, Section, setReason


class NavigationSection(Section):
    """Lets the views go to places in the outline, and shows its uncertainty."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._piece = -1
        self._ranged: tuple[object, ...] = ()
        self._ui.largestSliceButton.clicked.connect(self.goToLargestSlice)
        self._ui.previousPieceButton.clicked.connect(lambda: self.goToPiece(-1))
        self._ui.nextPieceButton.clicked.connect(lambda: self.goToPiece(1))
        self._ui.contoursCheckBox.toggled.connect(self._showContours)

    def update(self) -> None:
        """Say why a button is off, and between what the volume lies."""
        result, outline = self._panel.result, self._panel.outline
        empty = result is None or result.flair is None or (outline is not None and not outline.voxels)
        reason = _("There is no outline to go to.") if empty else ""
        tips = {
            "largestSliceButton": _("Goes to the slice with the largest area of the outline."),
            "previousPieceButton": _("Goes to the next larger piece of the outline."),
            "nextPieceButton": _("Goes to the next smaller piece of the outline; at first, to the largest."),
        }
        for name, tip in tips.items():
            setReason(getattr(self._ui, name), reason, tip)
        hasMap = Probability.mapOf(result) is not None
        if result is not None:
            Contours.follow(result)
        self._ui.contoursCheckBox.enabled = hasMap
        shown = result is not None and result.flair is not None and Contours.contoursOf(result.flair) is not None
        self._tick(checked=shown)
        self._showRange()

    def resultArrived(self, outcome: Outcome) -> None:
        """Draw the contours of the new map, where they were shown."""
        self._piece = -1
        result = self._panel.result
        if result is not None and Contours.contoursOf(result.flair) is not None:
            Contours.show(result)

    def outlineChanged(self) -> None:
        """Begin with the largest piece again: they are others now."""
        self._piece = -1

    def goToLargestSlice(self) -> None:
        """Let the views pass through the largest slice."""
        result = self._panel.result
        place = Places.largestSlice(result) if result is not None else None
        if place is not None:
            Views.jumpTo(slicer.mrmlScene, place)

    def goToPiece(self, step: int) -> None:
        """Let the views pass through the next piece, or the one before."""
        result = self._panel.result
        found = Places.pieces(result) if result is not None else []
        if not found:
            return
        self._piece = (max(self._piece, 0) if step < 0 else self._piece) + step
        self._piece %= len(found)
        piece = found[self._piece]
        Views.jumpTo(slicer.mrmlScene, piece.place)
        self._panel.say(
            _("Piece {number} of {count}: {volume:.2f} ml.").format(
                number=self._piece + 1, count=len(found), volume=piece.milliliters
            )
        )

    def _showContours(self, shown: bool) -> None:
        result = self._panel.result
        if result is None or result.flair is None:
            return
        with slicer.util.tryWithErrorDisplay(_("The contours could not be drawn."), waitCursor=True):
            if shown:
                Contours.show(result)
            else:
                Contours.hide(result.flair)

    def _tick(self, *, checked: bool) -> None:
        box = self._ui.contoursCheckBox
        before = box.blockSignals(True)
        box.checked = checked
        box.blockSignals(before)

    def _showRange(self) -> None:
        """Show the range of the volume of the outline as it is now; computed when that has changed."""
        result, outline = self._panel.result, self._panel.outline
        probability = Probability.mapOf(result)
        state: tuple[object, ...] = (result, outline, probability.GetMTime() if probability is not None else None)
        if result is not None:
            state = (*state, result.report)
        if outline is None or state == self._ranged:
            self._ui.intervalLabel.visible = outline is not None and bool(self._ui.intervalLabel.text)
            return
        self._ranged = state
        volumes = Contours.rangeOf(result) if result is not None else None
        text = ""
        if volumes is not None and volumes.coverage is not None:
            text = _("Between {low:.1f} and {high:.1f} ml: so it was in {coverage:.0%} of the model's test patients.")
        elif volumes is not None:
            text = _("{low:.1f} ml where the probability is above .8, {high:.1f} ml where it is above .2.")
        values = {"low": volumes.low, "high": volumes.high, "coverage": volumes.coverage} if volumes is not None else {}
        self._ui.intervalLabel.text = text.format(**values)
        self._ui.intervalLabel.visible = bool(text)
