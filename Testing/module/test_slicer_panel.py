"""The panel without a run: what is on, what is off and why, what is chosen by itself."""

from __future__ import annotations

import ast
import inspect
import sys

import pytest
from places import ROOT
from slicer_case import MODULE_FILE, add_small, answer, block, click, put_result, settle

pytestmark = pytest.mark.slicer

RELOADED = ("LGGSegmentation", "LGGSegmentationLib", "lggseg")
LIBRARY = sorted((ROOT / "LGGSegmentation" / "LGGSegmentationLib").rglob("*.py"))


def test_the_button_says_what_is_missing(panel, formula_model):
    assert not panel.ui.segmentButton.enabled
    assert "FLAIR volume" in panel.ui.segmentButton.toolTip
    panel.parameters.modelFolder = formula_model
    panel.parameters.flairVolume = add_small("scan")
    assert panel.ui.segmentButton.enabled
    panel.parameters.preVolume = panel.parameters.flairVolume
    assert "twice" in panel.ui.segmentButton.toolTip
    panel.parameters.preVolume = None
    panel.parameters.modelFolder = "/nowhere"
    assert "/nowhere" in panel.ui.segmentButton.toolTip
    assert not panel.ui.segmentButton.enabled


@pytest.mark.parametrize(
    ("name", "agent", "expected"),
    [
        ("AX T2 FLAIR FS", "", "flair"),
        ("t2_tirm_tra_dark-fluid", "", "flair"),
        ("4: AX T1 FLAIR POST", "", "post"),
        ("Ax T1 FLAIR", "", "pre"),
        ("FLAIR_mask", "", None),
        ("t2_spc_da-fl_sag_p2_iso", "", "flair"),
        ("BraTS-GLI-00000-000-t2f", "", "flair"),
        ("BraTS-GLI-00000-000-t1n", "", "pre"),
        ("BraTS-GLI-00000-000-t1c", "", "post"),
        ("TCGA_CS_4941_pre", "", "pre"),
        ("TCGA_CS_4941_post", "", "post"),
        ("t1_mprage_sag", "", "pre"),
        ("t1_mprage_sag", "GADAVIST", "post"),
        ("AX T1 +C", "", "post"),
        ("T1ce", "", "post"),
        ("T1 pre-contrast", "", "pre"),
        ("T1 without contrast", "", "pre"),
        ("ax_t1_post_gd", "NONE", "post"),
        ("AX T2 TSE", "", None),
        ("DWI", "GADAVIST", None),
    ],
)
def test_sequences_are_told_by_name_and_dicom(slicer_module, name, agent, expected):
    from LGGSegmentationLib.Scene.InputGuess import Description, sequenceOf

    assert sequenceOf(Description(name, {"ContrastBolusAgent": agent})) == expected


def test_volumes_are_chosen_by_themselves_where_it_is_obvious(panel):
    assert "Choose a FLAIR volume" in panel.ui.statusLabel.text
    flair, post = add_small("AX FLAIR"), add_small("AX T1 POST")
    settle()
    assert not panel.ui.statusLabel.text, "what is said there no longer holds"
    assert panel.parameters.flairVolume is flair
    assert panel.parameters.postVolume is post
    assert panel.parameters.preVolume is None


def test_nothing_is_chosen_where_it_is_not_obvious(panel):
    add_small("FLAIR 2023")
    add_small("FLAIR 2024")
    settle()
    # The first arrived alone, and was obvious then; what is chosen is never taken away again.
    panel.parameters.flairVolume = None
    panel.inputs._chooseFlair()
    assert panel.parameters.flairVolume is None


def test_a_label_map_cannot_be_chosen(panel):
    import slicer

    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    assert panel.ui.flairSelector.nodeCount() == 0


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


def test_the_model_card_is_one_click_away(panel, formula_model):
    panel.parameters.modelFolder = formula_model
    panel.ui.modelSection.collapsed = False
    click(panel.ui.modelCardButton)
    assert "formula_for_tests" in panel.modelSection.card.plainText
    panel.modelSection.card.hide()
    click(panel.ui.shippedModelButton)
    assert panel.parameters.modelFolder == ""


def write_model(folder, formula_model, threshold):
    """A copy of the tests' model with another threshold."""
    import json
    import shutil

    shutil.copytree(formula_model, folder)
    file = folder / "configs" / "metadata.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["lggseg"]["threshold"] = threshold
    file.write_text(json.dumps(content), encoding="utf-8")
    return str(folder)


def test_a_model_with_any_threshold_can_be_chosen(panel, formula_model, tmp_path):
    panel.parameters.modelFolder = write_model(tmp_path / "sure", formula_model, 0.995)
    assert panel.parameters.threshold == pytest.approx(0.995)
    assert panel.ui.thresholdSlider.value == pytest.approx(0.995)
    panel.parameters.modelFolder = write_model(tmp_path / "broken", formula_model, 1.5)
    assert "0 to 1" in panel.model.problem
    assert panel.parameters.threshold == pytest.approx(0.995)
    panel.parameters.modelFolder = ""


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


def test_a_declined_installation_runs_nothing(panel, formula_model, monkeypatch):
    import slicer

    from LGGSegmentationLib.Process import Dependencies

    panel.parameters.modelFolder = formula_model
    panel.parameters.flairVolume = add_small()
    monkeypatch.setattr(Dependencies, "isSatisfied", lambda requirement: False)
    monkeypatch.setattr(slicer.app, "_testing", False)
    said = answer("Cancel")
    click(panel.ui.segmentButton)
    assert "17 MB" in said[0]
    assert not panel.running
    assert "Not installed" in panel.ui.statusLabel.text


def test_requirements_are_compared_as_numbers(slicer_module):
    from LGGSegmentationLib.Process.Dependencies import isSatisfied

    assert isSatisfied("numpy>=1.9")
    assert not isSatisfied("numpy>=99.1")
    assert not isSatisfied("no-such-package>=1.0")


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
