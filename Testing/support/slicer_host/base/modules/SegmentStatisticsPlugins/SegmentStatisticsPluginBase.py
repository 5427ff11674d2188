"""Stand-in of the base class of Segment Statistics plugins, with the panel of options that Slicer makes of each."""

from __future__ import annotations

from typing import Any

import qt
import slicer
import vtk


class SegmentStatisticsPluginBase:
    """A plugin has a ``name``, a ``title``, ``keys`` and ``defaultKeys``, and computes values for one segment.

    As in Slicer, the first parameter node makes the panel, which asks for the information on every key.
    """

    @staticmethod
    def createCodedEntry(codeValue: str, codingScheme: str, codeMeaning: str, returnAsString: bool = False) -> Any:
        """Return a DICOM code."""
        entry = slicer.vtkCodedEntry()
        entry.SetValueSchemeMeaning(codeValue, codingScheme, codeMeaning)
        return entry.GetAsString() if returnAsString else entry

    @staticmethod
    def createMeasurementInfo(  # noqa: PLR0913, PLR0917 - Slicer's signature
        name: str,
        title: str,
        description: str,
        units: str | None,
        quantityDicomCode: Any = None,
        unitsDicomCode: Any = None,
        measurementMethodDicomCode: Any = None,
        derivationDicomCode: Any = None,
        componentNames: Any = None,
    ) -> dict[str, Any]:
        """Return what is told about a measurement."""
        info: dict[str, Any] = {"name": name, "title": title, "description": description, "units": units}
        optional = {
            "componentNames": componentNames,
            "DICOM.QuantityCode": quantityDicomCode,
            "DICOM.UnitsCode": unitsDicomCode,
            "DICOM.MeasurementMethodCode": measurementMethodDicomCode,
            "DICOM.DerivationCode": derivationDicomCode,
        }
        return info | {key: value for key, value in optional.items() if value}

    def __init__(self) -> None:
        self.name = ""
        self.title = ""
        self.keys: list[str] = []
        self.defaultKeys: list[str] = []
        self.requestedKeysCheckboxes: dict[str, Any] = {}
        self.parameterNode: Any = None
        self.parameterNodeObserver: Any = None

    def __del__(self) -> None:
        if self.parameterNode and self.parameterNodeObserver:
            self.parameterNode.RemoveObserver(self.parameterNodeObserver)

    def computeStatistics(self, segmentID: str) -> dict[str, Any]:
        """Measure one segment; a plugin does this."""
        raise NotImplementedError

    def getMeasurementInfo(self, key: str) -> dict[str, Any] | None:
        """Tell what a measurement is; a plugin does this."""
        raise NotImplementedError

    def toLongKey(self, key: str) -> str:
        """Return the key as other modules see it."""
        return f"{type(self).__name__}.{key}"

    def toShortKey(self, key: str) -> str:
        """Return the plugin's own key."""
        prefix = type(self).__name__ + "."
        return key.removeprefix(prefix) if key.startswith(prefix) else ""

    def setDefaultParameters(self, parameterNode: Any, overwriteExisting: bool = False) -> None:
        """Turn on the plugin and its default keys."""
        switch = type(self).__name__ + ".enabled"
        if not parameterNode.GetParameter(switch):
            parameterNode.SetParameter(switch, "True")
        for key in self.keys:
            name = self.toLongKey(key) + ".enabled"
            if overwriteExisting or not parameterNode.GetParameter(name):
                parameterNode.SetParameter(name, str(key in self.defaultKeys))

    def setParameterNode(self, parameterNode: Any) -> None:
        """Use a parameter node, and make the panel of options for it."""
        if self.parameterNode is parameterNode:
            return
        if self.parameterNode and self.parameterNodeObserver:
            self.parameterNode.RemoveObserver(self.parameterNodeObserver)
        self.parameterNode = parameterNode
        if parameterNode:
            self.setDefaultParameters(parameterNode)
            self.parameterNodeObserver = parameterNode.AddObserver(
                vtk.vtkCommand.ModifiedEvent, self.updateGuiFromParameterNode
            )
        self.createDefaultOptionsWidget()
        self.updateGuiFromParameterNode()

    def getParameterNode(self) -> Any:
        """Return the parameter node."""
        return self.parameterNode

    def getRequestedKeys(self) -> Any:
        """Return the keys that are turned on."""
        if not self.parameterNode:
            return ()
        return [k for k in self.keys if self.parameterNode.GetParameter(self.toLongKey(k) + ".enabled") == "True"]

    def createDefaultOptionsWidget(self) -> None:
        """Make a check box for the plugin, and one for each key with what is told about it."""
        self.optionsWidget = qt.QWidget()
        form = qt.QFormLayout(self.optionsWidget)
        self.pluginCheckbox = qt.QCheckBox(f"{self.title} Statistics")
        self.pluginCheckbox.checked = True
        form.addRow(self.pluginCheckbox)
        self.requestedKeysCheckboxes = {}
        requested = self.getRequestedKeys()
        for key in self.keys:
            info = self.getMeasurementInfo(key) or {}
            checkbox = qt.QCheckBox(info.get("title") or info.get("name") or key, self.optionsWidget)
            checkbox.checked = key in requested
            checkbox.setToolTip("\n".join(f"{name}: {info.get(name)}" for name in ("name", "description", "units")))
            form.addRow(checkbox)
            self.requestedKeysCheckboxes[key] = checkbox

    def updateGuiFromParameterNode(self, caller: Any = None, event: Any = None) -> None:
        """Show which keys are on."""
        if not self.parameterNode:
            return
        self.pluginCheckbox.checked = self.parameterNode.GetParameter(type(self).__name__ + ".enabled") != "False"
        for key, checkbox in self.requestedKeysCheckboxes.items():
            checkbox.checked = self.parameterNode.GetParameter(self.toLongKey(key) + ".enabled") == "True"
