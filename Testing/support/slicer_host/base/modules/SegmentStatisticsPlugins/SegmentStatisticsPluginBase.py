"""Stand-in of the base class of Segment Statistics plugins, without its options panel."""

from __future__ import annotations

from typing import Any

import slicer


class SegmentStatisticsPluginBase:
    """A plugin has a ``name``, ``keys`` and ``defaultKeys``, and computes values for one segment."""

    @staticmethod
    def createCodedEntry(codeValue: str, codingScheme: str, codeMeaning: str, returnAsString: bool = False) -> Any:
        """Return a DICOM code."""
        entry = slicer.vtkCodedEntry()
        entry.SetValueSchemeMeaning(codeValue, codingScheme, codeMeaning)
        return entry.GetAsString() if returnAsString else entry

    @staticmethod
    def createMeasurementInfo(  # noqa: PLR0913, PLR0917 - Slicer's signature
        name: str,
        description: str,
        units: str | None,
        quantityDicomCode: Any = None,
        unitsDicomCode: Any = None,
        measurementMethodDicomCode: Any = None,
        derivationDicomCode: Any = None,
        componentNames: Any = None,
    ) -> dict[str, Any]:
        """Return what is told about a measurement."""
        info: dict[str, Any] = {"name": name, "description": description, "units": units}
        if componentNames:
            info["componentNames"] = componentNames
        return info

    def __init__(self) -> None:
        self.name = ""
        self.keys: list[str] = []
        self.defaultKeys: list[str] = []
        self.parameterNode: Any = None

    def toLongKey(self, key: str) -> str:
        """Return the key as other modules see it."""
        return f"{type(self).__name__}.{key}"

    def toShortKey(self, key: str) -> str:
        """Return the plugin's own key."""
        prefix = type(self).__name__ + "."
        return key.removeprefix(prefix) if key.startswith(prefix) else ""

    def setDefaultParameters(self, parameterNode: Any, overwriteExisting: bool = False) -> None:
        """Turn on the default keys."""
        pairs = {type(self).__name__ + ".enabled": True}
        pairs |= {self.toLongKey(key) + ".enabled": key in self.defaultKeys for key in self.keys}
        for name, enabled in pairs.items():
            if overwriteExisting or not parameterNode.GetParameter(name):
                parameterNode.SetParameter(name, str(enabled))

    def setParameterNode(self, parameterNode: Any) -> None:
        """Use a parameter node."""
        self.parameterNode = parameterNode
        self.setDefaultParameters(parameterNode)

    def getParameterNode(self) -> Any:
        """Return the parameter node."""
        return self.parameterNode

    def getRequestedKeys(self) -> list[str]:
        """Return the keys that are turned on."""
        return [k for k in self.keys if self.parameterNode.GetParameter(self.toLongKey(k) + ".enabled") == "True"]
