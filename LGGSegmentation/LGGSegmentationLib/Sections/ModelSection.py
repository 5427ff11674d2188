"""Which model, what it says of itself, and what it runs on."""

from __future__ import annotations

from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from LGGSegmentationLib.Logic import RequirementsFile
from LGGSegmentationLib.Process import Dependencies, ModelChoice
from LGGSegmentationLib.Sections.Section import Panel, Section

_CARD_SIZE = (720, 640)


class ModelSection(Section):
    """Shows and chooses the model."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._folder: str | None = None
        self.card: Any = None
        for text, runtime in ((_("Automatic"), "auto"), (_("ONNX Runtime"), "onnx"), (_("PyTorch"), "torch")):
            self._ui.runtimeBox.addItem(text, runtime)
        self._ui.runtimeBox.currentIndexChanged.connect(self._runtimeChosen)
        self._ui.modelPath.filters = ctk.ctkPathLineEdit.Dirs
        self._ui.modelPath.currentPathChanged.connect(self._folderChosen)
        self._ui.modelCardButton.clicked.connect(self.showCard)
        self._ui.shippedModelButton.clicked.connect(self.useShipped)

    def update(self) -> None:
        """Follow the parameter node."""
        parameters = self._panel.parameters
        if parameters.modelFolder != self._folder:
            self._folder = parameters.modelFolder
            self._ui.modelPath.currentPath = self._folder
            self._read()
        self._ui.runtimeBox.setCurrentIndex(self._ui.runtimeBox.findData(parameters.runtime))
        self._ui.shippedModelButton.enabled = bool(parameters.modelFolder)
        self._ui.shippedModelButton.toolTip = (
            _("Forgets the other model.") if parameters.modelFolder else _("The shipped model is in use.")
        )
        self._ui.dependencyLabel.text = Dependencies.status(RequirementsFile)

    def useShipped(self) -> None:
        """Go back to the model that comes with the module."""
        self._panel.parameters.modelFolder = ""

    def showCard(self) -> None:
        """Show the model card in a window of its own."""
        if self.card is None:
            self.card = qt.QTextBrowser()
            self.card.setOpenExternalLinks(True)
            self.card.resize(*_CARD_SIZE)
        model = self._panel.model
        self.card.setWindowTitle(_("Model card: {model}").format(model=model.title or self._folder))
        self.card.setMarkdown(model.card or model.problem)
        self.card.show()
        self.card.raise_()

    def _read(self) -> None:
        model = ModelChoice.describe(self._folder or "")
        self._ui.modelLabel.wordWrap = bool(model.problem)
        self._ui.modelLabel.text = model.problem or model.title
        self._ui.modelCardButton.enabled = not model.problem
        self._ui.modelCardButton.toolTip = model.problem or _(
            "What the model was trained on, how well it does, and where it fails."
        )
        self._panel.useModel(model)

    def _folderChosen(self, folder: str) -> None:
        if self._panel.isOpen:
            self._panel.parameters.modelFolder = folder.strip()

    def _runtimeChosen(self, _chosen: Any = None) -> None:
        """Take over the runtime; Qt 5 may pass a number or a text, so neither is relied on."""
        if self._panel.isOpen:
            self._panel.parameters.runtime = str(self._ui.runtimeBox.itemData(self._ui.runtimeBox.currentIndex))
