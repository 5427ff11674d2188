"""Stand-in of the Sample Data module: registration, the button, and the scripted way, which are not the same.

The button calls ``customDownloader``; ``downloadSample`` never does, but fetches every address of the data set into
Slicer's cache and loads the files, as in Slicer 5.10 to 5.13.
"""

from __future__ import annotations

import logging
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
import vtk


def downloadSample(sampleName: str) -> Any:
    """Load a data set by its name; return its first node."""
    return SampleDataLogic().downloadSamples(sampleName)[0]


def downloadSamples(sampleName: str) -> Any:
    """Load a data set by its name; return its nodes."""
    return SampleDataLogic().downloadSamples(sampleName)


class SampleDataSource:
    """One registered data set: lists of equal length, made of what was given."""

    def __init__(  # noqa: PLR0913, PLR0917 - Slicer's signature
        self,
        sampleName: str | None = None,
        sampleDescription: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        checksums: Any = None,
        loadFiles: Any = None,
        customDownloader: Callable[[Any], Any] | None = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFileProperties: dict[str, Any] | None = None,
        loadFileType: Any = None,
    ) -> None:
        single = isinstance(uris, str)
        count = 1 if single else len(uris)
        columns = {"uris": uris, "fileNames": fileNames, "nodeNames": nodeNames, "loadFiles": loadFiles,
                   "checksums": checksums, "loadFileTypes": loadFileTypes or loadFileType}  # fmt: skip
        for name, given in columns.items():
            value = [given] * count if given is None or single else list(given)
            setattr(self, name, value)
            if len(value) != count:
                msg = f"All fields of sample data source must have the same length: {name} has {len(value)} of {count}"
                raise ValueError(msg)
        self.sampleName = sampleName
        self.sampleDescription = sampleName if sampleDescription is None else sampleDescription
        self.customDownloader = customDownloader
        self.thumbnailFileName = thumbnailFileName
        self.loadFileProperties = loadFileProperties or {}

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        # Slicer's text holds the downloader too: one that is made anew makes another data set.
        return "\n".join(f"{name}: {value}" for name, value in vars(self).items())


class SampleDataLogic:
    """Keeps the registered data sets in ``slicer.modules.sampleDataSources``."""

    @staticmethod
    def registerCustomSampleDataSource(  # noqa: PLR0913, PLR0917 - Slicer's signature
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Callable[[Any], Any] | None = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFiles: Any = None,
        loadFileProperties: dict[str, Any] = {},  # noqa: B006 - as in Slicer
        checksums: Any = None,
        loadFileType: Any = None,
    ) -> None:
        """Add a data set, unless one that is the same in every field is there."""
        source = SampleDataSource(
            sampleName=sampleName, uris=uris, fileNames=fileNames, nodeNames=nodeNames, checksums=checksums,
            loadFiles=loadFiles, customDownloader=customDownloader, thumbnailFileName=thumbnailFileName,
            loadFileTypes=loadFileTypes, loadFileProperties=loadFileProperties, loadFileType=loadFileType,
        )  # fmt: skip
        if not hasattr(slicer.modules, "sampleDataSources"):
            slicer.modules.sampleDataSources = {}
        known = slicer.modules.sampleDataSources.setdefault(category, [])
        if source not in known:
            known.append(source)

    @staticmethod
    def registerUrlRewriteRule(name: str, rewriteFunction: Callable[[str], str]) -> None:
        """Add a function that every address passes before it is fetched."""
        if not callable(rewriteFunction):
            msg = f"Expected 'rewriteFunction' to be callable, got {type(rewriteFunction)}"
            raise TypeError(msg)
        if not hasattr(slicer.modules, "sampleDataUrlRewriteRules"):
            slicer.modules.sampleDataUrlRewriteRules = {}
        slicer.modules.sampleDataUrlRewriteRules[name] = rewriteFunction

    def __init__(self, logMessage: Callable[..., None] | None = None) -> None:
        if logMessage:
            self.logMessage = logMessage  # type: ignore[method-assign]

    @staticmethod
    def rewriteUrl(url: str) -> str:
        """Return an address as the rules want it."""
        for rule in getattr(slicer.modules, "sampleDataUrlRewriteRules", {}).values():
            url = rule(url)
        return url

    def sourceForSampleName(self, sampleName: str) -> SampleDataSource | None:
        """Return the data set of that name, None without."""
        sources = (source for group in slicer.modules.sampleDataSources.values() for source in group)
        return next((source for source in sources if source.sampleName == sampleName), None)

    def downloadSamples(self, sampleName: str) -> list[Any]:
        """Load a data set by its name; return its nodes, none where there is no such name."""
        source = self.sourceForSampleName(sampleName)
        return self.downloadFromSource(source) if source else []

    def downloadFromSource(
        self, source: SampleDataSource, maximumAttemptsCount: int = 3, forceDownload: bool = False
    ) -> list[Any]:
        """Fetch and load each file; one that cannot be fetched is left out, as in Slicer."""
        nodes = []
        columns = (source.uris, source.fileNames, source.nodeNames, source.checksums, source.loadFileTypes)  # type: ignore[attr-defined]
        for uri, fileName, nodeName, checksum, kind in zip(*columns, strict=True):
            for _attempt in range(maximumAttemptsCount):
                try:
                    path = self.downloadFileIntoCache(uri, fileName, checksum, forceDownload)
                except ValueError:
                    self.logMessage("Download failed", logging.ERROR)
                    continue
                node = self.loadNode(path, nodeName, kind, dict(source.loadFileProperties))
                if node is not None:
                    nodes.append(node)
                    break
        return nodes

    def downloadFileIntoCache(self, uri: str, name: str, checksum: Any = None, forceDownload: bool = False) -> str:
        """Fetch a file into Slicer's cache, unless it is there."""
        folder = Path(slicer.app.temporaryPath) / "cache"
        folder.mkdir(exist_ok=True)
        return self.downloadFile(uri, str(folder), name, checksum, forceDownload)

    def downloadFile(
        self, uri: str, destFolderPath: str, name: str, checksum: Any = None, forceDownload: bool = False
    ) -> str:
        """Fetch a file; as in Slicer, one of that name that is there is taken for it."""
        uri = self.rewriteUrl(uri)
        path = destFolderPath + "/" + name
        if forceDownload or not Path(path).exists() or os.stat(path).st_size == 0:  # noqa: PTH116
            try:
                urllib.request.urlretrieve(uri, path)
            except OSError as error:
                msg = f"Failed to download {uri} to {path}"
                raise ValueError(msg) from error
        return path

    def loadNode(self, uri: str, name: str, fileType: Any = None, fileProperties: dict[str, Any] = {}) -> Any:  # noqa: B006
        """Load a file; return its node, None if that failed."""
        manager = slicer.app.coreIOManager()
        properties = fileProperties | {"fileName": uri, "name": name}
        nodes = vtk.vtkCollection()
        if not manager.loadNodes(fileType or manager.fileType(uri), properties, nodes):
            return None
        node = nodes.GetItemAsObject(0)
        storage = node.GetStorageNode()
        if storage is not None:
            slicer.mrmlScene.RemoveNode(storage)
        return node

    def logMessage(self, message: str, logLevel: int = logging.DEBUG) -> None:
        """Log."""
        logging.log(logLevel, message)
