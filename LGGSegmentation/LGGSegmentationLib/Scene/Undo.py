"""Undo of what this module does to a segmentation, with the history that Slicer's Segment Editor uses too."""

from __future__ import annotations

from typing import Any

import slicer

from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Probability import mapOf, probabilityOf, writeProbability
from LGGSegmentationLib.Scene.Result import currentResult

_STATES = 20


class UndoHistory:
    """The states of one segmentation before each of our changes."""

    def __init__(self) -> None:
        """Start without a history."""
        self._history = slicer.vtkSegmentationHistory()
        self._history.SetMaximumNumberOfStates(_STATES)
        self._node: Any = None
        self._maps: dict[str, VolumeExchange.Array] = {}

    def save(self, segmentationNode: Any) -> None:
        """Keep the present state."""
        if segmentationNode is not self._node:
            self.forget()
            self._node = segmentationNode
            self._history.SetSegmentation(segmentationNode.GetSegmentation())
        self._history.SaveState()
        result = currentResult(segmentationNode)
        probability = mapOf(result)
        if result is not None and result.run and probability is not None:
            # That of the last run alone: maps are large, and without its own the threshold rests.
            self._maps = {result.run: VolumeExchange.voxels(probability)}

    def canUndo(self, segmentationNode: Any) -> bool:
        """Tell whether there is a state to go back to."""
        return segmentationNode is not None and segmentationNode is self._node and self._available()

    def undo(self) -> None:
        """Go back to the state that was kept last; with an outline of another run comes that run's probability map."""
        if not self._available():
            return
        self._history.RestorePreviousState()
        result = currentResult(self._node)
        if result is None or result.flair is None or mapOf(result) is not None or result.run not in self._maps:
            return
        if probabilityOf(result.flair) is not None:
            writeProbability(self._maps[result.run], result.flair, result.run)

    def _available(self) -> bool:
        return bool(self._history.IsRestorePreviousStateAvailable())

    def forget(self) -> None:
        """Let go of the segmentation: it is closed, or another one comes."""
        self._history.SetSegmentation(None)
        self._history.RemoveAllStates()
        self._node = None
        self._maps.clear()
