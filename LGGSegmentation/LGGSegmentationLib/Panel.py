"""The panel: holds the sections, the parameter node and the scene together."""

from __future__ import annotations

from typing import Any

import qt
import slicer
import vtk
from slicer.util import VTKObservationMixin

from LGGSegmentationLib.Logic import LGGSegmentationLogic
from LGGSegmentationLib.Scene import InputGuess, Measurements
from LGGSegmentationLib.Sections.EditorSection import EditorSection
from LGGSegmentationLib.Sections.ExportSection import ExportSection
from LGGSegmentationLib.Sections.MeasurementSection import MeasurementSection
from LGGSegmentationLib.Sections.ModelSection import ModelSection
from LGGSegmentationLib.Sections.ResultSection import ResultSection
from LGGSegmentationLib.Sections.RunSection import RunSection
from LGGSegmentationLib.Sections.TimePointSection import TimePointSection


class Panel(VTKObservationMixin):
    """Connects the ``.ui`` file with the logic; each section looks after its own widgets.

    Attributes:
        ui: The widgets by their names in the ``.ui`` file.
        logic: What the module does.
        parameters: The parameter node; None while a scene closes.
    """

    def __init__(self, layout: Any, uiPath: str) -> None:
        """Build the panel into a layout."""
        super().__init__()
        widget = slicer.util.loadUI(uiPath)
        layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = LGGSegmentationLogic()
        self.parameters: Any = None
        self._guiTag: Any = None
        self._flairId: str | None = None
        self._entered = False
        self.run = RunSection(self)
        self.result = ResultSection(self)
        self.measurements = MeasurementSection(self)
        self.editor = EditorSection(self)
        self.timePoints = TimePointSection(self)
        self.exports = ExportSection(self)
        self.model = ModelSection(self)
        self.sections = (self.run, self.result, self.measurements, self.editor, self.timePoints, self.exports,
                         self.model)  # fmt: skip
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._sceneStartsToClose)
        self.addObserver(scene, scene.EndCloseEvent, self._sceneClosed)
        self.addObserver(scene, scene.EndImportEvent, self._sceneClosed)
        self.addObserver(scene, scene.NodeAddedEvent, self._nodeAdded)
        self.setParameterNode(self.logic.getParameterNode())

    def enter(self) -> None:
        """Be shown."""
        self._entered = True
        if self.parameters is None:
            self.setParameterNode(self.logic.getParameterNode())
        self.editor.enter()
        self._suggestFlair()

    def exit(self) -> None:
        """Be left; a run goes on."""
        self._entered = False
        self.editor.exit()

    def close(self) -> None:
        """Let go of everything: the module is unloaded or reloaded."""
        self.run.close()
        self.result.close()
        self.editor.close()
        self.logic.close()
        self.setParameterNode(None)
        self.removeObservers()

    def setParameterNode(self, parameters: Any) -> None:
        """Show and follow a parameter node, or none."""
        if self.parameters is not None:
            self.parameters.disconnectGui(self._guiTag)
            self.removeObserver(self.parameters, vtk.vtkCommand.ModifiedEvent, self._parametersModified)
        self.parameters = parameters
        if parameters is None:
            return
        self._flairId = _id(parameters.flairVolume)
        self._guiTag = parameters.connectGui(self.ui)
        self.addObserver(parameters, vtk.vtkCommand.ModifiedEvent, self._parametersModified)
        self.run.forget()
        self.result.forget()
        self.update()

    def update(self) -> None:
        """Bring all sections up to date."""
        if self.parameters is not None:
            for section in self.sections:
                section.update()

    def _parametersModified(self, _caller: Any = None, _event: Any = None) -> None:
        flair = self.parameters.flairVolume
        if _id(flair) != self._flairId:
            self._flairId = _id(flair)
            self._chooseCompanions(flair)
        table = Measurements.tableOf(self.parameters.segmentation)
        if self.parameters.measurementTable is not table:
            # The numbers follow the result that is shown.
            self.parameters.measurementTable = table
        self.update()

    def _chooseCompanions(self, flair: Any) -> None:
        """Choose the T1 volumes of a newly chosen FLAIR, where that is obvious; else none."""
        found = InputGuess.companionsOf(flair) if flair is not None else {}
        self.parameters.preVolume = found.get(InputGuess.PRE)
        self.parameters.postVolume = found.get(InputGuess.POST)
        # A result belongs to its volume: another volume has its own, or gets a new one.
        result, probability = self.logic.resultOf(flair)
        if result is not None or self.logic.isResultOfOther(self.parameters.segmentation, flair):
            self.parameters.segmentation = result
            self.parameters.probabilityVolume = probability

    def _nodeAdded(self, _caller: Any, _event: Any) -> None:
        if self._entered:
            # The new node has no image yet, and perhaps no name.
            qt.QTimer.singleShot(0, self._suggestFlair)

    def _suggestFlair(self) -> None:
        """Choose the FLAIR volume if there is exactly one, and none is chosen."""
        if self.parameters is None or self.parameters.flairVolume is not None:
            return
        volumes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if self._usable(node)]
        found = InputGuess.uniqueSequences({node.GetID(): InputGuess.describe(node) for node in volumes})
        if InputGuess.FLAIR in found:
            self.parameters.flairVolume = slicer.mrmlScene.GetNodeByID(found[InputGuess.FLAIR])

    def _usable(self, node: Any) -> bool:
        return InputGuess.isPlainVolume(node) and node.GetImageData() is not None

    def _sceneStartsToClose(self, _caller: Any, _event: Any) -> None:
        self.run.cancel()
        self.logic.close()
        self.editor.close()
        self.setParameterNode(None)

    def _sceneClosed(self, _caller: Any, _event: Any) -> None:
        self.setParameterNode(self.logic.getParameterNode())


def _id(node: Any) -> str | None:
    return node.GetID() if node is not None else None
