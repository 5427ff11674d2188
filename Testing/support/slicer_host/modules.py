"""Loading of scripted modules, as Slicer's module factory does it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from slicer_host.qmrml_widgets import qSlicerWidget


class qSlicerScriptedLoadableModule(QtCore.QObject):
    """The C++ side of a scripted module: what ``parent`` is in the module's constructor."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = str(path)
        self.name = path.stem
        self.title = ""
        self.categories: list[str] = []
        self.dependencies: list[str] = []
        self.contributors: list[str] = []
        self.helpText = self.acknowledgementText = ""
        self.icon = QtGui.QIcon()
        self.hidden = False
        self._widget: Any = None

    def logic(self) -> Any:
        """Return the C++ logic, which scripted modules do not use."""
        return None

    def widgetRepresentation(self) -> Any:
        """Return the panel, made at the first call."""
        if self._widget is None:
            self._widget = self.createNewWidgetRepresentation()
        return self._widget

    def createNewWidgetRepresentation(self) -> Any:
        """Make a panel."""
        return qSlicerScriptedLoadableModuleWidget(self)


class qSlicerScriptedLoadableModuleWidget(qSlicerWidget):
    """The C++ side of a module's panel."""

    def __init__(self, module: qSlicerScriptedLoadableModule) -> None:
        super().__init__()
        self._scene = slicer.mrmlScene
        self._module_name = module.name
        self._entered = False
        QtWidgets.QVBoxLayout(self)
        self.reload()

    def reload(self) -> None:
        """Make the Python panel; also that of a module whose file was loaded anew, which is not entered again."""
        python_class = getattr(sys.modules[self._module_name], self._module_name + "Widget")
        self._python = python_class(self)
        setattr(slicer.modules, self._module_name + "Widget", self._python)
        self._python.setup()

    def self(self) -> Any:
        """Return the module's own widget object."""
        return self._python

    def enter(self) -> None:
        """Tell the panel that it is shown."""
        self._entered = True
        if hasattr(self._python, "enter"):
            self._python.enter()

    def exit(self) -> None:
        """Tell the panel that it is left."""
        self._entered = False
        if hasattr(self._python, "exit"):
            self._python.exit()

    isEntered = QtCore.Property(bool, lambda self: self._entered)


def load(path: Path) -> qSlicerScriptedLoadableModule:
    """Load a scripted module from its file and register it."""
    path = Path(path).resolve()
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        msg = f"{path}: expected a Python file"
        raise ImportError(msg)
    code = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = code
    spec.loader.exec_module(code)
    module = qSlicerScriptedLoadableModule(path)
    setattr(slicer.modules, path.stem.lower(), module)
    setattr(slicer.moduleNames, path.stem, path.stem)
    setattr(slicer.modules, path.stem + "Instance", getattr(code, path.stem)(module))
    slicer.app.moduleManager().moduleLoaded.emit(path.stem)
    return module


slicer.qSlicerScriptedLoadableModule = qSlicerScriptedLoadableModule
slicer.qSlicerScriptedLoadableModuleWidget = qSlicerScriptedLoadableModuleWidget
