"""Loading of Qt Designer files that hold CTK and qMRML widgets, as strictly as possible.

The real loader ignores what it does not know. Here an unknown class, property, signal or slot is an error, so
that a mistake in a ``.ui`` file is found in a test.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from PySide6 import QtCore, QtUiTools, QtWidgets

from slicer_host.api import ALLOWED
from slicer_host.pythonqt import object_name, qt, set_object_name

STANDINS: dict[str, type] = {}
"""Stand-in classes by the C++ name that ``.ui`` files use."""

_FOREIGN = ("ctk", "qMRML", "qSlicer")


class UiError(ValueError):
    """A ``.ui`` file asks for something that Slicer does not have."""


class UiLoader(QtUiTools.QUiLoader):
    """``qt.QUiLoader`` with the stand-in classes."""

    def createWidget(self, className: str, parent: QtWidgets.QWidget | None = None, name: str = "") -> Any:
        """Make a widget of any class; Qt calls this for each one in the file."""
        if not className.startswith(_FOREIGN):
            return super().createWidget(className, parent, name)
        if className not in STANDINS:
            msg = f"widget {name!r}: no stand-in for class {className}; known are {sorted(STANDINS)}"
            raise UiError(msg)
        widget = STANDINS[className](parent)
        set_object_name(widget, name)
        return widget

    def load(self, device: QtCore.QIODevice, parent: QtWidgets.QWidget | None = None) -> Any:
        """Load a file; its ``connections`` carry VTK objects, so they are made here."""
        root = ET.fromstring(bytes(device.readAll().data()))
        _check_properties(root)
        connections = root.find("connections")
        if connections is not None:
            root.remove(connections)
        buffer = QtCore.QBuffer()
        buffer.setData(ET.tostring(root))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        widget = super().load(buffer, parent)
        by_name = {object_name(item): item for item in widget.findChildren(QtCore.QObject)}
        by_name[object_name(widget)] = widget
        for item in connections if connections is not None else ():
            _connect(by_name, *(str(item.findtext(key)) for key in ("sender", "signal", "receiver", "slot")))
        return widget


def _check_properties(root: ET.Element) -> None:
    """Refuse a property that neither Qt's base class nor the list of Slicer's members has."""
    qt_properties = {
        QtWidgets.QAbstractButton.staticMetaObject.property(i).name()
        for i in range(QtWidgets.QAbstractButton.staticMetaObject.propertyCount())
    }
    for widget in root.iter("widget"):
        name = str(widget.get("class"))
        if not name.startswith(_FOREIGN):
            continue
        for item in widget.findall("property"):
            known = item.get("name") in qt_properties | ALLOWED.get(name, frozenset())
            if not known and item.get("stdset") != "0":
                msg = f"{name} {widget.get('name')!r} has no property {item.get('name')!r}"
                raise UiError(msg)


def _connect(widgets: dict[str, Any], sender: str, signal: str, receiver: str, slot: str) -> None:
    """Make one connection of a ``.ui`` file, by the bare names of signal and slot."""
    for name in (sender, receiver):
        if name not in widgets:
            msg = f"connection {sender}.{signal} -> {receiver}.{slot}: no widget {name!r}"
            raise UiError(msg)
    bare_signal, bare_slot = (re.match(r"\w+", text).group() for text in (signal, slot))  # type: ignore[union-attr]
    source = getattr(widgets[sender], bare_signal, None)
    target = getattr(widgets[receiver], bare_slot, None)
    if source is None or target is None:
        msg = f"connection {sender}.{signal} -> {receiver}.{slot}: no such signal or slot"
        raise UiError(msg)
    source.connect(target)


qt.QUiLoader = UiLoader
