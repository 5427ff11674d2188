"""Reading and writing of files through Slicer's real storage nodes: what ``slicer.app.coreIOManager()`` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_KINDS = {
    ".seg.nrrd": "SegmentationFile", ".mrk.json": "MarkupsFile", ".nii.gz": "VolumeFile", ".nii": "VolumeFile",
    ".nrrd": "VolumeFile", ".nhdr": "VolumeFile", ".mha": "VolumeFile", ".dcm": "VolumeFile", ".mrml": "SceneFile",
    ".mrb": "SceneFile", ".csv": "TableFile", ".tsv": "TableFile", ".h5": "TransformFile", ".tfm": "TransformFile",
}  # fmt: skip


class CoreIOManager:
    """The subset that ``slicer.util.load*``, ``save*`` and ``exportNode`` call."""

    def __init__(self, core: Any) -> None:
        self._core = core

    def fileType(self, path: str) -> str:
        """Return the kind of file, by its ending."""
        return next((kind for end, kind in _KINDS.items() if str(path).lower().endswith(end)), "NoFile")

    def fileWriterFileType(self, node: Any) -> str:
        """Return the kind of file that a node is saved as."""
        return "Scene" if node is None else str(node.GetClassName())

    def loadNodes(self, kind: str, properties: dict[str, Any], nodes: Any = None, messages: Any = None) -> bool:
        """Read a file into the scene."""
        path = str(properties["fileName"])
        if not Path(path).exists():
            return False
        if kind == "SceneFile":
            return self._load_scene(path, properties, messages)
        node = self._load_node(kind, path, properties, messages)
        if node is not None and nodes is not None:
            nodes.AddItem(node)
        return node is not None

    def _load_node(self, kind: str, path: str, properties: dict[str, Any], messages: Any) -> Any:
        logics, scene = self._core.logics, self._core.scene
        name = properties.get("name") or Path(path).name.split(".")[0]
        if kind == "VolumeFile":
            node = logics["Volumes"].AddArchetypeVolume(path, name, 1 if properties.get("labelmap") else 0, None)
            if node and properties.get("show", True):
                selection = self._core.applicationLogic.GetSelectionNode()
                selection.SetActiveVolumeID(node.GetID())
                self._core.applicationLogic.PropagateVolumeSelection()
            return node
        if kind == "SegmentationFile":
            return logics["Segmentations"].LoadSegmentationFromFile(path, True, name, None, messages)
        if kind == "TableFile":
            return logics["Tables"].AddTable(path, name)
        if kind == "TransformFile":
            return logics["Transforms"].AddTransform(path, scene, messages)
        return None

    def _load_scene(self, path: str, properties: dict[str, Any], messages: Any) -> bool:
        scene = self._core.scene
        if properties.get("clear"):
            scene.Clear(False)
        if path.endswith(".mrb"):
            return bool(scene.ReadFromMRB(path, False, messages))
        scene.SetURL(path)
        return bool(scene.Import(messages))

    def saveNodes(self, kind: str, properties: dict[str, Any], messages: Any = None) -> bool:
        """Write a node or the scene."""
        path = str(properties["fileName"])
        scene = self._core.scene
        if kind == "SceneFile":
            if path.endswith(".mrb"):
                return bool(scene.WriteToMRB(path, None, messages))
            scene.SetURL(path)
            scene.SetRootDirectory(str(Path(path).parent))
            return bool(scene.Commit(path, messages))
        node = scene.GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode()
        storage = node.GetStorageNode()
        storage.SetFileName(path)
        if "useCompression" in properties:
            storage.SetUseCompression(int(properties["useCompression"]))
        return bool(storage.WriteData(node))

    def exportNodes(self, ids: list[str], paths: list[str], *_rest: Any) -> bool:
        """Write nodes without keeping a storage node."""
        for node_id, path in zip(ids, paths, strict=True):
            node = self._core.scene.GetNodeByID(node_id)
            storage = node.CreateDefaultStorageNode()
            storage.UnRegister(None)
            storage.SetFileName(str(path))
            if not storage.WriteData(node):
                return False
        return True
