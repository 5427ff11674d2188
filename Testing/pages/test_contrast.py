"""What is written on the pages can be read by people who see contrast poorly: WCAG AA, in the light and in the dark."""

from __future__ import annotations

import pytest
from browser import browser
from contrast import measured, too_faint

from lggseg.cli import main
from lggseg.phantom.study import write_phantom

pytestmark = pytest.mark.slow

SMALL = {"slices": 6, "size": 48, "spacing_mm": (4.5, 4.5, 20.0)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report of a study against a reference, and that of its growth, as the commands write them."""
    root = tmp_path_factory.mktemp("pages")
    for day, growth in (("2020-03-01", 0.7), ("2021-01-15", 1.2)):
        files = write_phantom(root / "series" / day, growth=growth, **SMALL)
    truth = ["--truth", str(files["label"])]
    assert main(["segment", str(files["flair"]), "-o", str(root / "report"), "--progress", "none", *truth]) == 0
    series = ["growth", str(root / "series"), "-o", str(root / "growth"), "--progress", "none"]
    assert main([*series, "--treatment", "2020-09-01=surgery"]) == 0
    return {"segment": root / "report" / "report.html", "growth": root / "growth" / "growth.html"}


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["segment", "growth"])
def test_all_that_is_written_stands_out(chromium, pages, name, scheme):
    page = chromium.new_page(color_scheme=scheme)
    page.goto(pages[name].as_uri())
    assert len(measured(page)) > 60
    assert too_faint(page) == []
    page.close()


def test_the_measure_knows_faint_from_strong(chromium):
    page = chromium.new_page()
    page.set_content(
        "<body style='background:#fff'><p style='color:#767676'>enough</p><p style='color:#777777'>not enough</p>"
        "<p style='color:#949494;font-size:24px'>large</p><p style='color:#000;opacity:.5'>through</p>"
        "<div style='position:relative'><i style='position:absolute;inset:0;background:#000;pointer-events:none'></i>"
        "<p style='position:relative;color:#555'>on black</p></div><button disabled>off</button>"
        "<div style='position:relative'><i style='position:absolute;inset:0;background:#000;opacity:.5'></i>"
        "<p style='color:#000'>veiled</p></div></body>"
    )
    ratios = {one["text"]: round(one["ratio"], 2) for one in measured(page)}
    assert ratios == {
        "enough": 4.54,
        "not enough": 4.48,
        "large": 3.03,
        "through": 3.98,
        "on black": 2.82,
        "veiled": 5.28,
    }
    assert [line.split("'")[1] for line in too_faint(page)] == ["not enough", "through", "on black"]
    page.close()
