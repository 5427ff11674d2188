"""The report of a whole study on a synthetic cohort, looked at in a real browser."""

from __future__ import annotations

import argparse
import shutil

import pytest
from browser import browser, sideways
from page_tables import tables_in

from lggseg.commands import example, radiogenomics

for package in ("lifelines", "sklearn", "mirp"):
    pytest.importorskip(package, reason=f"{package} is not installed")
pytestmark = pytest.mark.slow


def run(command, *words: object) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """As the documentation has it: one command for the cohort, one for the study with all its parts."""
    folder = tmp_path_factory.mktemp("cohort")
    assert run(example, "-o", folder, "--patients", 50, "--overwrite") == 0
    tables = ["--table", folder / "clinical.tsv", "--table", folder / "data_clinical_patient.txt"]
    for case in sorted((folder / "cases").iterdir())[:12]:  # of all it would take minutes
        shutil.copytree(case, folder / "images" / case.name)
    made = ["--images", folder / "images", "--samples", 2000, "--predict", "IDH=wildtype", "--permutations", 19]
    assert run(radiogenomics, folder / "cases", *tables, "-o", folder / "report", *made) == 0
    return folder / "report" / "report.html"


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


def opened(chromium, report, width: int, **settings):
    page = chromium.new_page(viewport={"width": width, "height": 900}, **settings)
    page.problems, page.asked = [], []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(report.as_uri())
    return page


@pytest.mark.parametrize("width", [1400, 1100, 800, 400])
def test_nothing_is_cut_off_or_fetched(chromium, report, width):
    page = opened(chromium, report, width)
    page.evaluate("document.querySelectorAll('details').forEach(lid => lid.open = true)")
    assert sideways(page) <= 0
    assert page.problems == []
    assert page.asked == [report.as_uri()]
    assert page.locator("text=Research use only").count() > 0


def test_every_part_was_made(chromium, report):
    page = opened(chromium, report, 1100)
    titles = page.locator("h2").all_inner_texts()
    for title in (
        "Adjusted for volume, age and institution",
        "Overall survival: hazard ratios",
        "Stability of the features",
        "Stability of intensity and texture",
        "Prediction of molecular status",
        "IDH wildtype against the rest",
    ):
        assert title in titles
    assert "Parts that were not made" not in titles


def test_every_cell_has_a_head(report):
    assert len(tables_in(report.read_text(encoding="utf-8"))) > 20


def test_prediction_begins_with_what_cannot_be_concluded(chromium, report):
    page = opened(chromium, report, 1100)
    part = page.locator("section", has=page.locator("h2", has_text="Prediction of molecular status")).first
    first = part.locator("h2 + *")
    assert first.get_attribute("class") == "banner"
    assert first.inner_text().startswith("What cannot be concluded")


def column(page, title: str, n: int) -> list[str]:
    table = page.locator("section", has=page.locator("h2", has_text=title)).first.locator("table").first
    return table.locator(f"tbody td:nth-child({n})").all_inner_texts()


def test_tables_sort_by_keyboard_and_say_so(chromium, report):
    page = opened(chromium, report, 1100)
    title = "Overall survival: hazard ratios"
    head = page.locator("section", has=page.locator("h2", has_text=title)).first.locator("th").nth(4)
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    ratios = [float(text.split()[0]) for text in column(page, title, 5) if text[0].isdigit()]
    assert ratios == sorted(ratios)
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    turned = column(page, title, 5)
    ratios = [float(text.split()[0]) for text in turned if text[0].isdigit()]
    assert ratios == sorted(ratios, reverse=True)
    assert len(turned) == 12


def test_powers_of_ten_sort_as_numbers(chromium, report):
    page = opened(chromium, report, 1100)
    page.set_content(
        "<table><thead><tr><th>p</th></tr></thead><tbody><tr><td>0.04</td></tr><tr><td>\N{EN DASH}</td></tr>"
        "<tr><td>6.1 \N{MULTIPLICATION SIGN} 10<sup>\N{MINUS SIGN}7</sup></td></tr><tr><td>&lt; 0.001</td></tr></tbody>"
        f"</table><script>{report.read_text(encoding='utf-8').split('<script>')[1].split('</script>')[0]}</script>"
    )
    page.locator("th button").click()
    texts = page.locator("td").all_inner_texts()
    assert [text[:3] for text in texts] == ["6.1", "< 0", "0.0", "\N{EN DASH}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_the_paper(chromium, report, scheme):
    page = opened(chromium, report, 1100, color_scheme=scheme)
    ink, paper = (
        sum(map(int, page.evaluate(f"getComputedStyle(document.body).{name}").split("(")[1].rstrip(")").split(",")[:3]))
        for name in ("color", "backgroundColor")
    )
    assert abs(ink - paper) > 500
    assert (paper < 200) == (scheme == "dark")


def test_print_is_light_and_whole(chromium, report, tmp_path):
    page = opened(chromium, report, 1100, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # Chromium repeats the head of a table on the next page only where it holds no box of its own.
    assert page.evaluate("getComputedStyle(document.querySelector('th button')).display") == "contents"
    page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 50_000


def test_what_was_planted_is_found(report):
    tests = (report.parent / "tests.csv").read_text(encoding="utf-8")
    assert (report.parent / "merged.csv").is_file()
    line = next(row for row in tests.splitlines() if row.startswith("Kruskal-Wallis") and "bevr,IDH1p19q" in row)
    assert float(line.split(",")[-4]) < 0.01
