"""What every section of the panel is, and what it may know of the panel. No section knows another."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from lggseg.volumes.sequence import Assessment
from LGGSegmentationLib.Logic import LGGSegmentationLogic
from LGGSegmentationLib.ParameterNode import LGGSegmentationParameterNode
from LGGSegmentationLib.Process.ModelChoice import Model
from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Scene.Outline import Outline
from LGGSegmentationLib.Scene.Result import Result

Widgets: TypeAlias = Any
"""The widgets by their names in the ``.ui`` file: PythonQt has no types."""

Node: TypeAlias = Any
"""A node of the scene: VTK's classes have no types."""


class Panel(Protocol):
    """The panel as its sections see it: what is chosen and shown, and what they can tell it.

    Attributes:
        ui: The widgets.
        logic: What the module does.
        model: The model that is chosen.
    """

    ui: Widgets
    logic: LGGSegmentationLogic
    model: Model

    @property
    def parameters(self) -> LGGSegmentationParameterNode:
        """The parameter node; only to be asked while ``isOpen``."""

    @property
    def isOpen(self) -> bool:
        """Whether there is a parameter node: there is none while a scene closes."""

    @property
    def result(self) -> Result | None:
        """The result that is shown, None without."""

    @property
    def outline(self) -> Outline | None:
        """The result as it was counted last; None while that is under way, and without a result."""

    @property
    def assessment(self) -> Assessment | None:
        """What the volume that is chosen as FLAIR seems to be; None without one."""

    @property
    def running(self) -> bool:
        """Whether a run is under way."""

    def update(self) -> None:
        """Bring all sections up to date."""

    def log(self, text: str) -> None:
        """Add a line to the log."""

    def say(self, text: str) -> None:
        """Show a line under the button, and add it to the log."""

    def useModel(self, model: Model) -> None:
        """Take over a model that was chosen."""

    def runStarts(self) -> None:
        """Tell all sections that a run is about to start."""

    def resultArrived(self, outcome: Outcome) -> None:
        """Tell all sections that a run has put its result into the scene."""

    def outlineChanged(self) -> None:
        """Tell all sections that voxels of the result have changed."""

    def segmentAll(self, volumes: list[Node]) -> None:
        """Segment volumes one after the other."""

    def showResultOf(self, volume: Node) -> None:
        """Choose a volume together with its result, and show both."""

    def paintOn(self, segmentation: Node, segmentId: str) -> None:
        """Give the editor's brush another segment to paint on, or, without one, the result again."""


class Section:
    """A part of the panel. What a section does not care for, it leaves out."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        self._panel, self._ui = panel, panel.ui

    def update(self) -> None:
        """Bring the widgets up to date with the parameter node and the result."""

    def forget(self) -> None:
        """Begin with another parameter node: what was shown of the last one no longer holds."""

    def enter(self) -> None:
        """The panel is shown."""

    def exit(self) -> None:
        """The panel is left."""

    def sceneCloses(self) -> None:
        """Let go of the scene; the panel lives on."""

    def close(self) -> None:
        """Let go of everything."""

    def runStarts(self) -> None:
        """A run is about to start."""

    def resultArrived(self, outcome: Outcome) -> None:
        """A run has put its result into the scene."""

    def outlineChanged(self) -> None:
        """Voxels of the result have changed."""

    def viewsChange(self) -> None:
        """Another volume is about to be shown in the views."""


def setReason(button: Widgets, reason: str, tip: str) -> None:
    """Turn a button on, or off with the reason in its tooltip."""
    button.enabled = not reason
    button.toolTip = reason or tip
