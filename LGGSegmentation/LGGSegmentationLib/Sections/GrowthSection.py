"""How the abnormality of a patient grew: in words, with treatments, as plot, table and files."""

from __future__ import annotations

import datetime
from html import escape
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from lggseg.errors import LggsegError, OutputError
from lggseg.growth.conclusion import SeriesResult
from lggseg.growth.timeline import Treatment
from lggseg.growth.words import criteria_facts, part_facts
from lggseg.notice import RESEARCH_USE
from LGGSegmentationLib.Application import Display
from LGGSegmentationLib.Scene import GrowthPlot, GrowthTable, TimePoints, Treatments
from LGGSegmentationLib.Sections.Section import Node, Panel, Section, setReason


class GrowthSection(Section):
    """Says how the abnormality grew, from the outlines as they are now; only while it is unfolded."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._result: SeriesResult | None = None
        self._treatments: tuple[Treatment, ...] = ()
        table = self._ui.treatmentWidget
        table.setColumnCount(2)
        table.setHorizontalHeaderLabels([_("Date"), _("Treatment")])
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(1, qt.QHeaderView.Stretch)
        table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        table.verticalHeader().hide()
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.itemSelectionChanged.connect(self._updateRemove)
        for kind, name in Treatments.kinds().items():
            self._ui.treatmentKindBox.addItem(name, kind)
        self._ui.growthSection.contentsCollapsed.connect(self._folded)
        self._ui.addTreatmentButton.clicked.connect(self.addTreatment)
        self._ui.treatmentDate.returnPressed.connect(self.addTreatment)
        self._ui.removeTreatmentButton.clicked.connect(self.removeTreatments)
        self._ui.plotVolumeButton.clicked.connect(lambda: self.plot(GrowthPlot.VOLUME))
        self._ui.plotDiameterButton.clicked.connect(lambda: self.plot(GrowthPlot.DIAMETER))
        self._ui.growthTableButton.clicked.connect(self.showTable)
        self._ui.saveGrowthButton.clicked.connect(self._chooseFolder)

    @property
    def _table(self) -> Node:
        return self._panel.parameters.timePointTable

    def update(self) -> None:
        """Say how it grew, or why there is no answer."""
        if self._ui.growthSection.collapsed:
            return
        self._result, reason = self._conclude()
        self._ui.growthLabel.text = _answer(self._result) if self._result is not None else escape(reason)
        notes = _notes(self._result) if self._result is not None else []
        self._ui.growthNotesLabel.text = "\n".join(notes)
        self._ui.growthNotesLabel.visible = bool(notes)
        self._showTreatments()
        self._updateButtons(reason)

    def _conclude(self) -> tuple[SeriesResult | None, str]:
        if self._table is None or self._table.GetNumberOfRows() == 0:
            return None, _("There are no time points yet: segment the studies of a patient.")
        try:
            return self._panel.logic.growth.result(self._table), ""
        except LggsegError as error:
            return None, str(error)

    def _updateButtons(self, reason: str) -> None:
        mixed = self._result.report.withheld if self._result is not None else ""
        few = _("A plot needs two studies.") if self._result is not None and len(self._result.seen) < 2 else ""
        tips = {
            "plotVolumeButton": _("Plots the volume of each study with its error, beside the images."),
            "plotDiameterButton": _("Plots the mean diameter with its error and the fitted line, beside the images."),
        }
        for name, tip in tips.items():
            setReason(getattr(self._ui, name), reason or few or mixed, tip)
        setReason(self._ui.growthTableButton, reason, _("Shows a row for each study beside the images."))
        setReason(
            self._ui.saveGrowthButton,
            reason,
            _("Writes page, plots, tables (CSV), pictures and maps of the change into a folder."),
        )
        none = "" if self._table is not None else _("There are no time points yet.")
        setReason(self._ui.addTreatmentButton, none, _("Treatments split the series: nothing is fitted across them."))

    def addTreatment(self) -> None:
        """Add the treatment that was typed."""
        if self._table is None:
            return
        try:
            day = TimePoints.parseDate(self._ui.treatmentDate.text)
            problem = "" if day else _("Type the date of the treatment first, as 2024-03-01.")
        except ValueError as error:
            problem = str(error)
        if problem:
            slicer.util.errorDisplay(problem, windowTitle=_("Date"))
            return
        box = self._ui.treatmentKindBox
        added = Treatment(datetime.date.fromisoformat(day), str(box.itemData(box.currentIndex)))
        Treatments.write(self._table, [*self._treatments, added])
        self._ui.treatmentDate.text = ""
        self._panel.update()

    def removeTreatments(self) -> None:
        """Remove the selected treatments."""
        rows = {item.row() for item in self._ui.treatmentWidget.selectedItems()}
        Treatments.write(self._table, [one for row, one in enumerate(self._treatments) if row not in rows])
        self._panel.update()

    def plot(self, kind: str) -> None:
        """Show a chart."""
        if self._result is not None:
            Display.showPlot(GrowthPlot.show(self._table, self._result.report, kind))

    def showTable(self) -> None:
        """Show the table beside the images."""
        if self._result is not None:
            Display.showTable(GrowthTable.show(self._table, self._result.report))

    def save(self, folder: Path) -> None:
        """Write all files of the series; what is there already is replaced only when somebody says so."""
        with slicer.util.tryWithErrorDisplay(_("The growth could not be saved."), waitCursor=True):
            # Pictures need Pillow, which comes with Slicer but not with every build of it.
            from lggseg.growth.writing import write_patient  # noqa: PLC0415

            result = self._panel.logic.growth.withVolumes(self._table)
            try:
                files = write_patient(result, folder, overwrite=False)
            except OutputError as error:
                question = _("{error}\n\nReplace what is there?").format(error=error)
                if not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("Save growth")):
                    return
                files = write_patient(result, folder, overwrite=True)
            self._panel.say(_("Saved: {file}").format(file=files["page"]))

    def _chooseFolder(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder for the growth"))
        if folder:
            self.save(Path(folder))

    def _showTreatments(self) -> None:
        treatments = Treatments.read(self._table)
        if treatments != self._treatments:
            self._treatments = treatments
            table, names = self._ui.treatmentWidget, Treatments.kinds()
            table.setRowCount(len(treatments))
            for row, treatment in enumerate(treatments):
                table.setItem(row, 0, qt.QTableWidgetItem(treatment.date.isoformat()))
                table.setItem(row, 1, qt.QTableWidgetItem(names[treatment.kind]))
        self._updateRemove()

    def _updateRemove(self) -> None:
        none = "" if self._ui.treatmentWidget.selectedItems() else _("Choose a treatment in the list first.")
        setReason(self._ui.removeTreatmentButton, none, _("Removes the selected treatments from the list."))

    def _folded(self, collapsed: bool) -> None:
        if not collapsed and self._panel.isOpen:
            self.update()


def _answer(result: SeriesResult) -> str:
    """Return the answer as rich text: a paragraph for each part of the series."""
    report = result.report
    if report.withheld:
        return f"<p><b>{escape(report.sentences[0])}</b></p><p>{escape(RESEARCH_USE)}</p>"
    paragraphs = []
    for part in report.parts:
        facts = [*part_facts(part), *criteria_facts(part)]
        lines = "".join(f"<br>{escape(name)}: <b>{escape(value)}</b>" for name, value in facts)
        paragraphs.append(f"<p><b>{escape(part.sentence)}</b>{lines}</p>")
    return "".join(paragraphs) + f"<p>{escape(RESEARCH_USE)}</p>"


def _notes(result: SeriesResult) -> list[str]:
    """Return what a reader has to know, each sentence once."""
    report = result.report
    said = [*(note for part in report.parts for note in part.notes), *report.notes, *result.notes]
    return list(dict.fromkeys(said))
