"""The panel: holds the sections, the parameter node and the scene together."""

from __future__ import annotations

import logging
from typing import Any

import qt
import slicer
import vtk
from slicer.util import VTKObservationMixin

from lggseg.volumes.sequence import Assessment
from LGGSegmentationLib.Application import DicomTags, Display
from LGGSegmentationLib.Logic import LGGSegmentationLogic
from LGGSegmentationLib.ParameterNode import LGGSegmentationParameterNode
from LGGSegmentationLib.Process.ModelChoice import Model
from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Questions import askOnePatient, askSamePatient
from LGGSegmentationLib.Scene import Identity, Measurements, Views
from LGGSegmentationLib.Scene.Outline import Outline
from LGGSegmentationLib.Scene.Result import Result, currentResult, latestResultOf
from LGGSegmentationLib.Sections.ComparisonSection import ComparisonSection
from LGGSegmentationLib.Sections.EditorSection import EditorSection
from LGGSegmentationLib.Sections.ExportSection import ExportSection
from LGGSegmentationLib.Sections.GrowthSection import GrowthSection
from LGGSegmentationLib.Sections.InputSection import InputSection
from LGGSegmentationLib.Sections.MeasurementSection import MeasurementSection
from LGGSegmentationLib.Sections.ModelSection import ModelSection
from LGGSegmentationLib.Sections.NavigationSection import NavigationSection
from LGGSegmentationLib.Sections.ResultSection import ResultSection
from LGGSegmentationLib.Sections.RunSection import RunSection
from LGGSegmentationLib.Sections.ScribbleSection import ScribbleSection
from LGGSegmentationLib.Sections.Section import Node, Section
from LGGSegmentationLib.Sections.TimePointSection import TimePointSection

_COUNT_AFTER_MS = 30
"""How long an outline has to rest before it is counted; less would queue up work while somebody paints."""


class Panel(VTKObservationMixin):
    """Connects the ``.ui`` file with the logic, and the sections with one another; see ``Sections.Section.Panel``."""

    def __init__(self, layout: Any, uiPath: str) -> None:
        """Build the panel into a layout."""
        super().__init__()
        widget = slicer.util.loadUI(uiPath)
        layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = LGGSegmentationLogic()
        self.logic.samePatient = askSamePatient
        self.model = Model(problem="")
        self._parameters: LGGSegmentationParameterNode | None = None
        self._guiTag: Any = None
        self._flairId: str | None = None
        self._counted: Result | None = None
        self._outline: Outline | None = None
        self._countTimer = qt.QTimer()
        self._countTimer.setSingleShot(True)
        self._countTimer.setInterval(_COUNT_AFTER_MS)
        self._countTimer.timeout.connect(self._count)
        self._makeSections()
        self._observe(slicer.mrmlScene)
        self.setParameterNode(self.logic.getParameterNode())

    def _makeSections(self) -> None:
        self.inputs = InputSection(self)
        self.run = RunSection(self)
        self.resultSection = ResultSection(self)
        self.navigation = NavigationSection(self)
        self.measurements = MeasurementSection(self)
        self.editor = EditorSection(self)
        self.scribbles = ScribbleSection(self)
        self.timePoints = TimePointSection(self)
        self.growth = GrowthSection(self)
        self.comparison = ComparisonSection(self)
        self.exports = ExportSection(self)
        self.modelSection = ModelSection(self)
        # The model comes first: others say what is wrong with it.
        self.sections: tuple[Section, ...] = (
            self.modelSection, self.inputs, self.run, self.resultSection, self.navigation,
            self.measurements, self.editor, self.scribbles,
            self.timePoints, self.growth, self.comparison, self.exports,
        )  # fmt: skip

    def _observe(self, scene: Any) -> None:
        self.addObserver(scene, scene.StartCloseEvent, self._sceneStartsToClose)
        self.addObserver(scene, scene.EndCloseEvent, self._sceneClosed)
        self.addObserver(scene, scene.EndImportEvent, self._sceneClosed)
        self.addObserver(scene, scene.NodeAddedEvent, self.inputs.nodeAdded)

    @property
    def isOpen(self) -> bool:
        """Whether there is a parameter node."""
        return self._parameters is not None

    @property
    def parameters(self) -> LGGSegmentationParameterNode:
        """The parameter node."""
        if self._parameters is None:
            msg = "the panel has no parameter node while a scene closes"
            raise RuntimeError(msg)
        return self._parameters

    @property
    def result(self) -> Result | None:
        """The result that is shown."""
        return currentResult(self._parameters.segmentation) if self._parameters is not None else None

    @property
    def outline(self) -> Outline | None:
        """The outline as it was counted last."""
        return self._outline if self._counted == self.result else None

    @property
    def assessment(self) -> Assessment | None:
        """What the volume that is chosen as FLAIR seems to be."""
        return self.inputs.assessment

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.logic.running

    def enter(self) -> None:
        """Be shown."""
        if not self.isOpen:
            self.setParameterNode(self.logic.getParameterNode())
        for section in self.sections:
            section.enter()
        self.update()

    def exit(self) -> None:
        """Be left; a run goes on."""
        for section in self.sections:
            section.exit()

    def close(self) -> None:
        """Let go of everything: the module is unloaded or reloaded."""
        self._countTimer.stop()
        for section in self.sections:
            section.close()
        self.logic.close()
        self.setParameterNode(None)
        self.removeObservers()

    def setParameterNode(self, parameters: LGGSegmentationParameterNode | None) -> None:
        """Show and follow a parameter node, or none."""
        if self._parameters is not None:
            self._parameters.disconnectGui(self._guiTag)
            self.removeObserver(self._parameters, vtk.vtkCommand.ModifiedEvent, self._parametersModified)
        self._parameters = parameters
        if parameters is None:
            return
        self._flairId = _id(parameters.flairVolume)
        self._guiTag = parameters.connectGui(self.ui)
        self.addObserver(parameters, vtk.vtkCommand.ModifiedEvent, self._parametersModified)
        for section in self.sections:
            section.forget()
        self.update()

    def update(self) -> None:
        """Bring all sections up to date, and count the outline again where it may have changed."""
        if not self.isOpen:
            return
        if self.result != self._counted:
            self._count()
        else:
            self._updateSections()
            self._countTimer.start()

    def _updateSections(self) -> None:
        for section in self.sections:
            section.update()

    def log(self, text: str) -> None:
        """Add a line to the log."""
        self.ui.logText.appendPlainText(text)
        logging.debug("LGGSegmentation: %s", text)

    def say(self, text: str) -> None:
        """Show a line under the button, and add it to the log."""
        self.ui.statusLabel.text = text
        self.ui.statusLabel.toolTip = text
        self.log(text)

    def useModel(self, model: Model) -> None:
        """Take over a model that was chosen; its threshold only where no outline would change with it."""
        self.model = model
        if not model.problem and self.result is None:
            self.parameters.threshold = model.threshold

    def runStarts(self) -> None:
        """Tell all sections that a run is about to start."""
        for section in self.sections:
            section.runStarts()

    def resultArrived(self, outcome: Outcome) -> None:
        """Tell all sections that a run has put its result into the scene."""
        for section in self.sections:
            section.resultArrived(outcome)
        self._count()

    def outlineChanged(self) -> None:
        """Tell all sections that voxels of the result have changed."""
        if not self.isOpen:
            return
        self._outline = None
        for section in self.sections:
            section.outlineChanged()
        self._countTimer.start()

    def _count(self) -> None:
        """Count the outline, and let the scene and the sections follow it."""
        if not self.isOpen:
            return
        self._countTimer.stop()
        result = self.result
        self._counted, self._outline = result, self.logic.outlines.of(result) if result is not None else None
        self.logic.followOutlines()
        self._updateSections()

    def segmentAll(self, volumes: list[Node]) -> None:
        """Segment volumes one after the other, each into the time points of its patient."""
        unknown = [volume for volume in volumes if not Identity.patientOf(volume, DicomTags.read)]
        if len(unknown) > 1 and askOnePatient(unknown):
            patient = Identity.newPatient()
            for volume in unknown:
                Identity.setPatient(volume, patient)
        self.parameters.addToTimePoints = True
        self.run.segmentAll(volumes)

    def showResultOf(self, volume: Node) -> None:
        """Choose a volume together with its result, and show both; while something runs, only show them."""
        for section in self.sections:
            section.viewsChange()
        if not self.running:
            self.parameters.flairVolume = volume
        Display.showVolume(volume)
        result = latestResultOf(volume)
        if result is not None:
            Views.hideOthers(result)
            Views.lookAt(result)

    def paintOn(self, segmentation: Node, segmentId: str) -> None:
        """Give the editor's brush another segment to paint on, or, without one, the result again."""
        self.editor.paintOn(segmentation, segmentId)

    def _parametersModified(self, _caller: Any = None, _event: Any = None) -> None:
        flair = self.parameters.flairVolume
        if _id(flair) != self._flairId:
            self._flairId = _id(flair)
            self.inputs.flairChanged(flair)
        table = Measurements.tableOf(self.parameters.segmentation)
        if self.parameters.measurementTable is not table:
            # The numbers follow the result that is shown.
            self.parameters.measurementTable = table
        self.update()

    def _sceneStartsToClose(self, _caller: Any, _event: Any) -> None:
        self._countTimer.stop()
        self._counted = self._outline = None
        for section in self.sections:
            section.sceneCloses()
        self.logic.close()
        self.setParameterNode(None)

    def _sceneClosed(self, _caller: Any, _event: Any) -> None:
        self.setParameterNode(self.logic.getParameterNode())


def _id(node: Node) -> str | None:
    return str(node.GetID()) if node is not None else None
