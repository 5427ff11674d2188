"""Stand-in of the Sample Data module: registration, and a load through the registered downloader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer


class SampleDataSource:
    """One registered data set."""

    def __init__(self, **fields: Any) -> None:
        vars(self).update(fields)


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
        loadFileProperties: Any = None,
        checksums: Any = None,
        loadFileType: Any = None,
    ) -> None:
        """Add a data set; as in Slicer, one without address, file name and node name is refused."""
        if not all(isinstance(field, str) for field in (uris, fileNames, nodeNames)):
            msg = "All fields of sample data source must have the same length"
            raise ValueError(msg)
        if not hasattr(slicer.modules, "sampleDataSources"):
            slicer.modules.sampleDataSources = {}
        source = SampleDataSource(
            sampleName=sampleName, uris=uris, fileNames=fileNames, nodeNames=nodeNames,
            customDownloader=customDownloader, thumbnailFileName=thumbnailFileName,
        )  # fmt: skip
        slicer.modules.sampleDataSources.setdefault(category, []).append(source)


def downloadSample(sampleName: str) -> Any:
    """Get a registered data set by its name."""
    for sources in slicer.modules.sampleDataSources.values():
        for source in sources:
            if source.sampleName == sampleName and source.customDownloader is not None:
                return source.customDownloader(source)
    msg = f"no sample data set named {sampleName!r}"
    raise KeyError(msg)
