"""Stand-in of ``slicer.app``, of the module manager, and of ``slicer.modules``."""

from __future__ import annotations

import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from slicer_host.api import restricted
from slicer_host.io_manager import CoreIOManager
from slicer_host.layout import qMRMLLayoutManager
from slicer_host.pythonqt import disconnect
from slicer_host.scene import CoreModule, SceneCore, alias_wrapped_libraries


@restricted("qSlicerModuleManager")
class ModuleManager(QtCore.QObject):
    """Knows the loaded modules."""

    moduleAboutToBeUnloaded = QtCore.Signal(str)
    moduleLoaded = QtCore.Signal(str)

    def disconnect(self, signal: str, slot: Any) -> None:
        """Take back a connection."""
        disconnect(self, signal, slot)

    def module(self, name: str) -> Any:
        """Return a module by its name."""
        return getattr(slicer.modules, name.lower(), None)

    def isModuleLoaded(self, name: str) -> bool:
        """Tell whether a module is there."""
        return self.module(name) is not None


@restricted("qSlicerApplication")
class Application(QtWidgets.QApplication):
    """A QApplication with those members of qSlicerApplication that modules use.

    ``testingEnabled`` is settable, so that a test can look at message boxes.
    """

    startupCompleted = QtCore.Signal()

    def __init__(self, *, main_window: bool) -> None:
        super().__init__(["slicer-host"])
        self.setApplicationName("Slicer")
        self._core = SceneCore()
        self._manager = ModuleManager()
        self._io = CoreIOManager(self._core)
        self._layout = qMRMLLayoutManager(self._core) if main_window else None
        self._window: Any = None
        self._testing = True
        # Settings of the person who runs the tests stay out of it.
        folder = str(Path(self._core.temporaryPath) / "settings")
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.Format.IniFormat)
        QtCore.QSettings.setPath(QtCore.QSettings.Format.IniFormat, QtCore.QSettings.Scope.UserScope, folder)

    def mrmlScene(self) -> Any:
        """Return the scene."""
        return self._core.scene

    def applicationLogic(self) -> Any:
        """Return the application logic."""
        return self._core.applicationLogic

    def coreIOManager(self) -> CoreIOManager:
        """Return the reader and writer of files."""
        return self._io

    ioManager = coreIOManager

    def layoutManager(self) -> Any:
        """Return the layout manager; None where there is no main window."""
        return self._layout

    def moduleManager(self) -> ModuleManager:
        """Return the module manager."""
        return self._manager

    def settings(self) -> Any:
        """Return the settings."""
        return QtCore.QSettings()

    userSettings = settings

    def testingEnabled(self) -> bool:
        """Tell whether message boxes are kept away."""
        return self._testing

    def commandOptions(self) -> Any:
        """Return the command line's options."""
        return types.SimpleNamespace(noMainWindow=self._layout is None, testingEnabled=self._testing)

    def mainWindow(self) -> Any:
        """Return the main window, if one was made."""
        return self._window

    def translate(self, _context: str, text: str) -> str:
        """Translate; this host speaks English only."""
        return text

    def moduleDocumentationUrl(self, name: str) -> str:
        """Return where a module's page is."""
        return f"https://slicer.readthedocs.io/en/latest/user_guide/modules/{name.lower()}.html"

    def setRenderPaused(self, paused: bool) -> None:
        """Pause the views; they draw on demand here."""

    def pauseRender(self) -> None:
        """Pause the views."""

    def resumeRender(self) -> None:
        """Go on drawing."""

    def restart(self) -> None:
        """Refuse: nothing in a test may do that."""
        msg = "a hosted module asked for a restart"
        raise AssertionError(msg)

    temporaryPath = QtCore.Property(str, lambda self: self._core.temporaryPath)
    documentationBaseUrl = QtCore.Property(str, lambda self: "https://slicer.readthedocs.io/en/latest/")


def install(*, main_window: bool) -> Application:
    """Make the application and fill ``slicer.app``, ``slicer.mrmlScene`` and ``slicer.modules``."""
    alias_wrapped_libraries()
    tempfile.gettempdir()
    app = Application(main_window=main_window)
    slicer.app = app
    slicer.mrmlScene = app._core.scene
    slicer.modules = sys.modules["slicer.modules"] = types.ModuleType("slicer.modules")
    slicer.moduleNames = types.ModuleType("slicer.moduleNames")
    for name, logic in app._core.logics.items():
        setattr(slicer.modules, name.lower(), CoreModule(name, logic))
        setattr(slicer.moduleNames, name, name)
    return app
