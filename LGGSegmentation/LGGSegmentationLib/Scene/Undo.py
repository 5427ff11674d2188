"""Undo of what this module does to a segmentation, with the history that Slicer's Segment Editor uses too."""

from __future__ import annotations

from typing import Any

import slicer

_STATES = 20


class UndoHistory:
    """The states of one segmentation before each of our changes."""

    def __init__(self) -> None:
        """Start without a history."""
        self._history = slicer.vtkSegmentationHistory()
        self._history.SetMaximumNumberOfStates(_STATES)
        self._node: Any = None

    def save(self, segmentationNode: Any) -> None:
        """Keep the present state."""
        if segmentationNode is not self._node:
            self.forget()
            self._node = segmentationNode
            self._history.SetSegmentation(segmentationNode.GetSegmentation())
        self._history.SaveState()

    def canUndo(self, segmentationNode: Any) -> bool:
        """Tell whether there is a state to go back to."""
        return segmentationNode is not None and segmentationNode is self._node and self._available()

    def undo(self) -> None:
        """Go back to the state that was kept last."""
        if self._available():
            self._history.RestorePreviousState()

    def _available(self) -> bool:
        return bool(self._history.IsRestorePreviousStateAvailable())

    def forget(self) -> None:
        """Let go of the segmentation: it is closed, or another one comes."""
        self._history.SetSegmentation(None)
        self._history.RemoveAllStates()
        self._node = None
