"""The volumes that go in: chosen by themselves where that is obvious, and doubted where they look wrong."""

from __future__ import annotations

from typing import Any

import qt
import slicer
import vtk

from lggseg.volumes.sequence import Assessment
from LGGSegmentationLib.Application import DicomTags
from LGGSegmentationLib.Scene import Identity, InputGuess, Probability, TimePoints
from LGGSegmentationLib.Scene.Result import latestResultOf
from LGGSegmentationLib.Sections.Section import Node, Panel, Section


class InputSection(Section):
    """Chooses volumes, and what belongs to a volume that was chosen."""

    def __init__(self, panel: Panel) -> None:
        """Start without a volume."""
        super().__init__(panel)
        self._entered = False
        self._assessed: Any = None
        self.assessment: Assessment | None = None

    def update(self) -> None:
        """Say beside the button when the volume does not look like FLAIR."""
        flair = self._panel.parameters.flairVolume
        image = flair.GetImageData() if flair is not None else None
        state = (flair.GetID(), flair.GetName(), image.GetMTime()) if image is not None else None
        if state != self._assessed:
            self._assessed = state
            self.assessment = InputGuess.assessmentOf(flair, DicomTags.read) if state else None
        doubt = self.assessment.doubt if self.assessment is not None else ""
        self._ui.doubtLabel.text = doubt
        self._ui.doubtLabel.visible = bool(doubt)
        # What runs belongs to what was chosen when it started.
        self._ui.inputsSection.enabled = not self._panel.running
        self._ui.sampleDataButton.visible = flair is None

    def enter(self) -> None:
        """Choose the FLAIR volume, if there is exactly one and none is chosen."""
        self._entered = True
        self._chooseFlair()

    def exit(self) -> None:
        """Choose nothing while another module is shown."""
        self._entered = False

    def flairChanged(self, flair: Node) -> None:
        """Choose the T1 volumes of a newly chosen FLAIR, where that is obvious; and what belongs to it."""
        parameters = self._panel.parameters
        found = InputGuess.companionsOf(flair, DicomTags.read) if flair is not None else {}
        parameters.preVolume = found.get(InputGuess.PRE)
        parameters.postVolume = found.get(InputGuess.POST)
        # A result belongs to its volume: another volume has its own, or gets a new one.
        result, shown = latestResultOf(flair), self._panel.result
        if result is not None or (shown is not None and shown.flair is not flair):
            parameters.segmentation = result.node if result is not None else None
            parameters.probabilityVolume = Probability.probabilityOf(flair) if result is not None else None
        if flair is not None:
            patient = Identity.patientOf(flair, DicomTags.read)
            if patient:
                # None too: what is known of another patient would stand beside this one's images.
                parameters.timePointTable = TimePoints.tableOf(slicer.mrmlScene, patient)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def nodeAdded(self, _caller: Any, _event: Any, node: Node) -> None:
        """Look at a volume that arrives while the panel is shown."""
        if self._entered and node.IsA("vtkMRMLScalarVolumeNode"):
            # The new node has no image yet, and perhaps no name.
            qt.QTimer.singleShot(0, lambda: self._arrived(node))

    def _arrived(self, node: Node) -> None:
        if not self._panel.isOpen or self._panel.running or not slicer.mrmlScene.IsNodePresent(node):
            return
        if self._panel.parameters.flairVolume is None:
            self._chooseFlair()
        else:
            self._chooseLateCompanion(node)

    def _chooseFlair(self) -> None:
        if self._panel.isOpen and self._panel.parameters.flairVolume is None:
            self._panel.parameters.flairVolume = InputGuess.obviousFlair(slicer.mrmlScene, DicomTags.read)

    def _chooseLateCompanion(self, node: Node) -> None:
        """Choose a T1 volume that arrives after its FLAIR; a place that was filled stays as it is."""
        parameters = self._panel.parameters
        found = InputGuess.companionsOf(parameters.flairVolume, DicomTags.read)
        if parameters.preVolume is None and found.get(InputGuess.PRE) is node:
            parameters.preVolume = node
        if parameters.postVolume is None and found.get(InputGuess.POST) is node:
            parameters.postVolume = node
