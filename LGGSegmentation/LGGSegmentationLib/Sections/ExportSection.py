"""Report, DICOM SEG and training case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from lggseg.cohort.prepared import case_folder
from LGGSegmentationLib.Scene import DicomExport, ReportExport, SceneWriter, TrainingCase

_FOLDER_SETTING = "LGGSegmentation/TrainingFolder"


class ExportSection:
    """Writes what leaves Slicer."""

    def __init__(self, panel: Any) -> None:
        """Connect the widgets."""
        self._panel, self._ui = panel, panel.ui
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
        parameters = self._panel.parameters
        if parameters is None:
            return
        hasResult = self._panel.result.segmentId is not None
        noResult = "" if hasResult else _("There is no result to export yet.")
        self._set(self._ui.reportButton, noResult, _("A page with pictures and measurements, to keep or to print."))
        reason = DicomExport.reasonNotPossible(parameters.segmentation)
        self._set(self._ui.dicomButton, reason, _("Writes the outline as DICOM SEG, beside its series."))
        texts = (self._ui.trainingFolder.currentPath, self._ui.caseName.text, self._ui.patientName.text)
        missing = "" if all(texts) else _("Choose a folder and give a case and a patient code first.")
        if hasResult and SceneWriter.flairOf(parameters.segmentation) is not parameters.flairVolume:
            missing = _("The result belongs to another volume than the one chosen as FLAIR: choose that one first.")
        tip = _("Writes the volumes and the outline where training/train.py finds them.")
        self._set(self._ui.saveCaseButton, noResult or missing, tip)

    def saveReport(self, path: Path) -> None:
        """Write the report."""
        with slicer.util.tryWithErrorDisplay(_("The report could not be written."), waitCursor=True):
            ReportExport.export(self._panel.parameters.segmentation, self._panel.result.segmentId, path)
            self._panel.run.log(_("Report: {path}").format(path=path))

    def saveDicom(self, folder: Path) -> None:
        """Write DICOM SEG."""
        with slicer.util.tryWithErrorDisplay(_("DICOM SEG could not be written."), waitCursor=True):
            DicomExport.export(self._panel.parameters.segmentation, folder)
            self._panel.run.log(_("DICOM SEG: {path}").format(path=folder))

    def saveCase(self) -> None:
        """Write the training case; a case of that name is only replaced when the user wants it."""
        parameters = self._panel.parameters
        root, case = Path(self._ui.trainingFolder.currentPath), self._ui.caseName.text
        question = _("The case “{case}” exists already. Replace it?").format(case=case)
        if case_folder(root, case).exists() and not slicer.util.confirmOkCancelDisplay(question):
            return
        nodes = {"flair": parameters.flairVolume, "pre": parameters.preVolume, "post": parameters.postVolume}
        volumes = {name: node for name, node in nodes.items() if node is not None}
        with slicer.util.tryWithErrorDisplay(_("The case could not be saved."), waitCursor=True):
            folder = TrainingCase.save(
                root, case, self._ui.patientName.text, volumes, (parameters.segmentation, self._panel.result.segmentId)
            )
            self._ui.statusLabel.text = _("Saved as training case in {folder}.").format(folder=folder)

    @staticmethod
    def _set(button: Any, reason: str, tip: str) -> None:
        button.enabled = not reason
        button.toolTip = reason or tip

    def _folderChanged(self, path: str) -> None:
        qt.QSettings().setValue(_FOLDER_SETTING, path)
        self.update()

    def _chooseReport(self) -> None:
        name = f"{self._panel.result.volumeName} report.html"
        path = qt.QFileDialog.getSaveFileName(
            slicer.util.mainWindow(), _("Save report"), name, _("HTML pages") + " (*.html)"
        )
        if path:
            self.saveReport(Path(path))

    def _chooseDicom(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder for the DICOM SEG file"))
        if folder:
            self.saveDicom(Path(folder))
