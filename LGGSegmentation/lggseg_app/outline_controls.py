"""The panel's part for the outline: threshold, tools, undo, measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lggseg.segmentation.pipeline import CHECK
from lggseg.segmentation.report import number_text
from lggseg.shape import FEATURES
from lggseg_app.viewer import LOOK
from LGGSegmentationLib.Scene import Measurements

if TYPE_CHECKING:
    from lggseg_app.application import Application
    from lggseg_app.outline import Outline

_SAME_THRESHOLD = 0.004  # the slider has two digits


class OutlineControls:
    """What the buttons and sliders of the outline do."""

    def __init__(self, app: Application) -> None:
        """Listen to the page and to the tools in the views."""
        self._app, self.state = app, app.state
        app.viewer.undo.index_changed.connect(self.follow)
        app.viewer.app.segmentation_editor.segmentation_modified.connect(self.follow)
        self.state.change("tool", "brush_mm")(self._use_tool)
        self.state.change("threshold")(self._threshold_moved)
        self.state.change("diameters")(self._diameters_switched)
        self.state.change("contours")(self._contours_switched)

    def show(self) -> None:
        """Show the outline of the case that is looked at, where it has one."""
        outline = self._app.shown
        with self.state:
            self.state.update({"has_result": outline is not None, "tool": LOOK, "diameters": False, "contours": False})
            if outline is not None:
                outline.show()
                self.state.threshold = round(outline.threshold, 2)
                self._show_values()
            self.follow()

    def follow(self, *_: Any) -> None:
        """Let the page say what the outline is now."""
        undo, outline = self._app.viewer.undo, self._app.shown
        with self.state:
            self.state.update({"can_undo": undo.can_undo(), "can_redo": undo.can_redo()})
            if outline is None:
                return
            milliliters, outdated = outline.milliliters, outline.outdated
            found = f"{milliliters:.1f} ml" if milliliters else "No FLAIR abnormality was found."
            self.state.update({"headline": found, "edited": outline.edited, "outdated": outdated})
            self.state.range = outline.range_sentence
            self._show_notes(outline)
            self.state.threshold = round(outline.threshold, 2)
            if outline.diameters_outdated:
                # Lines that measured another outline would be taken for this one's.
                self.state.diameters = False
                outline.show_diameters(shown=False)
            self._app.series.follow()

    def undo(self) -> None:
        """Take the last change of the outline back."""
        if self._app.viewer.undo.can_undo():
            self._app.viewer.undo.undo()
        self.follow()

    def redo(self) -> None:
        """Make the change again that was taken back."""
        if self._app.viewer.undo.can_redo():
            self._app.viewer.undo.redo()
        self.follow()

    def measured(self) -> Measurements.Values:
        """Return the measurements of the outline as it is now, measured anew where they are those of an earlier one."""
        outline = self._app.shown
        if outline is None:
            return {}
        if outline.outdated:
            outline.measure()
            with self.state:
                self._show_values()
            self.follow()
        return outline.values()

    def measure(self) -> None:
        """Measure the outline as it is now, and its time point with it."""
        self.measured()
        if self._app.cases.shown is not None:
            self._app.series.renew(self._app.cases.shown)

    def largest_slice(self) -> None:
        """Go to the slice with the largest area."""
        if self._app.shown is not None:
            self._app.shown.go_to_largest_slice()

    def _threshold_moved(self, threshold: float, **_: Any) -> None:
        outline = self._app.shown
        if outline is not None and abs(float(threshold) - outline.threshold) > _SAME_THRESHOLD:
            outline.set_threshold(float(threshold))
            self.follow()

    def _use_tool(self, tool: str, brush_mm: float, **_: Any) -> None:
        if self._app.shown is not None:
            self._app.viewer.use_tool(tool, float(brush_mm))

    def _diameters_switched(self, diameters: bool, **_: Any) -> None:
        if self._app.shown is not None:
            self._app.shown.show_diameters(shown=bool(diameters))

    def _contours_switched(self, contours: bool, **_: Any) -> None:
        if self._app.shown is not None:
            self._app.shown.show_contours(shown=bool(contours))

    def _show_notes(self, outline: Outline) -> None:
        """Show what speaks against the outline by itself, while it is as the run left it."""
        as_run = outline.as_run
        notes = outline.result.notes(asRun=as_run)
        checks = [note for note in notes if note.startswith(CHECK)] if as_run else []
        self.state.update({"checks": checks, "notes": [note for note in notes if note not in checks]})

    def _show_values(self) -> None:
        values = self._app.shown.values() if self._app.shown is not None else {}
        self.state.copied = False
        self.state.table_text = Measurements.asText(values, "\t")
        self.state.measurements = [
            {
                "key": feature.key,
                "label": feature.label,
                "value": number_text(values.get(feature.key)),
                "number": values.get(feature.key),
                "unit": feature.unit,
                "definition": feature.definition,
            }
            for feature in FEATURES
        ]
