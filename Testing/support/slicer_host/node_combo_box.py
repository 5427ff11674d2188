"""Stand-in of qMRMLNodeComboBox, filled from the real MRML scene."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from slicer_host.api import restricted
from slicer_host.uiloader import STANDINS

Property, Signal = QtCore.Property, QtCore.Signal
_CREATE = "__create__"


def _flag(name: str, kind: Any) -> Any:
    """Make a property that is kept in ``_options`` and refills the list when set."""

    def write(self: Any, value: Any) -> None:
        self._options[name] = value
        self._fill()

    return Property(kind, lambda self: self._options[name], write)


@restricted("qMRMLNodeComboBox")
class qMRMLNodeComboBox(QtWidgets.QWidget):
    """A list of the nodes of some types, always up to date with the scene."""

    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeAdded = Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._options: dict[str, Any] = {
            "nodeTypes": [], "noneEnabled": False, "addEnabled": True, "removeEnabled": True, "editEnabled": False,
            "renameEnabled": False, "showHidden": False, "showChildNodeTypes": True, "selectNodeUponCreation": True,
            "noneDisplay": "None", "baseName": "", "hideChildNodeTypes": [],
        }  # fmt: skip
        self._scene: Any = None
        self._current: Any = None
        self._observed: list[tuple[Any, int]] = []
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._box = QtWidgets.QComboBox()
        self._box.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self._box.setMinimumContentsLength(12)
        layout.addWidget(self._box)
        self._box.activated.connect(self._activated)
        observed = self._observed
        self.destroyed.connect(lambda *_: [source.RemoveObserver(tag) for source, tag in observed])

    nodeTypes = _flag("nodeTypes", "QStringList")
    hideChildNodeTypes = _flag("hideChildNodeTypes", "QStringList")
    noneEnabled = _flag("noneEnabled", bool)
    addEnabled = _flag("addEnabled", bool)
    removeEnabled = _flag("removeEnabled", bool)
    editEnabled = _flag("editEnabled", bool)
    renameEnabled = _flag("renameEnabled", bool)
    showHidden = _flag("showHidden", bool)
    showChildNodeTypes = _flag("showChildNodeTypes", bool)
    selectNodeUponCreation = _flag("selectNodeUponCreation", bool)
    noneDisplay = _flag("noneDisplay", str)
    baseName = _flag("baseName", str)

    def setMRMLScene(self, scene: Any) -> None:
        """Follow a scene."""
        for source, tag in self._observed:
            source.RemoveObserver(tag)
        self._observed.clear()
        self._scene = scene
        if scene is not None:
            kinds = slicer.vtkMRMLScene
            for event in (kinds.NodeAddedEvent, kinds.NodeRemovedEvent, kinds.EndCloseEvent, kinds.EndImportEvent,
                          kinds.EndBatchProcessEvent):  # fmt: skip
                self._observed.append((scene, scene.AddObserver(event, lambda *_: self._fill())))
        self.setEnabled(scene is not None)
        self._fill()

    def mrmlScene(self) -> Any:
        """Return the scene that is followed."""
        return self._scene

    def _fits(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self._options["showHidden"]:
            return False
        if any(node.IsA(kind) for kind in self._options["hideChildNodeTypes"]):
            return False
        kinds = self._options["nodeTypes"]
        if self._options["showChildNodeTypes"]:
            return any(node.IsA(kind) for kind in kinds)
        return node.GetClassName() in kinds

    def _nodes(self) -> list[Any]:
        if self._scene is None:
            return []
        nodes = (self._scene.GetNthNode(i) for i in range(self._scene.GetNumberOfNodes()))
        return [node for node in nodes if self._fits(node)]

    def _fill(self) -> None:
        nodes = self._nodes()
        keep = self._current if self._current in nodes else None
        if keep is None and nodes and not self._options["noneEnabled"]:
            keep = nodes[0]
        self._box.blockSignals(True)
        self._box.clear()
        if self._options["noneEnabled"]:
            self._box.addItem(self._options["noneDisplay"], None)
        for node in nodes:
            self._box.addItem(node.GetName() or node.GetID(), node.GetID())
        if self._options["addEnabled"] and self._options["nodeTypes"]:
            self._box.insertSeparator(self._box.count)
            self._box.addItem("Create new " + self._tag() + " as…", _CREATE)
        self._box.setCurrentIndex(max(self._box.findData(keep.GetID() if keep else None), 0))
        self._box.blockSignals(False)
        self._choose(keep)

    def _tag(self) -> str:
        return str(self._options["nodeTypes"][0]).removeprefix("vtkMRML").removesuffix("Node")

    def _choose(self, node: Any) -> None:
        if node is self._current:
            return
        self._current = node
        self.currentNodeChanged.emit(node)
        self.currentNodeIDChanged.emit(node.GetID() if node else "")

    def _activated(self, index: int) -> None:
        data = self._box.itemData(index)
        if data == _CREATE:
            self.addNode()
        else:
            self._choose(self._scene.GetNodeByID(data) if data else None)

    def addNode(self, nodeType: str | None = None) -> Any:
        """Create a node, as the menu item does."""
        name = self._scene.GenerateUniqueName(self._options["baseName"] or self._tag())
        node = self._scene.AddNewNodeByClass(nodeType or self._options["nodeTypes"][0], name)
        if self._options["selectNodeUponCreation"]:
            self.setCurrentNode(node)
        return node

    def removeCurrentNode(self) -> None:
        """Delete the selected node."""
        if self._current is not None:
            self._scene.RemoveNode(self._current)

    def currentNode(self) -> Any:
        """Return the selected node or None."""
        return self._current

    def setCurrentNode(self, node: Any) -> None:
        """Select a node; one that is not in the list selects none."""
        if isinstance(node, str):
            node = self._scene.GetNodeByID(node) if node and self._scene else None
        if node is not None and node not in self._nodes():
            node = None
        if node is None and not self._options["noneEnabled"] and self._nodes():
            return
        self._box.setCurrentIndex(max(self._box.findData(node.GetID() if node else None), 0))
        self._choose(node)

    def setCurrentNodeID(self, nodeID: str) -> None:
        """Select a node by its identifier."""
        self.setCurrentNode(nodeID or None)

    def nodeCount(self) -> int:
        """Return how many nodes are in the list."""
        return len(self._nodes())

    def nodeFromIndex(self, index: int) -> Any:
        """Return a node of the list."""
        nodes = self._nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    currentNodeID = Property(str, lambda self: self._current.GetID() if self._current else "", setCurrentNodeID)


STANDINS["qMRMLNodeComboBox"] = qMRMLNodeComboBox
slicer.qMRMLNodeComboBox = qMRMLNodeComboBox
