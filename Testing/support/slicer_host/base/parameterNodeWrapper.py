"""Stand-in of ``slicer.parameterNodeWrapper``: nodes, bool, int, float, str, and those widgets Slicer can connect.

As in Slicer, defaults are written into the node at once, ``connectGui`` looks for the dynamic property
``SlicerParameterName``, and a widget or type that Slicer cannot connect is an error.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk

_SIMPLE = (bool, int, float, str)


class WithinRange:
    """Annotation: the limits of a number."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def validate(self, value: float) -> None:
        """Refuse a number outside of the limits."""
        if not self.minimum <= value <= self.maximum:
            msg = f"Value must be within range {self.minimum} to {self.maximum}, is {value}"
            raise ValueError(msg)


def _split(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the plain type and its annotations."""
    arguments = typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else (hint,)
    return arguments[0], arguments[1:]


class _Value:
    """Descriptor of a plain value, kept as text in the node."""

    def __init__(self, name: str, kind: type, notes: tuple[Any, ...]) -> None:
        self.name, self.kind = name, kind
        self.range = next((note for note in notes if isinstance(note, WithinRange)), None)

    def __get__(self, owner: Any, _cls: Any = None) -> Any:
        text = owner.parameterNode.GetParameter(self.name)
        return text == "True" if self.kind is bool else self.kind(text)

    def __set__(self, owner: Any, value: Any) -> None:
        if not isinstance(value, (int, float) if self.kind is float else self.kind):
            msg = f"{self.name}: expected {self.kind.__name__}, got {type(value).__name__}"
            raise TypeError(msg)
        if self.range:
            self.range.validate(value)
        owner.parameterNode.SetParameter(self.name, str(self.kind(value)))


class _Node:
    """Descriptor of a node, kept as a node reference."""

    def __init__(self, name: str, kind: type) -> None:
        self.name, self.kind = name, kind

    def __get__(self, owner: Any, _cls: Any = None) -> Any:
        return owner.parameterNode.GetNodeReference(self.name)

    def __set__(self, owner: Any, node: Any) -> None:
        if node is not None and not isinstance(node, self.kind):
            msg = f"{self.name}: expected {self.kind.__name__}, got {type(node).__name__}"
            raise TypeError(msg)
        owner.parameterNode.SetNodeReferenceID(self.name, node.GetID() if node is not None else None)


def _connector(widget: Any, kind: Any) -> tuple[Callable[[], Any], Callable[[Any], None], Any]:
    """Return how to read, write and watch a widget; only those pairs that Slicer's connectors know."""
    if type(widget) is slicer.qMRMLNodeComboBox and issubclass(kind, slicer.vtkMRMLNode):
        return widget.currentNode, widget.setCurrentNode, widget.currentNodeChanged
    if isinstance(widget, (qt.QCheckBox, qt.QPushButton)) and kind is bool:
        return (lambda: widget.checked), widget.setChecked, widget.toggled
    if hasattr(widget, "valueChanged") and kind in (int, float):
        return (lambda: widget.value), widget.setValue, widget.valueChanged
    if isinstance(widget, qt.QComboBox) and kind is str:
        return (lambda: widget.currentText), widget.setCurrentText, widget.currentTextChanged
    if isinstance(widget, qt.QLineEdit) and kind is str:
        return (lambda: widget.text), widget.setText, widget.textChanged
    msg = f"Slicer has no connector between {type(widget).__name__} and {kind}"
    raise ValueError(msg)


class _Binding:
    """The two-way link between a wrapper and the widgets that name its parameters."""

    def __init__(self, owner: Any, widgets: dict[str, Any]) -> None:
        self._owner, self._busy, self._links = owner, False, []
        for name, widget in widgets.items():
            kind, notes = _split(owner.allParameters[name])
            for note in notes:
                if isinstance(note, WithinRange):
                    widget.minimum, widget.maximum = note.minimum, note.maximum
            read, write, signal = _connector(widget, kind)

            def changed(*_: Any, name: str = name, read: Callable[[], Any] = read) -> None:
                if not self._busy:
                    setattr(owner, name, read())

            self._links.append((name, write, signal, changed))
        self.update()
        for _name, _write, signal, changed in self._links:
            signal.connect(changed)
        self._tag = owner.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self.update())

    def update(self) -> None:
        """Show the node's values."""
        if self._busy:
            return
        self._busy = True
        try:
            for name, write, _signal, _changed in self._links:
                write(getattr(self._owner, name))
        finally:
            self._busy = False

    def end(self) -> None:
        """Cut the link."""
        self._owner.RemoveObserver(self._tag)
        for _name, _write, signal, changed in self._links:
            signal.disconnect(changed)


def _init(self: Any, parameterNode: Any) -> None:
    self.parameterNode = parameterNode
    self._bindings = {}
    for name, hint in self.allParameters.items():
        kind, notes = _split(hint)
        if kind in _SIMPLE and not parameterNode.GetParameterNames().__contains__(name):
            default = self._defaults.get(name, kind())
            for note in notes:
                if isinstance(note, WithinRange):
                    note.validate(default)
            parameterNode.SetParameter(name, str(default))


def _connect_gui(self: Any, gui: Any) -> int:
    named = ((widget.property("SlicerParameterName"), widget) for widget in vars(gui).values())
    widgets = {name: widget for name, widget in named if name}
    for name in widgets:
        if name not in self.allParameters:
            msg = f"cannot find a parameter named {name!r}; there are {sorted(self.allParameters)}"
            raise ValueError(msg)
    tag = len(self._bindings)
    self._bindings[tag] = _Binding(self, widgets)
    return tag


def _disconnect_gui(self: Any, tag: int | None) -> None:
    if tag in self._bindings:
        self._bindings.pop(tag).end()


def parameterNodeWrapper(classtype: type | None = None) -> Any:
    """Turn a class of typed names into typed access to a parameter node; with or without brackets."""
    return _wrap(classtype) if classtype is not None else _wrap


def _wrap(cls: type) -> type:
    hints = typing.get_type_hints(cls, include_extras=True)
    cls._defaults = {name: getattr(cls, name) for name in hints if hasattr(cls, name)}  # type: ignore[attr-defined]
    for name, hint in hints.items():
        kind, notes = _split(hint)
        if kind in _SIMPLE:
            setattr(cls, name, _Value(name, kind, notes))
        elif isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
            setattr(cls, name, _Node(name, kind))
        else:
            msg = f"{name}: this host knows no parameter of type {kind}"
            raise TypeError(msg)
    members: dict[str, Any] = {
        "__init__": _init, "allParameters": hints, "connectGui": _connect_gui, "disconnectGui": _disconnect_gui,
        "AddObserver": lambda self, event, call, priority=0.0: self.parameterNode.AddObserver(event, call, priority),
        "RemoveObserver": lambda self, tag: self.parameterNode.RemoveObserver(tag),
        "StartModify": lambda self: self.parameterNode.StartModify(),
        "EndModify": lambda self, before: self.parameterNode.EndModify(before),
        "Modified": lambda self: self.parameterNode.Modified(),
    }  # fmt: skip
    for name, member in members.items():
        setattr(cls, name, member)
    return cls
