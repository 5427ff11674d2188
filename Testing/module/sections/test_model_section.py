"""Which model, and what it says of itself."""

from __future__ import annotations

import pytest
from slicer_case import click

pytestmark = pytest.mark.slicer


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


def test_the_model_card_is_one_click_away(panel, formula_model):
    panel.parameters.modelFolder = formula_model
    panel.ui.modelSection.collapsed = False
    click(panel.ui.modelCardButton)
    assert "formula_for_tests" in panel.modelSection.card.plainText
    panel.modelSection.card.hide()
    click(panel.ui.shippedModelButton)
    assert panel.parameters.modelFolder == ""


def test_a_model_with_any_threshold_can_be_chosen(panel, formula_model, tmp_path):
    panel.parameters.modelFolder = write_model(tmp_path / "sure", formula_model, 0.995)
    assert panel.parameters.threshold == pytest.approx(0.995)
    assert panel.ui.thresholdSlider.value == pytest.approx(0.995)
    panel.parameters.modelFolder = write_model(tmp_path / "broken", formula_model, 1.5)
    assert "between 0 and 1" in panel.model.problem
    assert panel.parameters.threshold == pytest.approx(0.995)
    panel.parameters.modelFolder = ""
