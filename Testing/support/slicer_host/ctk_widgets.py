"""Stand-ins of CTK's widgets, as the module ``ctk``; see `slicer_host.api` for the fence around them."""

from __future__ import annotations

import sys
import types
from typing import Any

from PySide6 import QtCore, QtWidgets

from slicer_host.api import restricted
from slicer_host.pythonqt import qt
from slicer_host.uiloader import STANDINS

Property, Signal = QtCore.Property, QtCore.Signal
_HEADER_HEIGHT = 24


@restricted("ctkCollapsibleButton")
class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A section of the panel with a title that folds it."""

    contentsCollapsed = Signal(bool)

    def __init__(self, text: Any = "", parent: Any = None) -> None:
        title, owner = ("", text) if isinstance(text, QtWidgets.QWidget) else (text or "", parent)
        super().__init__(owner)
        self.setText(title)
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(4, _HEADER_HEIGHT + 2, 4, 4)
        self.setSizePolicy(qt.QSizePolicy.Preferred, qt.QSizePolicy.Preferred)
        self.toggled.connect(self._fold)

    def _fold(self, opened: bool) -> None:
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                child.setVisible(opened)
        self.setMaximumHeight(16777215 if opened else _HEADER_HEIGHT + 2)
        self.updateGeometry()
        self.contentsCollapsed.emit(not opened)

    def _set_collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    def hitButton(self, position: QtCore.QPoint) -> bool:
        """Only the title folds the section."""
        return position.y() <= _HEADER_HEIGHT

    def sizeHint(self) -> QtCore.QSize:
        """Give what the contents want, or the title alone."""
        layout = self.layout()
        if layout is None or not self.checked:
            return QtCore.QSize(120, _HEADER_HEIGHT + 2)
        return layout.totalSizeHint()

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        """Hide a child that arrives while the section is folded."""
        super().childEvent(event)
        child = event.child()
        if event.added() and child.isWidgetType() and not self.checked:
            child.setVisible(False)

    def paintEvent(self, event: Any) -> None:
        """Draw the title bar."""
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 1, self.rect.width(), _HEADER_HEIGHT)
        option.state = option.state | QtWidgets.QStyle.StateFlag.State_Raised
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyle.PrimitiveElement
        mark = QtWidgets.QStyleOption(option)
        mark.rect = QtCore.QRect(5, 7, 11, 11)
        painter.drawPrimitive(arrow.PE_IndicatorArrowDown if self.checked else arrow.PE_IndicatorArrowRight, mark)
        painter.drawText(QtCore.QRect(22, 1, self.rect.width() - 24, _HEADER_HEIGHT), qt.Qt.AlignVCenter, self.text)

    collapsed = Property(bool, lambda self: not self.checked, _set_collapsed)


@restricted("ctkSliderWidget")
class ctkSliderWidget(QtWidgets.QWidget):
    """A slider and a spin box that move together."""

    valueChanged = Signal(float)
    valueIsChanging = Signal(float)
    _STEPS = 1000

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._slider = QtWidgets.QSlider(qt.Qt.Horizontal)
        self._box = QtWidgets.QDoubleSpinBox()
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._box)
        self._slider.setRange(0, self._STEPS)
        self._box.setRange(0.0, 99.0)
        self._box.valueChanged.connect(self._from_box)
        self._slider.valueChanged.connect(self._from_slider)

    def _from_box(self, value: float) -> None:
        span = self._box.maximum - self._box.minimum
        self._slider.blockSignals(True)
        self._slider.setValue(round((value - self._box.minimum) / span * self._STEPS) if span else 0)
        self._slider.blockSignals(False)
        self.valueChanged.emit(value)

    def _from_slider(self, step: int) -> None:
        span = self._box.maximum - self._box.minimum
        self._box.setValue(self._box.minimum + span * step / self._STEPS)

    def setValue(self, value: float) -> None:
        """Move the slider."""
        self._box.setValue(value)

    def _forward(name: str, kind: type) -> Any:  # type: ignore[misc]
        return Property(
            kind, lambda self: getattr(self._box, name), lambda self, value: setattr(self._box, name, value)
        )

    value = _forward("value", float)
    minimum = _forward("minimum", float)
    maximum = _forward("maximum", float)
    singleStep = _forward("singleStep", float)
    decimals = _forward("decimals", int)
    prefix = _forward("prefix", str)
    suffix = _forward("suffix", str)
    tracking = Property(bool, lambda self: True, lambda self, value: None)
    pageStep = Property(float, lambda self: 0.0, lambda self, value: None)


@restricted("ctkPathLineEdit")
class ctkPathLineEdit(QtWidgets.QWidget):
    """A line for a path, with a button that opens a dialog."""

    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)
    Dirs, Files, Readable, Writable = 0x001, 0x002, 0x010, 0x020

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._line = QtWidgets.QLineEdit()
        self._browse = QtWidgets.QToolButton()
        self._browse.setText("…")
        layout.addWidget(self._line)
        layout.addWidget(self._browse)
        self._line.textChanged.connect(self.currentPathChanged)

    def setCurrentPath(self, path: str) -> None:
        """Show another path."""
        self._line.setText(path)

    def addCurrentPathToHistory(self) -> None:
        """Remember the path; the stand-in has no history."""

    currentPath = Property(str, lambda self: self._line.text, setCurrentPath)
    filters = Property(int, lambda self: self.Dirs, lambda self, value: None)
    settingKey = Property(str, lambda self: "", lambda self, value: None)
    nameFilters = Property("QStringList", lambda self: [], lambda self, value: None)
    showHistoryButton = Property(bool, lambda self: False, lambda self, value: None)


@restricted("ctkMessageBox")
class ctkMessageBox(QtWidgets.QMessageBox):
    """A message box; without "don't show this again"."""

    def deleteLater(self) -> None:
        """Wait until the box is closed: outside of a running event loop Qt would delete it on opening."""
        self.finished.connect(super().deleteLater)


ctk = types.ModuleType("ctk", "Stand-in of the few CTK widgets that hosted modules use.")
for _cls in (ctkCollapsibleButton, ctkMessageBox, ctkSliderWidget, ctkPathLineEdit):
    setattr(ctk, _cls.__name__, _cls)
    STANDINS[_cls.__name__] = _cls
sys.modules["ctk"] = ctk
