"""The table of shape features in the panel, and what can be done with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from lggseg.shape import FEATURES
from LGGSegmentationLib.Scene import Diameters, Measurements


class MeasurementSection:
    """Shows measurements, with unit and definition in tooltips; copies and saves them."""

    def __init__(self, panel: Any) -> None:
        """Connect the widgets."""
        self._panel, self._ui = panel, panel.ui
        self._values: Measurements.Values = {}
        self._outdated = False
        table = self._ui.measurementWidget
        table.setColumnCount(3)
        table.setHorizontalHeaderLabels([_("Measurement"), _("Value"), _("Unit")])
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        table.verticalHeader().hide()
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        actions = {
            "recomputeButton": self.recompute,
            "showTableButton": self.show,
            "copyButton": self.copy,
            "saveCsvButton": self._chooseCsv,
            "diametersButton": self.drawDiameters,
        }
        for name, action in actions.items():
            getattr(self._ui, name).clicked.connect(action)

    def update(self) -> None:
        """Fill the table when the values changed, and say why a button is off."""
        values = Measurements.valuesOf(self._panel.parameters.measurementTable)
        if values != self._values:
            self._values, self._outdated = values, False
            self._fill()
        hasResult = self._panel.result.segmentId is not None and not self._panel.run.running
        tips = {
            "recomputeButton": _("Measures the outline as it is now, corrections included."),
            "showTableButton": _("Shows the table beside the images."),
            "copyButton": _("Copies the table, to paste it into a spreadsheet."),
            "saveCsvButton": _("Saves the table with full numbers, units and definitions."),
            "diametersButton": _("Draws the longest and the perpendicular diameter (as in RANO) into the views."),
        }
        for name, tip in tips.items():
            button = getattr(self._ui, name)
            needsNumbers = name not in {"recomputeButton", "diametersButton"}
            outdated = needsNumbers and self._outdated
            button.enabled = hasResult and not outdated and bool(values or not needsNumbers)
            reason = _("The outline has changed: press Recompute first.") if outdated else _("There is no result yet.")
            button.toolTip = tip if button.enabled else reason
        self._mark()

    def outdated(self) -> None:
        """Say that the outline has changed since it was measured; hide lines that measured it."""
        if self._panel.parameters is None:
            return
        self._outdated = bool(self._values)
        node = self._panel.parameters.segmentation
        if node is not None:
            Diameters.setVisible(node, False)
        self.update()

    def measured(self) -> None:
        """Note that the table is that of the present outline; the next update shows it."""
        self._outdated = False

    def recompute(self) -> None:
        """Measure the outline as it is now."""
        with slicer.util.tryWithErrorDisplay(_("The outline could not be measured."), waitCursor=True):
            self._panel.logic.measure(self._panel.parameters)
            self.measured()
            self._panel.update()
            if Diameters.drawn(self._panel.parameters.segmentation):
                self.drawDiameters()

    def show(self) -> None:
        """Show the table beside the images."""
        Measurements.showTable(self._panel.parameters.measurementTable)

    def copy(self) -> None:
        """Copy the table to the clipboard."""
        slicer.app.clipboard().setText(Measurements.asText(self._values, "\t"))

    def saveCsv(self, path: Path) -> None:
        """Save the table."""
        with slicer.util.tryWithErrorDisplay(_("The table could not be saved.")):
            Measurements.saveCsv(self._values, path)

    def drawDiameters(self) -> None:
        """Draw the bidirectional diameters."""
        with slicer.util.tryWithErrorDisplay(_("The diameters could not be drawn.")):
            Diameters.draw(self._panel.parameters.segmentation, self._panel.result.segmentId)

    def _chooseCsv(self) -> None:
        name = f"{self._panel.result.volumeName} measurements.csv"
        path = qt.QFileDialog.getSaveFileName(
            slicer.util.mainWindow(), _("Save measurements"), name, _("CSV files") + " (*.csv)"
        )
        if path:
            self.saveCsv(Path(path))

    def _fill(self) -> None:
        table = self._ui.measurementWidget
        table.setRowCount(len(FEATURES) if self._values else 0)
        if not self._values:
            return
        for row, feature in enumerate(FEATURES):
            texts = (feature.label, Measurements.valueText(feature, self._values.get(feature.key)), feature.unit)
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(Measurements.tooltip(feature))
                if column == 1:
                    item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
                table.setItem(row, column, item)
        for column in (1, 2):
            table.resizeColumnToContents(column)
        table.resizeRowsToContents()

    def _mark(self) -> None:
        """Grey numbers that are no longer those of the outline shown."""
        self._ui.measurementWidget.enabled = not self._outdated
        title = _("Measurements")
        self._ui.measurementSection.text = (
            _("{title} (of an earlier outline: press Recompute)").format(title=title) if self._outdated else title
        )
