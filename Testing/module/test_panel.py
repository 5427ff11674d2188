"""The panel as a whole."""

from __future__ import annotations

import ast
import inspect
import sys

import pytest
from places import ROOT
from slicer_case import MODULE_FILE, add_small, block, put_result, settle

pytestmark = pytest.mark.slicer

RELOADED = ("LGGSegmentation", "LGGSegmentationLib", "lggseg")

LIBRARY = sorted((ROOT / "LGGSegmentation" / "LGGSegmentationLib").rglob("*.py"))


def test_panel_and_parameters_follow_each_other(panel):
    panel.ui.alignCheckBox.setChecked(True)
    panel.ui.thresholdSlider.value = 0.25
    assert panel.parameters.alignVolumes
    assert panel.parameters.threshold == pytest.approx(0.25)
    panel.parameters.alignVolumes = False
    assert not panel.ui.alignCheckBox.checked


def test_the_scene_may_close_and_the_panel_lives_on(panel):
    import slicer

    put_result(panel, add_small(), block())
    panel.ui.editorSection.collapsed = False
    assert panel.editor.editor is not None
    slicer.mrmlScene.Clear()
    settle()
    assert panel.editor.editor is None
    assert panel.parameters.flairVolume is None
    assert "No result" in panel.ui.volumeLabel.text
    put_result(panel, add_small(), block())
    assert "ml" in panel.ui.volumeLabel.text


def test_reload_in_developer_mode_enters_and_registers_again(panel, slicer_module):
    import slicer
    from SegmentStatistics import SegmentStatisticsLogic

    old = {cls.__name__: cls for cls in SegmentStatisticsLogic.registeredPlugins}
    before = {name: sys.modules[name] for name in list(sys.modules) if name.split(".")[0] in RELOADED}
    widget = slicer_module.widgetRepresentation().self()
    widget.onReload()
    try:
        renewed = slicer_module.widgetRepresentation().self()
        assert renewed is not widget
        assert renewed.panel is not panel
        volume = add_small("AX FLAIR")
        settle()
        assert renewed.panel.parameters.flairVolume is volume, "what arrives is chosen, as in a panel that was entered"
        assert volume.GetScene() is slicer.mrmlScene
        new = {cls.__name__: cls for cls in SegmentStatisticsLogic.registeredPlugins}
        assert set(new) == set(old)
        assert all(new[name] is not cls for name, cls in old.items())
    finally:
        # The other tests go on with the code that they know.
        sys.modules.update(before)
        renewed.cleanup()
        slicer_module.widgetRepresentation().reload()
        sys.modules["LGGSegmentation"].registerEverywhere()


def test_no_attribute_was_made_up_on_a_widget(panel):
    """PythonQt refuses unknown attributes on C++ objects; PySide6 would keep them in silence."""
    from PySide6.QtCore import QObject

    for name, widget in vars(panel.ui).items():
        if not type(widget).__module__.startswith("PySide6"):
            continue
        # PySide6 itself keeps signals and children here.
        invented = [
            key
            for key, value in vars(widget).items()
            if not hasattr(type(widget), key) and not isinstance(value, QObject)
        ]
        assert not invented, f"{name}: {invented}"


@pytest.mark.parametrize("path", [MODULE_FILE, *LIBRARY], ids=lambda path: path.name)
def test_only_what_slicer_has_is_called(slicer_module, path):
    """Names of slicer.util exist, with arguments that fit; Qt constructors get no keywords, which PythonQt lacks."""
    import qt
    import slicer

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = ast.unparse(node.func.value)
        if owner == "slicer.util":
            function = getattr(slicer.util, node.func.attr)
            keywords = {keyword.arg: None for keyword in node.keywords if keyword.arg}
            inspect.signature(function).bind_partial(*[None] * len(node.args), **keywords)
        if owner in ("qt", "ctk"):
            assert owner == "ctk" or hasattr(qt, node.func.attr)
            assert not node.keywords, ast.unparse(node)
        if node.func.attr == "connect" and node.args and isinstance(node.args[0], ast.Constant):
            # A signal that Qt 5 has twice; all others are connected by name.
            assert node.args[0].value == "finished(int,QProcess::ExitStatus)"


def test_texts_are_marked_for_translation_as_literals(slicer_module):
    """No f-string inside ``_()``: the translation tools could not find it."""
    for path in LIBRARY:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                assert not any(isinstance(argument, ast.JoinedStr) for argument in node.args), ast.unparse(node)


def test_module_says_who_made_it_and_for_what(slicer_module):
    assert "Glioma" in slicer_module.title
    assert "Research use only" in slicer_module.helpText
    assert "1906.03720" in slicer_module.acknowledgementText
    assert not slicer_module.icon.isNull()
