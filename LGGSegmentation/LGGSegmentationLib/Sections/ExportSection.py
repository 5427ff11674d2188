"""Report, DICOM SEG and training case."""

from __future__ import annotations

from pathlib import Path

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Application import DicomExport
from LGGSegmentationLib.Scene import ReportExport, TrainingCase
from LGGSegmentationLib.Scene.Result import Result
from LGGSegmentationLib.Sections.Section import Panel, Section, setReason

_FOLDER_SETTING = "LGGSegmentation/TrainingFolder"


class ExportSection(Section):
    """Writes what leaves Slicer."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._ui.trainingFolder.filters = ctk.ctkPathLineEdit.Dirs
        self._ui.trainingFolder.currentPath = slicer.util.settingsValue(_FOLDER_SETTING, "")
        self._ui.trainingFolder.currentPathChanged.connect(self._folderChanged)
        self._ui.caseName.textChanged.connect(self.update)
        self._ui.patientName.textChanged.connect(self.update)
        self._ui.reportButton.clicked.connect(self._chooseReport)
        self._ui.dicomButton.clicked.connect(self._chooseDicom)
        self._ui.saveCaseButton.clicked.connect(self.saveCase)

    def update(self, _text: str = "") -> None:
        """Say why a button is off."""
        if not self._panel.isOpen:
            return
        result = self._panel.result
        noResult = "" if result is not None else _("There is no result to export yet.")
        setReason(self._ui.reportButton, noResult, _("A page with pictures and measurements, to keep or to print."))
        reason = DicomExport.reasonNotPossible(result)
        setReason(self._ui.dicomButton, reason, _("Writes the outline as DICOM SEG, beside its series."))
        texts = (self._ui.trainingFolder.currentPath, self._ui.caseName.text, self._ui.patientName.text)
        missing = "" if all(texts) else _("Choose a folder and give a case and a patient code first.")
        if result is not None and result.flair is not self._panel.parameters.flairVolume:
            missing = _("The result belongs to another volume than the one chosen as FLAIR: choose that one first.")
        tip = _("Writes the volumes and the outline where training/train.py finds them.")
        setReason(self._ui.saveCaseButton, noResult or missing, tip)

    def saveReport(self, path: Path) -> None:
        """Write the report."""
        with slicer.util.tryWithErrorDisplay(_("The report could not be written."), waitCursor=True):
            ReportExport.export(self._result(), path)
            self._panel.log(_("Report: {path}").format(path=path))

    def saveDicom(self, folder: Path) -> None:
        """Write DICOM SEG."""
        with slicer.util.tryWithErrorDisplay(_("DICOM SEG could not be written."), waitCursor=True):
            DicomExport.export(self._result().node, folder)
            self._panel.log(_("DICOM SEG: {path}").format(path=folder))

    def saveCase(self) -> None:
        """Write the training case; a case of that name is only replaced when the user wants it."""
        parameters = self._panel.parameters
        root, case = Path(self._ui.trainingFolder.currentPath), self._ui.caseName.text
        question = _("The case “{case}” exists already. Replace it?").format(case=case)
        if (root / "cases" / case).exists() and not slicer.util.confirmOkCancelDisplay(question):
            return
        nodes = {"flair": parameters.flairVolume, "pre": parameters.preVolume, "post": parameters.postVolume}
        volumes = {name: node for name, node in nodes.items() if node is not None}
        with slicer.util.tryWithErrorDisplay(_("The case could not be saved."), waitCursor=True):
            folder = TrainingCase.save(root, case, self._ui.patientName.text, volumes, self._result())
            self._panel.say(_("Saved as training case in {folder}.").format(folder=folder))

    def _result(self) -> Result:
        result = self._panel.result
        if result is None:
            raise RuntimeError(_("There is no result to export yet."))
        return result

    def _folderChanged(self, path: str) -> None:
        qt.QSettings().setValue(_FOLDER_SETTING, path)
        self.update()

    def _chooseReport(self) -> None:
        name = f"{self._result().name} report.html"
        path = qt.QFileDialog.getSaveFileName(
            slicer.util.mainWindow(), _("Save report"), name, _("HTML pages") + " (*.html)"
        )
        if path:
            self.saveReport(Path(path))

    def _chooseDicom(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder for the DICOM SEG file"))
        if folder:
            self.saveDicom(Path(folder))
