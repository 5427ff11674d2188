"""Slice, 3D and plot views drawn off screen by Slicer's real displayable managers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from vtkmodules.util.numpy_support import vtk_to_numpy

_MANAGERS_2D = (
    "vtkMRMLModelSliceDisplayableManager", "vtkMRMLRulerDisplayableManager", "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager", "vtkMRMLCrosshairDisplayableManager",
)  # fmt: skip
_MANAGERS_3D = (
    "vtkMRMLCameraDisplayableManager", "vtkMRMLViewDisplayableManager", "vtkMRMLModelDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D", "vtkMRMLMarkupsDisplayableManager",
)  # fmt: skip

Picture = npt.NDArray[np.uint8]


class OffscreenView:
    """A render window without a screen, and the displayable managers that fill it."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.renderer = vtk.vtkRenderer()
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetMultiSamples(4)
        self.window.SetSize(*size)
        self.window.AddRenderer(self.renderer)
        self.interactor = vtk.vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.interactor.EnableRenderOff()
        self.group = slicer.vtkMRMLDisplayableManagerGroup()

    def _fill(self, factory: Any, managers: tuple[str, ...], application_logic: Any) -> None:
        factory.SetMRMLApplicationLogic(application_logic)
        for name in managers:
            if not factory.IsDisplayableManagerRegistered(name):
                factory.RegisterDisplayableManager(name)
        self.group.SetRenderer(self.renderer)
        self.group.Initialize(factory, self.renderer)

    def resize(self, columns: int, rows: int) -> None:
        """Take the size of the widget that shows the view."""
        self.window.SetSize(columns, rows)

    def image(self) -> Picture:
        """Draw and return the picture, ``(rows, columns, 3)``."""
        self.window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self.window)
        grab.ReadFrontBufferOff()
        grab.SetInputBufferTypeToRGB()
        grab.Update()
        data = grab.GetOutput()
        columns, rows, _ = data.GetDimensions()
        return np.ascontiguousarray(vtk_to_numpy(data.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1])


class SliceView(OffscreenView):
    """One slice view: Red, Yellow or Green."""

    def __init__(self, core: Any, name: str, orientation: str, color: tuple[float, ...], size: tuple[int, int]) -> None:
        super().__init__(size)
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        overlay = vtk.vtkRenderer()
        overlay.GetActiveCamera().ParallelProjectionOn()
        overlay.SetLayer(1)
        self.window.SetNumberOfLayers(2)
        self.window.AddRenderer(overlay)
        self._add_image_actor()
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        self._fill(factory, _MANAGERS_2D, core.applicationLogic)
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(core.applicationLogic)
        core.applicationLogic.GetSliceLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(core.scene)
        self.node = self.logic.AddSliceNode(name)
        self.node.SetOrientation(orientation)
        self.node.SetLayoutColor(*color)
        self.group.SetMRMLDisplayableNode(self.node)
        self.logic.ResizeSliceNode(*size)
        self._orientation, self._color = orientation, color
        core.scene.AddObserver(slicer.vtkMRMLScene.EndCloseEvent, self._scene_closed)

    def _scene_closed(self, _scene: Any, _event: str) -> None:
        """Look along the same axis again, as Slicer's layout does: a scene that closes resets its view nodes."""
        self.node.SetOrientation(self._orientation)
        self.node.SetLayoutColor(*self._color)

    def _add_image_actor(self) -> None:
        """Add the grey image; before the displayable managers, else it would hide what they draw."""
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        self._actor = vtk.vtkActor2D()
        self._actor.SetMapper(self._mapper)
        self._actor.SetVisibility(0)
        self.renderer.AddViewProp(self._actor)

    def resize(self, columns: int, rows: int) -> None:
        """Take the size of the widget that shows the view; the field of view grows with it."""
        super().resize(columns, rows)
        before = self.logic.GetSliceOffset()
        self.logic.ResizeSliceNode(columns, rows)
        self.logic.FitSliceToBackground()
        self.logic.SetSliceOffset(before)

    def image(self) -> Picture:
        """Draw and return the picture."""
        connection = self.logic.GetImageDataConnection()
        self._actor.SetVisibility(0)
        if connection is not None:
            self._mapper.SetInputConnection(connection)
            self._actor.SetVisibility(1)
        return super().image()


class ThreeDView(OffscreenView):
    """The 3D view."""

    def __init__(self, core: Any, name: str, size: tuple[int, int]) -> None:
        super().__init__(size)
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        self._fill(factory, _MANAGERS_3D, core.applicationLogic)
        self.logic = slicer.vtkMRMLViewLogic()
        self.logic.SetMRMLApplicationLogic(core.applicationLogic)
        core.applicationLogic.GetViewLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(core.scene)
        self.node = self.logic.AddViewNode(name)
        self.node.SetBoxVisible(True)
        self.group.SetMRMLDisplayableNode(self.node)


class PlotView:
    """The plot view: draws the series of a chart node. The chart's look is this host's, not Slicer's."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._view = vtk.vtkContextView()
        self._view.GetRenderWindow().SetOffScreenRendering(1)
        self._view.GetRenderWindow().SetSize(*size)
        self._view.GetRenderer().SetBackground(1.0, 1.0, 1.0)

    def resize(self, columns: int, rows: int) -> None:
        """Take the size of the widget that shows the view."""
        self._view.GetRenderWindow().SetSize(columns, rows)

    def image(self, chart_node: Any) -> Picture:
        """Draw a chart node."""
        scene = self._view.GetScene()
        scene.ClearItems()
        chart = vtk.vtkChartXY()
        scene.AddItem(chart)
        chart.SetTitle(chart_node.GetTitle() or "")
        chart.GetAxis(0).SetTitle(chart_node.GetYAxisTitle() or "")
        chart.GetAxis(1).SetTitle(chart_node.GetXAxisTitle() or "")
        chart.SetShowLegend(bool(chart_node.GetLegendVisibility()))
        ranges = ((chart_node.GetYAxisRangeAuto(), chart_node.GetYAxisRange()),
                  (chart_node.GetXAxisRangeAuto(), chart_node.GetXAxisRange()))  # fmt: skip
        for number, (auto, ends) in enumerate(ranges):
            if not auto:
                chart.GetAxis(number).SetBehavior(vtk.vtkAxis.FIXED)
                chart.GetAxis(number).SetUnscaledRange(*ends)
        for index in range(chart_node.GetNumberOfPlotSeriesNodes()):
            self._add(chart, chart_node.GetNthPlotSeriesNode(index))
        self._view.GetRenderWindow().Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self._view.GetRenderWindow())
        grab.ReadFrontBufferOff()
        grab.Update()
        data = grab.GetOutput()
        columns, rows, _ = data.GetDimensions()
        return np.ascontiguousarray(vtk_to_numpy(data.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1])

    @staticmethod
    def _add(chart: Any, series: Any) -> None:
        """Add a curve as ``qMRMLPlotView`` does; a series whose columns are not there is left out."""
        kind = slicer.vtkMRMLPlotSeriesNode
        table = series.GetTableNode().GetTable()
        names = [table.GetColumnName(i) for i in range(table.GetNumberOfColumns())]
        if not {series.GetXColumnName(), series.GetYColumnName()} <= set(names):
            return
        plot = chart.AddPlot(vtk.vtkChart.LINE)
        plot.SetInputData(table, series.GetXColumnName(), series.GetYColumnName())
        plot.SetLabel(series.GetName())
        plot.SetColorF(*series.GetColor())
        plot.SetWidth(series.GetLineWidth())
        lines = {kind.LineStyleSolid: vtk.vtkPen.SOLID_LINE, kind.LineStyleDash: vtk.vtkPen.DASH_LINE,
                 kind.LineStyleDot: vtk.vtkPen.DOT_LINE}  # fmt: skip
        plot.GetPen().SetLineType(lines.get(series.GetLineStyle(), vtk.vtkPen.NO_PEN))
        markers = {kind.MarkerStyleCircle: vtk.vtkPlotPoints.CIRCLE}
        plot.SetMarkerStyle(markers.get(series.GetMarkerStyle(), vtk.vtkPlotPoints.NONE))
        plot.SetMarkerSize(series.GetMarkerSize())
