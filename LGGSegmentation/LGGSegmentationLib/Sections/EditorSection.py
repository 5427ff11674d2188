"""Slicer's own Segment Editor inside the panel, for corrections by hand."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Sections.Section import Panel, Section

_NODE_TAG = "LGGSegmentationEditor"
_EFFECTS = ("Paint", "Draw", "Erase", "Threshold", "Grow from seeds", "Margin", "Smoothing", "Scissors", "Islands")
_UNDO_STATES = 10


class EditorSection(Section):
    """Embeds the editor, made when the section is first opened: it is heavy and seldom needed."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._entered = False
        self.editor: Any = None
        self._painted: tuple[Any, str] | None = None
        self._ui.editorSection.contentsCollapsed.connect(self._folded)

    def update(self) -> None:
        """Follow the result."""
        result = self._panel.result
        self._ui.editorLabel.text = (
            _("Paint or erase with Slicer's tools, then press Recompute above.")
            if result is not None
            else _("There is no result to correct yet.")
        )
        if self.editor is None:
            return
        if self._painted is not None:
            return
        node = result.node if result is not None else None
        self.editor.enabled = result is not None and not self._panel.running
        if self.editor.segmentationNode() is not node:
            self.editor.setSegmentationNode(node)
            if result is not None:
                self.editor.setSourceVolumeNode(result.flair)
                self.editor.setCurrentSegmentID(result.segmentId)

    def runStarts(self) -> None:
        """Put the tool down, and let the editor's own Undo come back to here."""
        if self.editor is not None and self.editor.segmentationNode() is not None:
            self.editor.setActiveEffect(None)
            self.editor.saveStateForUndo()

    def resultArrived(self, outcome: Outcome) -> None:
        """Choose the segment of the run, also where it lies beside an older one."""
        result = self._panel.result
        if self.editor is not None and result is not None:
            self.editor.setCurrentSegmentID(result.segmentId)

    def paintOn(self, segmentation: Any, segmentId: str) -> None:
        """Take the brush to another segment, or, without one, put it down and go back to the result."""
        if segmentation is None:
            self._painted = None
            if self.editor is not None:
                self.editor.setActiveEffect(None)
            self.update()
            return
        self._ui.editorSection.collapsed = False
        if self.editor is None:
            return
        self._painted = (segmentation, segmentId)
        result = self._panel.result
        self.editor.setSegmentationNode(segmentation)
        self.editor.setSourceVolumeNode(result.flair if result is not None else None)
        self.editor.setCurrentSegmentID(segmentId)
        self.editor.setActiveEffectByName("Paint")

    def enter(self) -> None:
        """The panel is shown: the tools get the mouse in the views."""
        self._entered = True
        if self.editor is not None:
            self.editor.setupViewObservations()

    def exit(self) -> None:
        """The panel is left: give the mouse back."""
        self._entered = False
        if self.editor is not None:
            self.editor.setActiveEffect(None)
            self.editor.removeViewObservations()

    def sceneCloses(self) -> None:
        """Let go of the scene; the parameter node of the editor goes with it."""
        self.close()

    def close(self) -> None:
        """Remove the editor; it is made anew when the section is opened again."""
        self._painted = None
        if self.editor is not None:
            self.editor.setSegmentationNode(None)
            self.editor.setMRMLSegmentEditorNode(None)
            self.editor.hide()
            self.editor.deleteLater()
            self.editor = None
            self._ui.editorSection.collapsed = True

    def _folded(self, collapsed: bool) -> None:
        if collapsed or not self._panel.isOpen:
            return
        if self.editor is None:
            with slicer.util.tryWithErrorDisplay(_("The Segment Editor could not be opened.")):
                self.editor = self._make()
        self.update()

    def _make(self) -> Any:
        editor = slicer.qMRMLSegmentEditorWidget()
        editor.maximumNumberOfUndoStates = _UNDO_STATES
        # The node comes before the scene, so that the editor's defaults are stored in it.
        editor.setMRMLSegmentEditorNode(self._parameterNode())
        editor.setMRMLScene(slicer.mrmlScene)
        editor.segmentationNodeSelectorVisible = False
        editor.sourceVolumeNodeSelectorVisible = False
        editor.switchToSegmentationsButtonVisible = False
        editor.setEffectNameOrder(list(_EFFECTS))
        editor.unorderedEffectsVisible = False
        self._ui.editorSection.layout().addWidget(editor)
        if self._entered:
            editor.setupViewObservations()
        return editor

    @staticmethod
    def _parameterNode() -> Any:
        """Return the editor's parameters: our own, so that the Segment Editor module keeps its."""
        node = slicer.mrmlScene.GetSingletonNode(_NODE_TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
            node.UnRegister(None)
            node.SetSingletonTag(_NODE_TAG)
            node = slicer.mrmlScene.AddNode(node)
        return node
