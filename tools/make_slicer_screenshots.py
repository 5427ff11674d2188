"""Makes the pictures of the Slicer module for README and documentation, by clicking through the hosted module.

    make screenshots

Every function of the panel gets its picture. The data are synthetic. The window's frame is the host's; the panel's
widgets are Qt's, the views are drawn by Slicer's own displayable managers. Look at each picture before it is committed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from slicer_case import answer, click, hosted_module, run_to_end, settle, wait_until

ROOT = Path(__file__).resolve().parents[1]

PUBLISHED = ("result", "measurements", "question", "exports", "time-points", "comparison", "scribble")
"""Pictures that the documentation shows; only these are written where the repository keeps its own."""

HOME = ROOT / "Resources" / "Screenshots"

FOLDED = ("inputsSection", "resultSection", "measurementSection")


class Camera:
    """Takes pictures of the window, with what lies over it."""

    def __init__(self, window: Any, folder: Path) -> None:
        """Remember where the pictures go."""
        self._window, self._folder = window, folder

    def take(self, name: str, over: Any = None, at: Any = None) -> None:
        """Save a picture.

        Args:
            name: Becomes part of the file's name.
            over: A message box, window or tooltip that is shown over the main window.
            at: Where its upper left corner is; the middle by default.
        """
        import qt
        from PySide6.QtGui import QPainter

        for _ in range(2):
            settle(0.2)
            self._window.refresh()
        picture = self._window.grab()
        if over is not None:
            piece = over.grab()
            middle = qt.QPoint((picture.width() - piece.width()) // 2, (picture.height() - piece.height()) // 2)
            painter = QPainter(picture)
            painter.drawPixmap(at or middle, piece)
            painter.drawRect((at or middle).x() - 1, (at or middle).y() - 1, piece.width() + 1, piece.height() + 1)
            painter.end()
        if self._folder == HOME and name not in PUBLISHED:
            return
        file = self._folder / f"slicer-{name}.png"
        picture.save(str(file))
        # In true colour: a palette tints the images, which people judge by their grey values.
        Image.open(file).convert("RGB").save(file, optimize=True)

    def tooltip(self, name: str, button: Any) -> None:
        """Save a picture with the tooltip of a button that is off, which says why."""
        import qt
        from PySide6.QtWidgets import QLabel

        tip = QLabel(button.toolTip)
        tip.setWordWrap(True)
        tip.setFixedWidth(360)
        tip.setStyleSheet("background: #ffffdc; color: black; padding: 4px;")
        self.take(name, tip, button.mapTo(self._window, qt.QPoint(24, button.height + 2)))


def main(folder: Path) -> None:
    """Click through the module and save a picture at each station."""
    import slicer

    folder.mkdir(parents=True, exist_ok=True)
    module = hosted_module()
    window = module.window
    panel = window.selectModule(module).self().panel
    camera = Camera(window, folder)
    camera.tooltip("start", panel.ui.segmentButton)
    click(panel.ui.sampleDataButton)
    with_message_boxes(lambda: refuse_installation(panel, camera))
    click(panel.ui.segmentButton)
    wait_until(lambda: panel.ui.progressBar.value > 15, 600)
    camera.take("running")
    wait_until(lambda: not panel.running, 600)
    panel.ui.show3DCheckBox.setChecked(True)
    camera.take("result")
    click(panel.ui.diametersButton)
    click(panel.ui.showTableButton)
    camera.take("measurements")
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    window.resize(window.width, 1250)
    uncertainty(panel, camera)
    correct(panel, camera)
    scribble(panel, camera)
    exports(panel, camera)
    window.resize(window.width, 840)
    second_time_point(panel)
    camera.take("time-points")
    window.resize(window.width, 1250)
    growth(panel, camera)


def with_message_boxes(action: Callable[[], None]) -> None:
    """Do something with message boxes shown, as outside of tests."""
    import slicer

    before, slicer.app._testing = slicer.app._testing, False
    try:
        action()
    finally:
        slicer.app._testing = before


def refuse_installation(panel: Any, camera: Camera) -> None:
    """Click as if ONNX Runtime were not there, and say no."""
    from LGGSegmentationLib.Process import Dependencies

    satisfied, Dependencies.isSatisfied = Dependencies.isSatisfied, lambda _requirement: False
    try:
        answer("Cancel", lambda box: camera.take("installation", box))
        click(panel.ui.segmentButton)
    finally:
        Dependencies.isSatisfied = satisfied


def correct(panel: Any, camera: Camera) -> None:
    """Paint with the mouse's part played by a script, measure again, run again and be asked."""
    import numpy as np

    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    panel.ui.inputsSection.collapsed = True
    panel.ui.editorSection.collapsed = False
    settle()
    parameters = panel.parameters
    node, flair = parameters.segmentation, parameters.flairVolume
    segment = currentResult(node).segmentId
    mask = VolumeExchange.readMask(node, segment, flair)
    VolumeExchange.writeMask(np.maximum(mask, np.roll(mask, 12, axis=2)), node, segment, flair)
    camera.take("correction")
    click(panel.ui.recomputeButton)
    camera.take("recomputed")
    answer("Keep both", lambda box: camera.take("question", box))
    with_message_boxes(lambda: run_to_end(panel))
    camera.take("kept-both")
    panel.ui.editorSection.collapsed = True


def uncertainty(panel: Any, camera: Camera) -> None:
    """Show the contours at .2, .5 and .8 where the outline is largest."""
    panel.ui.contoursCheckBox.setChecked(True)
    click(panel.ui.largestSliceButton)
    camera.take("contours")
    panel.ui.contoursCheckBox.setChecked(False)


def scribble(panel: Any, camera: Camera) -> None:
    """Scribble «not this» across the outline and «this too» beside it, with the mouse's part played by a script."""
    import numpy as np

    from LGGSegmentationLib.Scene import Scribbles, VolumeExchange

    panel.ui.editorSection.collapsed = False
    flair = panel.parameters.flairVolume
    click(panel.ui.largestSliceButton)
    patience, panel.scribbles._timer.interval = panel.scribbles._timer.interval, 10_000
    for kind, button in ((Scribbles.EXCLUDE, panel.ui.excludeButton), (Scribbles.INCLUDE, panel.ui.includeButton)):
        click(button)
        mask = panel.result.mask()
        k = int(np.argmax(mask.sum(axis=(1, 2))))
        rows, columns = np.nonzero(mask[k])
        middle, last = int(np.median(rows)), int(columns.max())
        drawn = np.zeros_like(mask)
        if kind == Scribbles.EXCLUDE:
            drawn[k, middle - 8 : middle + 8, last - 6 : last - 2] = 1
        else:
            drawn[k, middle - 8 : middle + 8, last + 3 : last + 7] = 1
        VolumeExchange.writeMask(drawn, Scribbles.scribblesOf(flair), kind, flair)
        name = "scribble" if kind == Scribbles.EXCLUDE else "scribble-too"
        camera.take(name)
        panel.scribbles.takeUp()
        camera.take(f"{name}-followed")
    panel.scribbles._timer.interval = patience
    panel.scribbles.stop()
    for _ in range(2):
        answer("OK")  # a correction is not taken back unasked
        with_message_boxes(lambda: click(panel.ui.undoButton))
    panel.ui.editorSection.collapsed = True


def growth(panel: Any, camera: Camera) -> None:
    """Say how it grew, plot it, align both studies and show them side by side."""
    panel.ui.timePointSection.collapsed = True
    panel.ui.growthSection.collapsed = False
    click(panel.ui.plotDiameterButton)
    camera.take("growth")
    panel.ui.treatmentDate.text = "2024-04-02"
    click(panel.ui.addTreatmentButton)
    click(panel.ui.growthTableButton)
    camera.take("growth-after-surgery")
    panel.ui.treatmentWidget.selectRow(0)
    click(panel.ui.removeTreatmentButton)
    click(panel.ui.compareButton)
    wait_until(lambda: not panel.logic.aligner.running, 600)
    camera.take("comparison")
    panel.ui.comparisonKindBox.setCurrentIndex(1)
    camera.take("checkerboard")
    click(panel.ui.endComparisonButton)


def exports(panel: Any, camera: Camera) -> None:
    """Report, DICOM SEG, training case, other model, model card."""
    for name in ("measurementSection", "resultSection"):
        getattr(panel.ui, name).collapsed = True
    panel.ui.exportSection.collapsed = False
    panel.ui.modelSection.collapsed = False
    panel.ui.logSection.collapsed = False
    settle()
    with tempfile.TemporaryDirectory() as folder:
        panel.exports.saveReport(Path(folder) / "report.html")
        panel.ui.trainingFolder.currentPath = str(Path(folder) / "corrected")
        panel.ui.caseName.setText("case-1")
        panel.ui.patientName.setText("patient-1")
        click(panel.ui.saveCaseButton)
        camera.tooltip("exports", panel.ui.dicomButton)
    click(panel.ui.modelCardButton)
    camera.take("model-card", panel.modelSection.card)
    panel.modelSection.card.close()
    for name in ("exportSection", "modelSection", "logSection"):
        getattr(panel.ui, name).collapsed = True


def second_time_point(panel: Any) -> None:
    """Segment the later study, type the dates, plot."""
    import SampleData
    import slicer

    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    # Nobody is there to be asked whether the two synthetic studies are of one patient.
    panel.logic.samePatient = lambda _first, _second: True
    panel.parameters.flairVolume = SampleData.downloadSample("LGGSyntheticStudyLater")
    settle()
    run_to_end(panel)
    for name in FOLDED:
        getattr(panel.ui, name).collapsed = True
    panel.ui.timePointSection.collapsed = False
    for row, date in enumerate(("2024-01-10", "2024-09-01")):
        panel.ui.timePointWidget.item(row, 1).setText(date)
        settle()
    panel.ui.growthSection.collapsed = False
    click(panel.ui.plotVolumeButton)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME)
