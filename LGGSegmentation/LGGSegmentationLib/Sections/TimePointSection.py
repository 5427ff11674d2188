"""Time points of one patient: table with dates to type, and change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Application import DicomTags
from LGGSegmentationLib.Scene import InputGuess, TimePoints
from LGGSegmentationLib.Sections.Section import Panel, Section, setReason

_DATE_COLUMN = 1


class TimePointSection(Section):
    """Shows and edits the table of time points."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._points: list[TimePoints.TimePoint] = []
        self._gone: list[bool] = []
        self._filling = False
        table = self._ui.timePointWidget
        table.setColumnCount(3)
        table.setHorizontalHeaderLabels([_("Volume"), _("Date"), _("ml")])
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        for column in (_DATE_COLUMN, _DATE_COLUMN + 1):
            table.horizontalHeader().setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        table.verticalHeader().hide()
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.itemChanged.connect(self._edited)
        table.itemSelectionChanged.connect(self._selected)
        self._ui.addTimePointButton.clicked.connect(self.add)
        self._ui.removeTimePointButton.clicked.connect(self.remove)
        self._ui.segmentAllButton.clicked.connect(self.segmentAll)

    def update(self) -> None:
        """Show the table node."""
        points = TimePoints.read(self._panel.parameters.timePointTable)
        gone = [TimePoints.resultOf(slicer.mrmlScene, point) is None for point in points]
        if (points, gone) != (self._points, self._gone):
            self._points, self._gone = points, gone
            self._fill()
        self._ui.changeLabel.text = TimePoints.change(points)
        self._ui.changeLabel.visible = len(points) > 1
        noResult = "" if self._panel.result is not None else _("There is no result yet.")
        setReason(self._ui.addTimePointButton, noResult, _("Measures the present result and adds it."))
        running = _("A segmentation is running.") if self._panel.running else ""
        tip = _("Segments every FLAIR volume of the scene, one after the other.")
        setReason(self._ui.segmentAllButton, running, tip)
        self._updateRemove()

    def add(self) -> None:
        """Add the present result."""
        with slicer.util.tryWithErrorDisplay(_("The time point could not be added."), waitCursor=True):
            # As it is now: the outline may have been corrected since it was measured.
            values = self._panel.logic.measure(self._panel.parameters)
            result = self._panel.result
            if result is not None:
                self._panel.logic.addTimePoint(result, values, self._panel.parameters)
            self._panel.update()

    def remove(self) -> None:
        """Remove the selected time points."""
        rows = self._selectedRows()
        kept = [point for row, point in enumerate(self._points) if row not in rows]
        TimePoints.write(self._panel.parameters.timePointTable, kept)
        self._panel.update()

    def segmentAll(self) -> None:
        """Segment every FLAIR volume of the scene in turn."""
        volumes = InputGuess.flairVolumes(slicer.mrmlScene, DicomTags.read)
        if not volumes:
            slicer.util.infoDisplay(_("No volume has FLAIR in its name: rename them, or segment one by one."))
            return
        self._panel.segmentAll(volumes)

    def _fill(self) -> None:
        table = self._ui.timePointWidget
        self._filling = True
        table.setRowCount(len(self._points))
        for row, (point, gone) in enumerate(zip(self._points, self._gone, strict=True)):
            for column, text in enumerate((point.name, point.date, f"{point.volumeMl:.1f}")):
                item = qt.QTableWidgetItem(text + (" *" if gone and column == 0 else ""))
                item.setToolTip(_tip(point, gone=gone))
                if column == _DATE_COLUMN:
                    item.setToolTip(_("Type the date of the scan: 2024-03-01."))
                else:
                    item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
                table.setItem(row, column, item)
        self._filling = False

    def _edited(self, item: Any) -> None:
        """Take over a date that was typed."""
        if self._filling or item.column() != _DATE_COLUMN:
            return
        points = list(self._points)
        try:
            points[item.row()] = replace(points[item.row()], date=TimePoints.parseDate(item.text()))
        except ValueError as error:
            slicer.util.errorDisplay(str(error), windowTitle=_("Date"))
        TimePoints.write(self._panel.parameters.timePointTable, points)
        self._points = []
        # The table must not be filled anew while it is still being edited.
        qt.QTimer.singleShot(0, self._panel.update)

    def _selectedRows(self) -> set[int]:
        return {item.row() for item in self._ui.timePointWidget.selectedItems()}

    def _selected(self) -> None:
        """Show the volume and the outline of the row that was clicked."""
        self._updateRemove()
        rows = self._selectedRows()
        if self._filling or len(rows) != 1 or not self._panel.isOpen:
            return
        volume = TimePoints.volumeOf(slicer.mrmlScene, self._points[rows.pop()])
        if volume is not None:
            self._panel.showResultOf(volume)

    def _updateRemove(self) -> None:
        self._ui.removeTimePointButton.enabled = bool(self._ui.timePointWidget.selectedItems())


def _tip(point: TimePoints.TimePoint, *, gone: bool) -> str:
    """Return what made a row, for the mouse that rests on it."""
    lines = [point.name]
    if point.model:
        lines.append(_("Model: {model}").format(model=point.model))
    if point.threshold is not None:
        lines.append(_("Threshold: {threshold:g}").format(threshold=point.threshold))
    if point.longestMm is not None:
        lines.append(_("Longest diameter: {length:.1f} mm").format(length=point.longestMm))
    last = _("* Its outline is no longer in the scene: the row stays as it was.") if gone else _("Click to show it.")
    lines.append(last)
    return "\n".join(lines)
