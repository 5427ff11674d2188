"""Slicer's scene and views without Slicer's window: what trame-slicer gives, set up for one FLAIR volume."""

from __future__ import annotations

from typing import Any

from trame_slicer.core import LayoutManager, SlicerApp
from trame_slicer.rca_view import register_rca_factories
from trame_slicer.segmentation import SegmentationEffectErase, SegmentationEffectNoTool, SegmentationEffectPaint
from trame_slicer.segmentation.paint_effect_parameters import BrushDiameterMode
from trame_slicer.views import Layout, LayoutDirection, ViewLayoutDefinition
from undo_stack import UndoStack
from vtkmodules.vtkCommonCore import vtkCommand, vtkLogger, vtkOutputWindow

from lggseg_app.view_controls import over_slice_view, over_view

LOOK, PAINT, ERASE = "look", "paint", "erase"
_EFFECTS = {LOOK: SegmentationEffectNoTool, PAINT: SegmentationEffectPaint, ERASE: SegmentationEffectErase}

FOUR_VIEWS, AXIAL_ALONE = "four views", "axial alone"
_UNDO_STEPS = 20
_PICTURES_A_SECOND = 60.0
_QUALITY = 90  # that of a view at rest: a view that is moved is then drawn once, not a second time when it rests
_SAMPLES = 0  # a pixel: eight, as for surfaces, double the time of a slice where there is no graphics card
_BUTTONS = (vtkCommand.LeftButtonPressEvent, vtkCommand.MiddleButtonPressEvent, vtkCommand.RightButtonPressEvent)


class Viewer:
    """The scene with its views and the tools that change an outline by hand.

    Attributes:
        app: trame-slicer's application over one MRML scene.
        undo: What was done to the outline, by hand or by the threshold.
    """

    def __init__(self, server: Any) -> None:
        """Make the scene and its views; nothing is in them yet."""
        self.app = SlicerApp()
        _say_errors_only()
        register_rca_factories(
            self.app.view_manager,
            server,
            slice_view_ui_f=over_slice_view,
            three_d_view_ui_f=over_view,
            target_fps=_PICTURES_A_SECOND,
            interactive_quality=_QUALITY,
        )
        self.undo = UndoStack(undo_limit=_UNDO_STEPS)
        self.app.segmentation_editor.set_undo_stack(self.undo)
        self.app.segmentation_editor.show_3d(show_3d=True)  # else it takes every surface away at the next change
        self.layouts = LayoutManager(self.app.scene, self.app.view_manager, server)
        self.layouts.register_layout_dict(_layouts())
        self.layouts.set_layout(FOUR_VIEWS)
        self._moved: set[str] = set()
        for view in self.app.view_manager.get_slice_views():
            view.render_window().SetMultiSamples(_SAMPLES)
            self._keep_fitted(view)

    def _keep_fitted(self, view: Any) -> None:
        """Fit the picture into a view whenever its size changes, until a person has moved or changed it."""
        name, interactor = view.get_singleton_tag(), view.interactor()

        def fit(*_: Any) -> None:
            if name not in self._moved:
                view.fit_view_to_content()

        interactor.AddObserver(vtkCommand.WindowResizeEvent, fit)
        for pressed in _BUTTONS:
            interactor.AddObserver(pressed, lambda *_: self._moved.add(name))

    @property
    def scene(self) -> Any:
        """The MRML scene."""
        return self.app.scene

    def show_volume(self, node: Any) -> None:
        """Show a volume in the slice views; the 3D view is for the outline."""
        self._moved.clear()
        self.app.display_manager.show_volume_in_slice_background(node)
        self.app.display_manager.reset_views()

    def show_nothing(self) -> None:
        """Show no volume, and let the tools change none of the outlines."""
        self.app.segmentation_editor.clear()
        self.app.display_manager.show_volume_in_slice_background(None)

    def edit(self, result: Any) -> None:
        """Make an outline the one that the tools change."""
        editor = self.app.segmentation_editor
        editor.set_active_segmentation(result.node, result.flair)
        editor.set_active_segment_id(result.segmentId)
        self.undo.clear()

    def use_tool(self, name: str, brush_mm: float) -> None:
        """Take a tool: ``LOOK``, ``PAINT`` or ``ERASE``, with a brush of this diameter in millimetres."""
        effect = self.app.segmentation_editor.set_active_effect_type(_EFFECTS[name])
        if name != LOOK and effect is not None:
            effect.set_brush_diameter(brush_mm, BrushDiameterMode.Absolute)

    def clear(self) -> None:
        """Take everything out of the scene."""
        self.show_nothing()
        self.scene.Clear()


def _say_errors_only() -> None:
    """Keep VTK's warnings of a machine without a screen from the terminal; errors are still told there."""
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    vtkOutputWindow.GetInstance().SetDisplayMode(vtkOutputWindow.NEVER)


def _layouts() -> dict[str, Layout]:
    axial, coronal, sagittal, space = (
        ViewLayoutDefinition.axial_view(),
        ViewLayoutDefinition.coronal_view(),
        ViewLayoutDefinition.sagittal_view(),
        ViewLayoutDefinition.threed_view(),
    )
    beside = Layout(LayoutDirection.Vertical, [space, coronal, sagittal])
    return {
        FOUR_VIEWS: Layout(LayoutDirection.Horizontal, [axial, beside]),
        AXIAL_ALONE: Layout(LayoutDirection.Vertical, [axial]),
    }
