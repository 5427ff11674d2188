"""The manners of PythonQt over PySide6, offered as the modules ``qt`` and (elsewhere) ``ctk``.

PythonQt, which 3D Slicer uses, differs from PySide6 where a module author notices it:

* a Q_PROPERTY is an attribute (``button.text``, ``button.enabled = True``), and calling it fails;
* ``QFileDialog.getSaveFileName`` returns the file name alone;
* the name of an object is ``widget.name``.

Slicer also takes ``obj.connect("signal()", f)``. PySide6 cannot be taught that form, so hosted modules
write ``obj.signal.connect(f)``, which is right in both.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from PySide6 import QtCore, QtGui, QtNetwork, QtTest, QtUiTools, QtWidgets

_MODULES = (QtCore, QtGui, QtWidgets, QtNetwork, QtTest)
# A static method of the same name is what everybody means by this one.
_KEPT_AS_METHOD = {"singleShot"}

_plain_object_name = QtCore.QObject.objectName
_plain_set_object_name = QtCore.QObject.setObjectName


def object_name(item: QtCore.QObject) -> str:
    """Return the object name, whatever has been patched."""
    return str(_plain_object_name(item))


def set_object_name(item: QtCore.QObject, name: str) -> None:
    """Set the object name, whatever has been patched."""
    _plain_set_object_name(item, name)


def _getter(cls: type, name: str) -> Callable[[Any], Any] | None:
    """Return the C++ reading function of a property, found by Qt's naming habits."""
    capital = name[0].upper() + name[1:]
    for candidate in (name, "is" + capital, "has" + capital):
        function = getattr(cls, candidate, None)
        if callable(function) and not isinstance(function, property):
            return function  # type: ignore[no-any-return]
    return None


def _as_attribute(cls: type, name: str, *, writable: bool) -> property:
    """Make the Python property that stands for a Q_PROPERTY."""
    # What QCoreApplication offers as static functions cannot be called with an object.
    read = None if issubclass(cls, QtCore.QCoreApplication) else _getter(cls, name)
    write = getattr(cls, "set" + name[0].upper() + name[1:], None)

    def fget(self: Any) -> Any:
        return read(self) if read else QtCore.QObject.property(self, name)

    def fset(self: Any, value: Any) -> None:
        if write:
            write(self, value)
        else:
            QtCore.QObject.setProperty(self, name, value)

    return property(fget, fset if writable else None)


def _object_classes() -> Iterator[type]:
    """Yield Qt's QObject classes, bases first.

    PySide6 makes its types on first use, hence ``dir`` and not ``vars``.
    """
    found = [getattr(module, name) for module in (QtCore, QtGui, QtWidgets, QtNetwork) for name in dir(module)]
    classes = {item for item in found if isinstance(item, type) and issubclass(item, QtCore.QObject)}
    yield from sorted(classes, key=lambda cls: len(cls.__mro__))


def _patch_properties() -> None:
    for cls in _object_classes():
        meta = cls.staticMetaObject  # type: ignore[attr-defined]
        for index in range(meta.propertyOffset(), meta.propertyCount()):
            described = meta.property(index)
            name = described.name()
            if name in _KEPT_AS_METHOD or isinstance(getattr(cls, name, None), property):
                continue
            setattr(cls, name, _as_attribute(cls, name, writable=described.isWritable()))
    QtCore.QObject.name = property(object_name, set_object_name)  # type: ignore[attr-defined]
    QtCore.QObject.className = lambda self: self.metaObject().className()  # type: ignore[attr-defined]
    QtCore.QObject.connect = _connect  # type: ignore[method-assign, assignment]
    QtWidgets.QDialog.exec_ = lambda self: self.exec()  # type: ignore[attr-defined]


def _connect(self: Any, signal: str, slot: Any) -> None:
    """Connect a signal that is named with its arguments, as PythonQt does for every object."""
    getattr(self, signal.split("(", maxsplit=1)[0])[_signature(signal)].connect(slot)


def disconnect(self: Any, signal: str, slot: Any) -> None:
    """Take back a connection that was made by name. PySide6 lets only a class of its own offer this."""
    getattr(self, signal.split("(", maxsplit=1)[0])[_signature(signal)].disconnect(slot)


def _signature(signal: str) -> tuple[type, ...]:
    """Return the Python types of a signal's arguments."""
    known = {"int": int, "QString": str, "QProcess::ExitStatus": QtCore.QProcess.ExitStatus}
    return tuple(known[name.strip()] for name in signal[signal.index("(") + 1 : -1].split(","))


class _FileDialog(QtWidgets.QFileDialog):
    """QFileDialog whose static functions return only the name, as in PythonQt."""

    @staticmethod
    def getOpenFileName(*arguments: Any) -> str:
        """Return the chosen file, or an empty string."""
        return str(QtWidgets.QFileDialog.getOpenFileName(*arguments)[0])

    @staticmethod
    def getSaveFileName(*arguments: Any) -> str:
        """Return the chosen file, or an empty string."""
        return str(QtWidgets.QFileDialog.getSaveFileName(*arguments)[0])


def install() -> types.ModuleType:
    """Patch PySide6 once and make ``import qt`` work; return the module."""
    if "qt" in sys.modules:
        return sys.modules["qt"]
    _patch_properties()
    module = types.ModuleType("qt", "Stand-in of Slicer's PythonQt module, over PySide6.")
    for source in _MODULES:
        for name in dir(source):
            if not name.startswith("_"):
                setattr(module, name, getattr(source, name))
    module.QFileDialog = _FileDialog  # type: ignore[attr-defined]
    module.QUiLoader = QtUiTools.QUiLoader  # type: ignore[attr-defined]
    sys.modules["qt"] = module
    return module


qt = install()
