"""The panel for those who use the keyboard, a screen reader, a large font, a narrow or a dark window."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from places import MODULE
from slicer_case import add_small, block, put_result, settle

pytestmark = pytest.mark.slicer

FOLDED = ("editorSection", "timePointSection", "growthSection", "exportSection", "modelSection", "logSection")
NARROW = 400


def ui_widgets():
    root = ET.parse(MODULE / "Resources" / "UI" / "LGGSegmentation.ui").getroot()
    return {item.get("name"): item for item in root.iter("widget")}


def text_of(item, name):
    found = item.find(f"property[@name='{name}']")
    return "" if found is None else "".join(found.itertext()).strip()


def mnemonic(item):
    text = text_of(item, "text").replace("&&", "")
    return text[text.index("&") + 1].lower() if "&" in text else ""


def section_of(widgets):
    """The section that each widget lies in, empty for those that are always shown."""
    inside = {}
    for name, item in widgets.items():
        if item.get("class") == "ctkCollapsibleButton":
            for child in item.iter("widget"):
                inside[child.get("name")] = name
    return inside


def test_letters_with_alt_are_not_given_twice_where_both_are_seen():
    widgets = ui_widgets()
    inside = section_of(widgets)
    opened = [name for name in widgets if inside.get(name, "") not in FOLDED]
    for section in ("", *FOLDED):
        seen = {}
        names = opened if not section else [name for name in widgets if inside.get(name) == section]
        for name in names:
            letter = mnemonic(widgets[name])
            assert not letter or letter not in seen, f"{name} and {seen[letter]} both have Alt+{letter}"
            seen[letter or name] = name
            assert letter not in {"f", "e", "v", "h"}, f"{name}: Alt+{letter} opens a menu of Slicer"
        if not section:
            assert len([name for name in names if mnemonic(widgets[name])]) >= 15


def test_every_label_of_a_field_is_its_buddy_and_every_field_has_a_name():
    widgets = ui_widgets()
    buddies = {text_of(item, "buddy") for item in widgets.values()} - {""}
    assert buddies <= set(widgets)
    fields = ("qMRMLNodeComboBox", "ctkSliderWidget", "ctkPathLineEdit", "QLineEdit", "QComboBox")
    for name, item in widgets.items():
        if item.get("class") in fields:
            assert name in buddies, f"no label leads to {name}"
            assert text_of(item, "accessibleName"), f"a screen reader has no name for {name}"
        if item.get("class") in ("QTableWidget", "QPlainTextEdit", "QProgressBar"):
            assert text_of(item, "accessibleName"), name
        if item.get("class") in ("QPushButton", "QCheckBox"):
            assert text_of(item, "text"), name


def test_every_button_is_reached_with_the_tabulator(panel):
    import qt

    for name, widget in vars(panel.ui).items():
        if isinstance(widget, qt.QPushButton | qt.QCheckBox):
            assert widget.focusPolicy & qt.Qt.TabFocus, name


def widest(ui):
    """The sections by the width that they ask for, the widest first."""
    sections = {name: getattr(ui, name).layout().minimumSize().width() for name in vars(ui) if name.endswith("Section")}
    return sorted(sections.items(), key=lambda item: -item[1])


@pytest.mark.parametrize("scale", [1.0, 1.8])
def test_the_panel_fits_a_narrow_window_also_in_large_letters(panel, slicer_module, scale):
    import slicer

    put_result(panel, add_small("AX FLAIR with a rather long name of its series"), block())
    for name in FOLDED:
        if name != "editorSection":
            getattr(panel.ui, name).collapsed = False
    root = panel.ui.LGGSegmentation
    before = root.font
    larger = type(before)(before)
    larger.setPointSizeF(before.pointSizeF() * scale)
    try:
        root.setFont(larger)
        settle()
        slicer.app.processEvents()
        assert root.minimumSizeHint.width() <= NARROW, widest(panel.ui)
    finally:
        root.setFont(before)
        for name in FOLDED:
            getattr(panel.ui, name).collapsed = True
