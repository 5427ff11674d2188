from dataclasses import replace

import pytest
from PIL import Image

from lggseg.errors import FormatError
from lggseg.segmentation.report import Report, headline, html_page, number_text

REPORT = Report(
    inputs={"flair": {"file": "f.nii", "sha256": "a" * 64, "size": [4, 5, 6], "spacing_mm": [1.0, 1.0, 5.0]}},
    model={"name": "m", "version": "1", "sha256": "b" * 64},
    device="CPU",
    threshold=0.35,
    components="large",
    found=True,
    measurements={"volume_ml": 27.75, "surface_mesh_mm2": 4213.4},
    seconds={"reading": 0.1},
    notes=["look <here>"],
)


def test_a_report_comes_back_from_its_json():
    assert Report.from_json(REPORT.to_json({"segmentation": {"file": "s.nii.gz", "sha256": "c"}})) == REPORT


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense"])
def test_another_text_is_refused(text):
    with pytest.raises(FormatError, match=r"expected the content of report\.json"):
        Report.from_json(text)


@pytest.mark.parametrize(
    ("value", "text"), [(None, "n/a"), (3, "3"), (4213.4, "4213"), (99.96, "100"), (0.01234, "0.0123"), (27.75, "27.8")]
)
def test_numbers_have_no_powers_of_ten(value, text):
    assert number_text(value) == text


def test_the_page_says_what_it_is_and_escapes_what_it_is_given():
    page = html_page(REPORT, Image.new("RGB", (4, 4)))
    assert "27.8 ml" in page
    assert "look &lt;here&gt;" in page
    assert "Research use only" in page
    assert "4213 mm" in page


def test_nothing_found_is_said_in_words():
    nothing = Report.from_json(REPORT.to_json().replace('"found": true', '"found": false'))
    assert headline(nothing) == "No FLAIR abnormality was found."


DOUBT = {
    "presence": 0.993,
    "expected_dice": 0.88,
    "volume_low_ml": 24.2,
    "volume_high_ml": 31.4,
    "coverage": 0.8,
    "reasons": [],
}


def test_the_volume_is_told_with_its_interval():
    report = replace(REPORT, doubt=DOUBT)
    assert headline(report) == "27.8 ml (24.2 to 31.4 ml)"
    page = html_page(report, Image.new("RGB", (4, 4)))
    for words in ("99%", "0.88", "24.2 to 31.4 ml in 80% of patients like this", "after surgery nothing was measured"):
        assert words in page


def test_without_calibration_nothing_is_said_of_trust():
    assert "trust" not in html_page(REPORT, Image.new("RGB", (4, 4)))
    empty = {**DOUBT, "expected_dice": None, "volume_low_ml": None, "volume_high_ml": None}
    assert "Dice" not in html_page(replace(REPORT, found=False, doubt=empty), Image.new("RGB", (4, 4)))
