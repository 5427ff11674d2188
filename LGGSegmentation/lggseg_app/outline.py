"""The outline in the scene: written, moved by the threshold, changed by hand, measured and saved.

The scene's side of it is that of the Slicer module (``LGGSegmentationLib.Scene``), written once for both.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from undo_stack import UndoCommand

from lggseg.segmentation.report import number_text
from lggseg.segmentation.result import SegmentResult
from lggseg.shape import measure
from lggseg.volumes import geometry
from lggseg_app.viewer import Viewer
from LGGSegmentationLib.Scene import Contours, Diameters, Measurements, Places, Probability, Segmentations, Views
from LGGSegmentationLib.Scene.Outline import Outlines
from LGGSegmentationLib.Scene.Result import Result, Snapshot, latestResultOf

Mask = npt.NDArray[np.uint8]

EDITED_NOTE = "The outline was changed by hand after the model had drawn it."


class Outline:
    """One result of one volume.

    Attributes:
        made: What the model gave; its image grids are those of the volume as it was read.
        result: The segment in the scene.
    """

    def __init__(self, viewer: Viewer, outlines: Outlines, made: SegmentResult, flair_node: Any) -> None:
        """Put the result into the scene, in the place of an earlier one of the volume."""
        self._viewer, self._outlines = viewer, outlines
        self.made = made
        self._objects: tuple[Any, dict[str, Any]] | None = None
        self._making = threading.Lock()
        earlier = latestResultOf(flair_node)
        segmentation = Segmentations.newSegmentation(flair_node) if earlier is None else earlier.node
        self.result: Result = Segmentations.resultToReplace(segmentation, keepEdited=False)
        self.result.beginRun()
        self.result.write(_voxels(made.mask), flair_node)
        self.result.setThreshold(made.report.threshold)
        self.result.setReport(json.loads(made.report.to_json()))
        Probability.writeProbability(sitk.GetArrayFromImage(made.probability), flair_node, self.result.run)
        Measurements.keep(self.result, made.measurements)

    def show(self) -> None:
        """Show it in the views, and let the tools change it."""
        Views.hideOthers(self.result)
        self._viewer.edit(self.result)
        self.hide_extras()
        if not self.result.isEmpty():
            Views.lookAt(self.result)
            Views.show3D(self.result, shown=True)

    def hide_extras(self) -> None:
        """Take diameters and contours out of the views."""
        self.show_diameters(shown=False)
        self.show_contours(shown=False)

    @property
    def milliliters(self) -> float:
        """Volume of the outline as it is now."""
        counted = self._outlines.of(self.result)
        return counted.milliliters if counted else 0.0

    @property
    def threshold(self) -> float:
        """Threshold that the outline was made with."""
        return float(self.result.threshold or self.made.report.threshold)

    @property
    def edited(self) -> bool:
        """Whether it was changed by hand."""
        return self.result.isEdited()

    @property
    def as_run(self) -> bool:
        """Whether it is as the run left it."""
        return self.result.isAsRun()

    @property
    def notes(self) -> list[str]:
        """What a reader has to know of it."""
        return self.result.notes(asRun=self.as_run)

    @property
    def outdated(self) -> bool:
        """Whether the kept measurements are those of an earlier outline."""
        return Measurements.isOutdated(Measurements.tableOf(self.result.node), self._outlines.of(self.result))

    @property
    def diameters_outdated(self) -> bool:
        """Whether the lines in the views measured another outline."""
        return Diameters.areOfAnother(self.result.node, self._outlines.of(self.result))

    def set_threshold(self, threshold: float) -> None:
        """Draw the outline anew at a threshold; what was drawn by hand goes, and comes back with undo."""
        before = self.result.snapshot()
        mask = self.result.maskAt(threshold, sitk.GetArrayViewFromImage(self.made.probability))
        self.result.write(mask, self.result.flair)
        self.result.setThreshold(threshold)
        self._viewer.undo.push(_Redrawn(self.result, before, self.result.snapshot()))

    def measure(self) -> dict[str, float | int | None]:
        """Measure the outline as it is now, and keep the numbers beside it."""
        return Measurements.measureResult(self.result)

    def values(self) -> dict[str, float | int | None]:
        """Return the kept measurements."""
        return Measurements.valuesOf(Measurements.tableOf(self.result.node))

    def show_diameters(self, *, shown: bool) -> None:
        """Draw or remove the two diameters in the views."""
        if not shown:
            Diameters.remove(self.result.node)
            return
        middle = Diameters.draw(self.result)
        if middle is not None:
            Views.jumpTo(self.result.scene, middle)

    def show_contours(self, *, shown: bool) -> None:
        """Draw or remove the contours of the probability, which show how sharp or doubtful the outline is."""
        if shown:
            Contours.show(self.result)
        else:
            Contours.hide(self.result.flair)

    @property
    def range_sentence(self) -> str:
        """Between how many millilitres the volume lies, in words; empty where that is not known."""
        found = Contours.rangeOf(self.result)
        if found is None or not found.high:
            return ""
        ends = f"{number_text(found.low)} to {number_text(found.high)} ml"
        if found.coverage is None:
            return f"Between its contours at .8 and .2: {ends}."
        return f"{ends}, in {found.coverage:.0%} of patients like this."

    def go_to_largest_slice(self) -> None:
        """Let the views pass through the slice with the largest area."""
        place = Places.largestSlice(self.result)
        if place is not None:
            Views.jumpTo(self.result.scene, place)

    def as_it_is(self) -> SegmentResult:
        """Return the result with the outline, numbers and notes of now."""
        mask = geometry.like(self.result.mask(), self.made.flair)
        measurements = measure(mask)
        report = replace(
            self.made.report,
            threshold=self.threshold,
            measurements=measurements,
            found=bool(measurements["volume_ml"]),
            notes=[*self.notes, *([EDITED_NOTE] if self.edited else [])],
            # What the model says of its outline holds for that one alone.
            doubt=self.made.report.doubt if self.as_run else {},
        )
        rule = self.made.segmentation.rule
        if self.threshold != rule.threshold:
            rule = rule.changed(self.threshold, None)
        return replace(self.made, segmentation=replace(self.made.segmentation, mask=mask, rule=rule), report=report)

    def dicom_maker(self, result: SegmentResult) -> Callable[[], dict[str, Any]]:
        """Return what makes DICOM SEG and SR by the names of their files, beside the scene.

        As long as the outline is the same it gives the same two objects, which refer to each other.

        Args:
            result: What ``as_it_is`` gave. What it makes raises as ``SegmentResult.dicom_objects``.
        """
        state = (self._outlines.of(self.result), self.threshold)
        model = {**result.report.model, "algorithm_type": "SEMIAUTOMATIC" if self.edited else "AUTOMATIC"}
        drawn = replace(result, report=replace(result.report, model=model))

        def objects() -> dict[str, Any]:
            with self._making:  # both links may be clicked before the first object is made
                if self._objects is None or self._objects[0] != state:
                    self._objects = (state, drawn.dicom_objects())
                return self._objects[1]

        return objects


class _Redrawn(UndoCommand):  # type: ignore[misc]
    """A change of the threshold that was made: both outlines, so that it can be taken back and made again."""

    def __init__(self, result: Result, before: Snapshot, after: Snapshot) -> None:
        super().__init__()
        self._result, self._before, self._after = result, before, after

    def undo(self) -> None:
        self._result.restore(self._before)

    def redo(self) -> None:
        self._result.restore(self._after)


def _voxels(image: sitk.Image) -> Mask:
    return np.asarray(sitk.GetArrayFromImage(image), dtype=np.uint8)
