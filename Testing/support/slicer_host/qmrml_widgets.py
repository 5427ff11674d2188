"""Stand-ins of qMRMLWidget and of the embedded Segment Editor."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from slicer_host.api import restricted
from slicer_host.uiloader import STANDINS

Property, Signal = QtCore.Property, QtCore.Signal
_EFFECTS = ("Paint", "Draw", "Erase", "Level tracing", "Grow from seeds", "Threshold", "Margin", "Smoothing",
            "Scissors", "Islands", "Logical operators", "Mask volume")  # fmt: skip


@restricted("qMRMLWidget")
class qMRMLWidget(QtWidgets.QWidget):
    """A widget that knows the scene and hands it to its children by a signal."""

    mrmlSceneChanged = Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._scene: Any = None

    def setMRMLScene(self, scene: Any) -> None:
        """Use a scene."""
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> Any:
        """Return the scene in use."""
        return self._scene


class qSlicerWidget(qMRMLWidget):
    """Base of module widgets."""


@restricted("qMRMLSegmentEditorWidget")
class qMRMLSegmentEditorWidget(qMRMLWidget):
    """The Segment Editor without its effects: it keeps nodes, the selected segment and the undo history.

    The history is Slicer's own ``vtkSegmentationHistory``, as in the real widget.
    """

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self._segmentation: Any = None
        self._volume: Any = None
        self._effects: list[str] = list(_EFFECTS)
        self._history = slicer.vtkSegmentationHistory()
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._list = QtWidgets.QListWidget()
        self._list.setMaximumHeight(70)
        self._buttons = QtWidgets.QLabel()
        self._buttons.setWordWrap(True)
        layout.addWidget(self._list)
        layout.addWidget(self._buttons)

    def mrmlSegmentEditorNode(self) -> Any:
        """Return the parameter set node."""
        return self._node

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        """Use a parameter set node."""
        self._node = node

    def setSegmentationNode(self, node: Any) -> None:
        """Edit a segmentation."""
        self._segmentation = node
        self._history.SetSegmentation(node.GetSegmentation() if node else None)
        if self._node is not None:
            self._node.SetAndObserveSegmentationNode(node)
        self.updateWidgetFromMRML()

    def segmentationNode(self) -> Any:
        """Return the segmentation that is edited."""
        return self._segmentation

    def setSourceVolumeNode(self, node: Any) -> None:
        """Edit over a volume; it needs a segmentation first, as the real widget does."""
        self._volume = node
        if self._node is not None:
            self._node.SetAndObserveSourceVolumeNode(node)

    def sourceVolumeNode(self) -> Any:
        """Return the volume that is edited over."""
        return self._volume

    def setCurrentSegmentID(self, segmentID: str) -> None:
        """Select a segment."""
        if self._node is not None:
            self._node.SetSelectedSegmentID(segmentID)

    def currentSegmentID(self) -> str:
        """Return the selected segment."""
        return str(self._node.GetSelectedSegmentID() or "") if self._node is not None else ""

    def setEffectNameOrder(self, names: list[str]) -> None:
        """Show effects in this order."""
        self._effects = [*names, *(name for name in _EFFECTS if name not in names)]
        self.updateWidgetFromMRML()

    def setActiveEffectByName(self, name: str) -> None:
        """Choose a tool."""
        if self._node is not None:
            self._node.SetActiveEffectName(name)

    def setActiveEffect(self, effect: Any) -> None:
        """Put the tool down; effects themselves are not here."""
        if effect is not None:
            msg = "the stand-in of the Segment Editor has no effects"
            raise TypeError(msg)
        if self._node is not None:
            self._node.SetActiveEffectName("")

    def updateWidgetFromMRML(self) -> None:
        """Show the segments."""
        self._list.clear()
        self._buttons.setText("Stand-in of the Segment Editor.  " + " · ".join(self._effects[:8]))
        if self._segmentation is not None:
            segmentation = self._segmentation.GetSegmentation()
            for index in range(segmentation.GetNumberOfSegments()):
                self._list.addItem(segmentation.GetNthSegment(index).GetName())

    def setupViewObservations(self) -> None:
        """Listen to the mouse in the views; nothing to do here."""

    def removeViewObservations(self) -> None:
        """Stop listening."""

    def saveStateForUndo(self) -> None:
        """Keep the present state of all segments."""
        self._history.SaveState()

    def undo(self) -> None:
        """Bring back the state that was kept last."""
        self._history.RestorePreviousState()

    def redo(self) -> None:
        """Take back the undo."""
        self._history.RestoreNextState()

    maximumNumberOfUndoStates = Property(
        int,
        lambda self: self._history.GetMaximumNumberOfStates(),
        lambda self, count: self._history.SetMaximumNumberOfStates(count),
    )
    segmentationNodeSelectorVisible = Property(bool, lambda self: False, lambda self, value: None)
    sourceVolumeNodeSelectorVisible = Property(bool, lambda self: False, lambda self, value: None)
    unorderedEffectsVisible = Property(bool, lambda self: False, lambda self, value: None)
    switchToSegmentationsButtonVisible = Property(bool, lambda self: False, lambda self, value: None)


for _cls in (qMRMLWidget, qSlicerWidget, qMRMLSegmentEditorWidget):
    STANDINS[_cls.__name__] = _cls
    setattr(slicer, _cls.__name__, _cls)
