"""Time points of one patient: table with dates to type, change, and plot."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Scene import InputGuess, Measurements, SceneWriter, TimePoints

_DATE_COLUMN = 1


class TimePointSection:
    """Shows and edits the table of time points."""

    def __init__(self, panel: Any) -> None:
        """Connect the widgets."""
        self._panel, self._ui = panel, panel.ui
        self._points: list[TimePoints.TimePoint] = []
        self._filling = False
        table = self._ui.timePointWidget
        table.setColumnCount(3)
        table.setHorizontalHeaderLabels([_("Volume"), _("Date"), _("ml")])
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        table.verticalHeader().hide()
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.itemChanged.connect(self._edited)
        table.itemSelectionChanged.connect(self._updateRemove)
        self._ui.addTimePointButton.clicked.connect(self.add)
        self._ui.removeTimePointButton.clicked.connect(self.remove)
        self._ui.plotButton.clicked.connect(self.plot)
        self._ui.segmentAllButton.clicked.connect(self.segmentAll)

    def update(self) -> None:
        """Show the table node."""
        node = self._panel.parameters.timePointTable
        points = TimePoints.read(node) if node is not None else []
        if points != self._points:
            self._points = points
            self._fill()
        self._ui.changeLabel.text = TimePoints.change(points)
        self._ui.changeLabel.visible = len(points) > 1
        canAdd = bool(Measurements.valuesOf(self._panel.parameters.measurementTable))
        self._ui.addTimePointButton.enabled = canAdd and self._panel.result.segmentId is not None
        self._ui.addTimePointButton.toolTip = (
            _("Adds the measurements of the present result.") if canAdd else _("There is no result yet.")
        )
        self._ui.plotButton.enabled = len(points) > 1
        self._ui.plotButton.toolTip = (
            _("Plots the volume over time, beside the images.")
            if len(points) > 1
            else _("A plot needs two time points.")
        )
        self._ui.segmentAllButton.enabled = not self._panel.run.running
        self._updateRemove()

    def add(self) -> None:
        """Add the present result."""
        with slicer.util.tryWithErrorDisplay(_("The time point could not be added."), waitCursor=True):
            # As it is now: the outline may have been corrected since it was measured.
            values = self._panel.logic.measure(self._panel.parameters)
            self._panel.logic.addTimePoint(values, self._panel.parameters)
            self._panel.measurements.measured()
            self._panel.update()

    def remove(self) -> None:
        """Remove the selected time points."""
        rows = {item.row() for item in self._ui.timePointWidget.selectedItems()}
        kept = [point for row, point in enumerate(self._points) if row not in rows]
        TimePoints.write(self._panel.parameters.timePointTable, kept)
        self._panel.update()

    def plot(self) -> None:
        """Show the plot."""
        TimePoints.plot(self._panel.parameters.timePointTable)

    def segmentAll(self) -> None:
        """Segment every FLAIR volume of the scene in turn."""
        volumes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if self._isFlair(node)]
        if not volumes:
            slicer.util.infoDisplay(_("No volume has FLAIR in its name: rename them, or segment one by one."))
            return
        self._panel.parameters.addToTimePoints = True
        self._panel.run.segmentAll(volumes)

    @staticmethod
    def _isFlair(node: Any) -> bool:
        usable = InputGuess.isPlainVolume(node) and not SceneWriter.isProbability(node)
        usable = usable and node.GetImageData() is not None
        return usable and InputGuess.sequenceOf(InputGuess.describe(node)) == InputGuess.FLAIR

    def _fill(self) -> None:
        table = self._ui.timePointWidget
        self._filling = True
        table.setRowCount(len(self._points))
        for row, point in enumerate(self._points):
            for column, text in enumerate((point.name, point.date, f"{point.volumeMl:.1f}")):
                item = qt.QTableWidgetItem(text)
                if column == _DATE_COLUMN:
                    item.setToolTip(_("Type the date of the scan: 2024-03-01."))
                else:
                    item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
                table.setItem(row, column, item)
        table.resizeColumnToContents(_DATE_COLUMN)
        self._filling = False

    def _edited(self, item: Any) -> None:
        """Take over a date that was typed."""
        if self._filling or item.column() != _DATE_COLUMN:
            return
        points = list(self._points)
        try:
            points[item.row()].date = TimePoints.parseDate(item.text())
        except ValueError as error:
            slicer.util.errorDisplay(str(error), windowTitle=_("Date"))
        TimePoints.write(self._panel.parameters.timePointTable, points)
        self._points = []
        # The table must not be filled anew while it is still being edited.
        qt.QTimer.singleShot(0, self._panel.update)

    def _updateRemove(self) -> None:
        self._ui.removeTimePointButton.enabled = bool(self._ui.timePointWidget.selectedItems())
