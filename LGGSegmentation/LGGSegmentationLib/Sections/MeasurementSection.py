"""The table of shape features in the panel, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from lggseg.shape import FEATURES
from LGGSegmentationLib.Application import Display
from LGGSegmentationLib.Scene import Diameters, Measurements, Views
from LGGSegmentationLib.Sections.Section import Panel, Section, setReason


class MeasurementSection(Section):
    """Shows measurements, with unit and definition in tooltips; copies and saves them."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._values: Measurements.Values = {}
        table = self._ui.measurementWidget
        table.setColumnCount(3)
        table.setHorizontalHeaderLabels([_("Measurement"), _("Value"), _("Unit")])
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        # Whatever the font, a number is seen whole: half a number would be another one.
        for column in (1, 2):
            table.horizontalHeader().setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        table.verticalHeader().hide()
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        actions = {
            "recomputeButton": self.recompute,
            "showTableButton": self.show,
            "copyButton": self.copy,
            "saveCsvButton": self._chooseCsv,
            "diametersButton": self.toggleDiameters,
        }
        for name, action in actions.items():
            getattr(self._ui, name).clicked.connect(action)
        self._ui.diameterLabelsCheckBox.toggled.connect(self._showLabels)

    @property
    def outdated(self) -> bool:
        """Whether the numbers are those of another outline than the one that is shown."""
        return Measurements.isOutdated(self._panel.parameters.measurementTable, self._panel.outline)

    def update(self) -> None:
        """Fill the table when the values changed, and say why a button is off."""
        values = Measurements.valuesOf(self._panel.parameters.measurementTable)
        if values != self._values:
            self._values = values
            self._fill()
        self._updateButtons()
        self._mark()

    def outlineChanged(self) -> None:
        """Hide lines that measured an earlier outline; the table says that it is of one."""
        result = self._panel.result
        if result is not None:
            Diameters.setVisible(result.node, visible=False)
        self._updateButtons()
        self._mark()

    def _updateButtons(self) -> None:
        hasResult = self._panel.result is not None and not self._panel.running
        noResult = "" if hasResult else _("There is no result yet.")
        noNumbers = noResult or ("" if self._values else _("There are no measurements yet: press Recompute."))
        if self.outdated:
            noNumbers = _("The outline has changed: press Recompute first.")
        setReason(self._ui.recomputeButton, noResult, _("Measures the outline as it is now, corrections included."))
        setReason(self._ui.showTableButton, noNumbers, _("Shows the table beside the images."))
        setReason(self._ui.copyButton, noNumbers, _("Copies the table, to paste it into a spreadsheet."))
        tip = _("Saves the table with full numbers, units and definitions.")
        setReason(self._ui.saveCsvButton, noNumbers, tip)
        tip = _("Draws the longest and the perpendicular diameter (as in RANO) into the views, or hides them.")
        setReason(self._ui.diametersButton, noResult, tip)
        result = self._panel.result
        shown = result is not None and Diameters.shown(result.node)
        self._ui.diametersButton.text = _("Hide &diameters") if shown else _("Draw &diameters")
        self._ui.diameterLabelsCheckBox.enabled = shown

    def recompute(self) -> None:
        """Measure the outline as it is now."""
        with slicer.util.tryWithErrorDisplay(_("The outline could not be measured."), waitCursor=True):
            self._panel.logic.measure(self._panel.parameters)
            result = self._panel.result
            if result is not None and Diameters.drawn(result.node):
                self.drawDiameters()
            self._panel.update()

    def show(self) -> None:
        """Show the table beside the images."""
        Display.showTable(self._panel.parameters.measurementTable)

    def copy(self) -> None:
        """Copy the table to the clipboard."""
        slicer.app.clipboard().setText(Measurements.asText(self._values, "\t"))

    def saveCsv(self, path: Path) -> None:
        """Save the table."""
        with slicer.util.tryWithErrorDisplay(_("The table could not be saved.")):
            Measurements.saveCsv(self._values, path)

    def toggleDiameters(self) -> None:
        """Draw the bidirectional diameters, or hide them."""
        result = self._panel.result
        if result is not None and Diameters.shown(result.node):
            Diameters.setVisible(result.node, visible=False)
        else:
            self.drawDiameters()
        self._panel.update()

    def drawDiameters(self) -> None:
        """Draw the bidirectional diameters of the outline as it is now, and go to their slice."""
        result = self._panel.result
        if result is None:
            return
        with slicer.util.tryWithErrorDisplay(_("The diameters could not be drawn.")):
            middle = Diameters.draw(result)
            Diameters.setLabels(result.node, visible=self._ui.diameterLabelsCheckBox.checked)
            if middle is not None:
                Views.jumpTo(slicer.mrmlScene, middle)

    def _showLabels(self, visible: bool) -> None:
        result = self._panel.result
        if result is not None:
            Diameters.setLabels(result.node, visible=visible)

    def _chooseCsv(self) -> None:
        result = self._panel.result
        name = f"{result.name if result is not None else ''} measurements.csv"
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
            texts = (feature.label, Measurements.valueText(self._values.get(feature.key)), feature.unit)
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(Measurements.tooltip(feature))
                if column == 1:
                    item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
                table.setItem(row, column, item)

    def _mark(self) -> None:
        self._ui.measurementWidget.enabled = not self.outdated
        title = _("Measurements")
        self._ui.measurementSection.text = (
            _("{title} (of an earlier outline: press Recompute)").format(title=title) if self.outdated else title
        )
