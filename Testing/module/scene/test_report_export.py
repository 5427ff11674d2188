"""The report."""

from __future__ import annotations

import pytest
from slicer_case import add_small, block, put_result

pytestmark = pytest.mark.slicer


def test_the_report_is_a_page_with_pictures_and_the_notice(panel, tmp_path):
    from LGGSegmentationLib.Scene import VolumeExchange
    from LGGSegmentationLib.Scene.Result import currentResult

    volume = add_small()
    node = put_result(panel, volume, block())
    panel.exports.saveReport(tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in text
    assert "Research use only" in text
    assert "by hand" not in text
    drawn = block()
    drawn[7] = 1
    VolumeExchange.writeMask(drawn, node, currentResult(node).segmentId, volume)
    panel.exports.saveReport(tmp_path / "r.html")
    assert "by hand" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]
