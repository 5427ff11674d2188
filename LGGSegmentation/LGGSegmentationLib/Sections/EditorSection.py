"""Slicer's own Segment Editor inside the panel, for corrections by hand."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Scene import SceneWriter

_NODE_TAG = "LGGSegmentationEditor"
_EFFECTS = ("Paint", "Draw", "Erase", "Threshold", "Grow from seeds", "Margin", "Smoothing", "Scissors", "Islands")
_UNDO_STATES = 10


class EditorSection:
    """Embeds the editor, made when the section is first opened: it is heavy and seldom needed."""

    def __init__(self, panel: Any) -> None:
        """Connect the widgets."""
        self._panel, self._ui = panel, panel.ui
        self._entered = False
        self.editor: Any = None
        self._ui.editorSection.contentsCollapsed.connect(self._folded)

    def update(self) -> None:
        """Follow the result."""
        hasResult = self._panel.result.segmentId is not None
        self._ui.editorLabel.text = (
            _("Paint or erase with Slicer's tools, then press Recompute above.")
            if hasResult
            else _("There is no result to correct yet.")
        )
        if self.editor is None:
            return
        node = self._panel.parameters.segmentation if hasResult else None
        self.editor.enabled = hasResult and not self._panel.run.running
        if self.editor.segmentationNode() is not node:
            self.editor.setSegmentationNode(node)
            if node is not None:
                self.editor.setSourceVolumeNode(SceneWriter.flairOf(node))
                self.editor.setCurrentSegmentID(self._panel.result.segmentId)

    def beforeRun(self) -> None:
        """Put the tool down, and let the editor's own Undo come back to here."""
        if self.editor is not None and self.editor.segmentationNode() is not None:
            self.editor.setActiveEffect(None)
            self.editor.saveStateForUndo()

    def resultArrived(self) -> None:
        """Choose the segment of the run, also where it lies beside an older one."""
        if self.editor is not None and self._panel.result.segmentId is not None:
            self.editor.setCurrentSegmentID(self._panel.result.segmentId)

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

    def close(self) -> None:
        """Let go of the scene; the parameter node of the editor goes with it."""
        if self.editor is not None:
            self.editor.setSegmentationNode(None)
            self.editor.setMRMLSegmentEditorNode(None)
            self.editor.hide()
            self.editor.deleteLater()
            self.editor = None
            self._ui.editorSection.collapsed = True

    def _folded(self, collapsed: bool) -> None:
        if collapsed or self._panel.parameters is None:
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
