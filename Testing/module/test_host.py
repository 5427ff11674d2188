"""The host itself: what it refuses, so that what passes in it means something."""

from __future__ import annotations

import pytest
from slicer_case import settle

pytestmark = pytest.mark.slicer


def test_a_stand_in_may_not_offer_more_than_slicer(slicer_module):
    from PySide6.QtWidgets import QWidget
    from slicer_host.api import restricted

    class Generous(QWidget):
        def setRange(self, low, high):
            """Public in C++, yet neither slot nor invokable."""

    with pytest.raises(TypeError, match="setRange"):
        restricted("ctkSliderWidget")(Generous)


def test_every_stand_in_is_fenced(slicer_module):
    from slicer_host.api import ALLOWED, public_members
    from slicer_host.uiloader import STANDINS

    for name, cls in STANDINS.items():
        fence = set().union(*(ALLOWED.get(base.__name__, set()) for base in cls.__mro__))
        assert public_members(cls) <= fence, name


@pytest.mark.parametrize(
    ("snippet", "message"),
    [
        ('<widget class="qMRMLMagicWidget" name="w"/>', "no stand-in"),
        ('<widget class="ctkSliderWidget" name="w"><property name="maximim"><double>1</double></property></widget>',
         "maximim"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_ui_file_is_an_error(slicer_module, tmp_path, snippet, message):
    import slicer
    from slicer_host.uiloader import UiError

    path = tmp_path / "wrong.ui"
    path.write_text(
        f'<ui version="4.0"><class>W</class><widget class="QWidget" name="W"><layout class="QVBoxLayout" name="l">'
        f"<item>{snippet}</item></layout></widget></ui>"
    )
    with pytest.raises(UiError, match=message):
        slicer.util.loadUI(str(path))


def test_properties_are_attributes(slicer_module):
    import qt

    button = qt.QPushButton("text")
    button.enabled = False
    assert button.text == "text"
    assert not button.enabled
    with pytest.raises(TypeError):
        button.text()


def test_an_exception_in_a_slot_is_noticed(faults):
    import qt

    def slot():
        msg = "seen"
        raise ValueError(msg)

    button = qt.QPushButton()
    button.clicked.connect(slot)
    button.click()
    settle()
    assert "seen" in faults.take()[0]


def test_parameters_refuse_wrong_types(slicer_module):
    from LGGSegmentationLib.Logic import LGGSegmentationLogic

    parameters = LGGSegmentationLogic().getParameterNode()
    with pytest.raises(TypeError, match="flairVolume"):
        parameters.flairVolume = "FLAIR"
    with pytest.raises(ValueError, match=r"range 0\.0 to 1\.0"):
        parameters.threshold = 1.5
