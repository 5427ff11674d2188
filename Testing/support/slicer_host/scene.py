"""The parts of Slicer's application that need no window: scene, logics of the C++ modules, subject hierarchy."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import slicer
import vtk

_LOGICS = {
    "Colors": "vtkMRMLColorLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Models": "vtkSlicerModelsLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "Units": "vtkSlicerUnitsLogic",
    "Texts": "vtkSlicerTextsLogic",
}
# Node types that Slicer's subject hierarchy plugins take in.
_HIERARCHY = ("vtkMRMLDisplayableNode", "vtkMRMLTableNode", "vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode",
              "vtkMRMLTextNode")  # fmt: skip


class CoreModule:
    """What ``slicer.modules.<name>`` gives for a C++ module: here only its logic."""

    def __init__(self, name: str, logic: Any) -> None:
        self.name = self.title = name
        self.path = ""
        self._logic = logic

    def logic(self) -> Any:
        """Return the C++ logic."""
        return self._logic


class SceneCore:
    """A MRML scene with the application logic and module logics that Slicer puts round it."""

    def __init__(self) -> None:
        self.temporaryPath = tempfile.mkdtemp(prefix="slicer-host-")
        self.scene = slicer.vtkMRMLScene()
        crosshair = slicer.vtkMRMLCrosshairNode()
        crosshair.SetCrosshairName("default")
        self.scene.AddNode(crosshair)
        self.applicationLogic = self._make_application_logic()
        self.logics = self._make_logics()
        self._make_remote_io()
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self.scene, True)
        self.scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, self._node_added)
        self.scene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, self._node_leaves)
        self.scene.AddObserver(slicer.vtkMRMLScene.EndImportEvent, self._imported)
        self.scene.AddObserver(slicer.vtkMRMLScene.EndCloseEvent, self._closed)

    def _make_application_logic(self) -> Any:
        logic = slicer.vtkSlicerApplicationLogic()
        logic.SetMRMLScene(self.scene)
        logic.GetColorLogic().SetMRMLScene(self.scene)
        logic.GetColorLogic().AddDefaultColorNodes()
        logic.SetTemporaryPath(self.temporaryPath)
        logic.SetSliceLogics(vtk.vtkCollection())
        logic.SetViewLogics(vtk.vtkCollection())
        return logic

    def _make_logics(self) -> dict[str, Any]:
        """Make the module logics; without that of Segmentations no segment can be made at all."""
        logics = {}
        for name, class_name in _LOGICS.items():
            logic = getattr(slicer, class_name)()
            if hasattr(logic, "SetMRMLApplicationLogic"):
                logic.SetMRMLApplicationLogic(self.applicationLogic)
            # No terminology files come with the wheel, which that logic would report six times.
            vtk.vtkObject.SetGlobalWarningDisplay(name != "Terminologies")
            logic.SetMRMLScene(self.scene)
            vtk.vtkObject.GlobalWarningDisplayOn()
            self.applicationLogic.SetModuleLogic(name, logic)
            logics[name] = logic
        return logics

    def _make_remote_io(self) -> None:
        """Saving of .mrb bundles goes through these."""
        remote = slicer.vtkMRMLRemoteIOLogic()
        remote.SetMRMLScene(self.scene)
        remote.SetMRMLApplicationLogic(self.applicationLogic)
        remote.GetCacheManager().SetRemoteCacheDirectory(self.temporaryPath)
        manager = slicer.vtkDataIOManagerLogic()
        manager.SetMRMLScene(self.scene)
        manager.SetMRMLApplicationLogic(self.applicationLogic)
        manager.SetAndObserveDataIOManager(remote.GetDataIOManager())
        remote.AddDataIOToScene()
        self._kept = (remote, manager)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _node_added(self, _scene: Any, _event: str, node: Any) -> None:
        """Give a new data node its place in the subject hierarchy, as Slicer's Qt plugins do."""
        # A scene that is being read brings its own hierarchy along.
        if not self.scene.IsImporting():
            self._place(node)

    def _imported(self, _scene: Any, _event: str) -> None:
        """Give those nodes a place that had none in the scene that was read."""
        for index in range(self.scene.GetNumberOfNodes()):
            self._place(self.scene.GetNthNode(index))

    def _closed(self, _scene: Any, _event: str) -> None:
        """Begin with another subject hierarchy: one that came out of a file keeps its items."""
        for index in reversed(range(self.scene.GetNumberOfNodesByClass("vtkMRMLSubjectHierarchyNode"))):
            self.scene.RemoveNode(self.scene.GetNthNodeByClass(index, "vtkMRMLSubjectHierarchyNode"))

    def _place(self, node: Any) -> None:
        if not any(node.IsA(kind) for kind in _HIERARCHY) or node.GetHideFromEditors():
            return
        hierarchy = self.scene.GetSubjectHierarchyNode()
        if hierarchy is not None and hierarchy.GetItemByDataNode(node) == 0:
            hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _node_leaves(self, _scene: Any, _event: str, node: Any) -> None:
        """Take a node out of the subject hierarchy; a scene that closes takes out all of it."""
        if self.scene.IsClosing():
            return
        hierarchy = self.scene.GetSubjectHierarchyNode()
        item = hierarchy.GetItemByDataNode(node) if hierarchy is not None else 0
        if item:
            hierarchy.RemoveItem(item, False, False)


def alias_wrapped_libraries() -> None:
    """Let imports of VTK-wrapped libraries by their name in Slicer find them in the wheel."""
    for name in ("vtkSegmentationCore", "vtkSlicerSegmentationsModuleLogic", "MRMLCore", "MRMLLogic"):
        with contextlib.suppress(ImportError):
            module = __import__(f"slicer_core.{name}", fromlist=["x"])
            sys.modules.setdefault(name + "Python", module)


def remove_folder(path: str) -> None:
    """Delete the temporary folder of the host."""
    folder = Path(path)
    for item in sorted(folder.rglob("*"), reverse=True):
        with contextlib.suppress(OSError):
            item.unlink() if item.is_file() else item.rmdir()
    with contextlib.suppress(OSError):
        folder.rmdir()
