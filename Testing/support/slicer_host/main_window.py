"""A small main window: the module panel, four views, and a table or a plot beside them."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from slicer_host.views import Picture, PlotView

_PANEL_WIDTH = 430


class _ViewLabel(QtWidgets.QLabel):
    """Shows the picture of an off-screen view; off-screen Qt cannot host a VTK widget."""

    def __init__(self, color: str = "#9097b8") -> None:
        super().__init__()
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Ignored)
        self.setStyleSheet(f"border-top: 4px solid {color}; background: black;")

    def show_picture(self, picture: Picture) -> None:
        """Show an array of RGB values."""
        rows, columns, _ = picture.shape
        image = QtGui.QImage(picture.data, columns, rows, 3 * columns, QtGui.QImage.Format.Format_RGB888)
        self.setPixmap(QtGui.QPixmap.fromImage(image.copy()))


class MainWindow(QtWidgets.QMainWindow):
    """The window that screenshots are taken of. Its looks are this host's, the contents are Slicer's."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.setWindowTitle("slicer-core host (not 3D Slicer)")
        self._manager = app.layoutManager()
        app._window = self
        self._views: list[tuple[_ViewLabel, Any]] = []
        self._build_views()
        self._dock = QtWidgets.QDockWidget("Module")
        self._dock.setFeatures(QtWidgets.QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self._scroll = QtWidgets.QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._dock.setWidget(self._scroll)
        self._dock.setMinimumWidth(_PANEL_WIDTH)
        self.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, self._dock)
        self.resize(1360, 840)

    def _build_views(self) -> None:
        centre = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(centre)
        grid.setSpacing(2)
        grid.setContentsMargins(0, 0, 0, 0)
        slices = self._manager._slices
        places = (("Red", 0, 0, "#f2544a"), ("Green", 1, 0, "#6eb04b"), ("Yellow", 1, 1, "#edd54c"))
        for name, row, column, color in places:
            label = _ViewLabel(color)
            grid.addWidget(label, row, column)
            self._views.append((label, slices[name]))
        label = _ViewLabel()
        grid.addWidget(label, 0, 1)
        self._views.append((label, self._manager._three_d))
        self._table = QtWidgets.QTableWidget()
        self._plot = _ViewLabel("#ffffff")
        self._plot_view = PlotView((840, 260))
        grid.addWidget(self._table, 2, 0, 1, 2)
        grid.addWidget(self._plot, 3, 0, 1, 2)
        self._table.hide()
        self._plot.hide()
        self._grid = grid
        self.setCentralWidget(centre)

    def selectModule(self, module: Any) -> Any:
        """Show a module's panel and return it."""
        panel = module.widgetRepresentation()
        self._scroll.setWidget(panel)
        self._dock.setWindowTitle(module.title)
        panel.enter()
        return panel

    def refresh(self) -> None:
        """Draw all views anew, in the size that their widgets have."""
        self._show_table()
        self._show_plot_area()
        self._arrange()
        for row, widget in enumerate((None, None, self._table, self._plot)):
            self._grid.setRowStretch(row, 3 if widget is None else 2 * (not widget.isHidden()))
        slicer.app.processEvents()
        for label, view in self._views:
            if label.isHidden():
                continue
            view.resize(label.width, label.height - 4)
            label.show_picture(view.image())
        if not self._plot.isHidden():
            self._plot_view.resize(self._plot.width, self._plot.height - 4)
            self._plot.show_picture(self._plot_view.image(self._active_chart()))

    def _arrange(self) -> None:
        """Put the views where the layout has them: four, or the red and the yellow one beside each other."""
        beside = self._manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView
        places = ((0, 0), (1, 0), (0, 1) if beside else (1, 1), (0, 1))
        for number, ((label, _view), place) in enumerate(zip(self._views, places, strict=True)):
            self._grid.removeWidget(label)
            label.setVisible(not beside or number in (0, 2))
            if not label.isHidden():
                self._grid.addWidget(label, *place, 2 if beside else 1, 1)

    def _show_table(self) -> None:
        """Show the active table where the layout has one."""
        logic = slicer.modules.tables.logic()
        node_id = slicer.app.applicationLogic().GetSelectionNode().GetActiveTableID()
        node = slicer.mrmlScene.GetNodeByID(node_id) if node_id else None
        layout = self._manager.layout
        self._table.setVisible(node is not None and logic.GetLayoutWithTable(layout) == layout)
        if node is None:
            return
        columns, rows = node.GetNumberOfColumns(), node.GetNumberOfRows()
        self._table.setColumnCount(columns)
        self._table.setRowCount(rows)
        self._table.setHorizontalHeaderLabels([node.GetColumnName(i) for i in range(columns)])
        for row in range(rows):
            for column in range(columns):
                self._table.setItem(row, column, QtWidgets.QTableWidgetItem(node.GetCellText(row, column)))
        self._table.resizeColumnsToContents()

    @staticmethod
    def _active_chart() -> Any:
        node_id = slicer.app.applicationLogic().GetSelectionNode().GetActivePlotChartID()
        return slicer.mrmlScene.GetNodeByID(node_id) if node_id else None

    def _show_plot_area(self) -> None:
        """Show the plot view where the layout has one and a chart is active."""
        logic = slicer.modules.plots.logic()
        layout = self._manager.layout
        self._plot.setVisible(self._active_chart() is not None and logic.GetLayoutWithPlot(layout) == layout)
