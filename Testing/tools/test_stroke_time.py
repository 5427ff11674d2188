"""The tool that measures how long a stroke takes."""

from __future__ import annotations

import pytest
from slicer_case import skip_without_host

pytestmark = pytest.mark.slicer


def test_a_stroke_is_measured_by_what_it_changes(monkeypatch):
    skip_without_host()
    from tools import stroke_time

    grid = (12, 64, (3.0, 3.0, 10.0))
    scene = stroke_time.Scene(*grid)
    before = scene.result.mask()
    seconds = scene.scribble()
    assert seconds is not None
    assert seconds > 0
    right_before = (before > 0) == scene.truth
    right_after = (scene.result.mask() > 0) == scene.truth
    assert right_after.sum() > right_before.sum()
    monkeypatch.setattr(stroke_time, "GRIDS", {"small": grid})
    found = stroke_time.measure(2)
    assert found["small"]["strokes"] == 2
    assert found["small"]["longest_s"] >= found["small"]["median_s"] > 0
