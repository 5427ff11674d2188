"""Which model, what it says of itself, and what it runs on."""

from __future__ import annotations

from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from LGGSegmentationLib.Logic import RequirementsFile
from LGGSegmentationLib.Process import Dependencies, ModelChoice

_CARD_SIZE = (720, 640)


class ModelSection:
    """Shows and chooses the model."""

    def __init__(self, panel: Any) -> None:
        """Connect the widgets."""
        self._panel, self._ui = panel, panel.ui
        self._folder: str | None = None
        self._model = ModelChoice.Model(problem="")
        self.card: Any = None
        for text, runtime in ((_("Automatic"), "auto"), (_("ONNX Runtime"), "onnx"), (_("PyTorch"), "torch")):
            self._ui.runtimeBox.addItem(text, runtime)
        self._ui.runtimeBox.currentIndexChanged.connect(self._runtimeChosen)
        self._ui.modelPath.filters = ctk.ctkPathLineEdit.Dirs
        self._ui.modelPath.currentPathChanged.connect(self._folderChosen)
        self._ui.modelCardButton.clicked.connect(self.showCard)
        self._ui.shippedModelButton.clicked.connect(self.useShipped)

    @property
    def problem(self) -> str:
        """Why the chosen model cannot be used, empty when it can."""
        return self._model.problem

    @property
    def threshold(self) -> float:
        """The model's own threshold."""
        return self._model.threshold

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
        self.card.setWindowTitle(_("Model card: {model}").format(model=self._model.title or self._folder))
        self.card.setMarkdown(self._model.card or self._model.problem)
        self.card.show()
        self.card.raise_()

    def _read(self) -> None:
        self._model = ModelChoice.describe(self._folder or "")
        self._ui.modelLabel.wordWrap = bool(self._model.problem)
        self._ui.modelLabel.text = self._model.problem or self._model.title
        self._ui.modelCardButton.enabled = not self._model.problem
        self._ui.modelCardButton.toolTip = self._model.problem or _(
            "What the model was trained on, how well it does, and where it fails."
        )
        if not self._model.problem and self._panel.result.segmentId is None:
            self._panel.parameters.threshold = self._model.threshold
        self._panel.run.update()

    def _folderChosen(self, folder: str) -> None:
        if self._panel.parameters is not None:
            self._panel.parameters.modelFolder = folder.strip()

    def _runtimeChosen(self, _chosen: Any = None) -> None:
        """Take over the runtime; Qt 5 may pass a number or a text, so neither is relied on."""
        if self._panel.parameters is not None:
            self._panel.parameters.runtime = str(self._ui.runtimeBox.itemData(self._ui.runtimeBox.currentIndex))
