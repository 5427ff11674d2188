"""Who sees what, what happens where something is wrong, and what is left afterwards: in a real browser."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest
from visitor import PATIENCE, Visitor, served

from lggseg.cli import main
from lggseg.phantom.study import write_phantom

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed: make test-app")
pytestmark = [pytest.mark.app, pytest.mark.slow]

_MEBIBYTE = 1 << 20


def children_of(process):
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not listed.is_file():
        pytest.skip("this system does not tell the children of a process")
    return [int(child) for child in listed.read_text().split()]


def test_refreshing_and_a_second_tab_lose_nothing_and_another_browser_sees_nothing(chromium, study):
    with served(study["flair"]) as (address, process):
        visitor = Visitor(chromium, address)
        invitation = next(line for line in iter(process.stdout.readline, "") if line.startswith("another browser: "))
        visitor.wait_until_ready()
        first = visitor.segment()
        visitor.page.click("#add-time-point")
        visitor.page.wait_for_selector(".lggseg-points")
        visitor.page.reload()
        visitor.page.wait_for_selector("#headline")
        visitor.page.wait_for_selector(".lggseg-points")
        assert visitor.milliliters() == first
        tab = visitor.context.new_page()
        tab.goto(address.split("?")[0])
        tab.wait_for_selector("#headline")
        assert tab.inner_text("#headline") == visitor.page.inner_text("#headline")
        other = Visitor(chromium, invitation.split()[2])
        assert not other.page.is_visible("#headline")
        other.close()
        visitor.close()


def test_what_is_wrong_is_told_in_one_sentence_and_leaves_the_page_usable(chromium, study, tmp_path):
    wrong = tmp_path / "notes.nii.gz"
    wrong.write_bytes(gzip.compress(b"no volume"))
    mask = tmp_path / "label.nii.gz"
    mask.write_bytes(study["label"].read_bytes())
    with served() as (address, _):
        visitor = Visitor(chromium, address)
        page = visitor.page
        page.set_input_files("#files", str(wrong))
        page.wait_for_selector("#error")
        assert page.inner_text("#error").strip().startswith("notes.nii.gz: expected")
        assert str(tmp_path) not in page.inner_text("#error")
        visitor.choose(mask)
        page.wait_for_selector("#doubt")
        page.click("#segment")
        page.wait_for_selector("#error")
        assert "expected a T2-FLAIR volume, got something else" in page.inner_text("#error")
        visitor.choose(study["flair"])
        assert visitor.segment() > 1
        visitor.close()


def test_a_head_without_an_abnormality_says_so_and_has_a_report(chromium, tmp_path):
    healthy = write_phantom(tmp_path / "healthy", tumor=False)
    with served(healthy["flair"]) as (address, _):
        visitor = Visitor(chromium, address)
        visitor.wait_until_ready()
        visitor.page.click("#segment")
        visitor.page.wait_for_selector("#headline")
        assert visitor.page.inner_text("#headline") == "No FLAIR abnormality was found."
        assert visitor.value("volume_ml") == "0"
        report = visitor.download("report.html", tmp_path).read_text(encoding="utf-8")
        assert "No FLAIR abnormality was found." in report
        visitor.close()


def test_cancelling_changes_nothing(chromium, tmp_path):
    large = write_phantom(tmp_path, slices=90, size=240, spacing_mm=(0.95, 0.95, 1.5))
    with served(large["flair"]) as (address, _):
        visitor = Visitor(chromium, address)
        visitor.wait_until_ready()
        visitor.page.click("#segment")
        visitor.page.click("#cancel")
        visitor.wait_for("document.body.innerText.includes('Cancelled')")
        assert not visitor.page.is_visible("#headline")
        assert visitor.page.is_enabled("#segment")
        visitor.close()


def test_twenty_runs_take_no_more_memory_than_a_few(chromium, study, tmp_path):
    """Ten runs of one study, then ten other studies, each in the place of the one before."""
    copies = []
    for number in range(10):
        copies.append(tmp_path / f"flair_{number}.nii.gz")
        copies[-1].write_bytes(study["flair"].read_bytes())
    with served(study["flair"]) as (address, process):
        visitor = Visitor(chromium, address)
        visitor.wait_until_ready()
        (child,) = children_of(process)

        def resident():
            lines = Path(f"/proc/{child}/status").read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024

        seen = []
        for run in range(20):
            if run >= 10:
                visitor.choose(copies[run - 10])
            visitor.segment()
            seen.append(resident())
        print("MB after each run:", [round(size / _MEBIBYTE) for size in seen])  # noqa: T201
        for first, last in ((5, 9), (14, 19)):
            assert seen[last] - seen[first] < 40 * _MEBIBYTE, "a run of this study holds about 10 MB"
        visitor.close()


def test_the_children_end_with_their_gateway_however_it_ends(chromium, study):
    with served(study["flair"]) as (address, process):
        visitor = Visitor(chromium, address)
        (child,) = children_of(process)
        process.kill()
        process.wait(10 * PATIENCE)
        end = time.monotonic() + 5 * PATIENCE
        while Path(f"/proc/{child}").exists() and time.monotonic() < end:
            time.sleep(0.1)
        assert not Path(f"/proc/{child}").exists()
        visitor.context.close()


def test_other_computers_are_refused_without_a_password(capsys):
    assert main(["app", "--no-open", "--listen", "0.0.0.0"]) == 2
    assert "LGGSEG_APP_PASSWORD" in capsys.readouterr().err


def test_a_password_opens_the_page(chromium):
    with served("--listen", "127.0.0.1", environment={"LGGSEG_APP_PASSWORD": "ward 7"}) as (address, _):
        page = chromium.new_context().new_page()
        page.set_default_timeout(60_000 * PATIENCE)
        page.goto(address.split("?")[0])
        page.fill("input[type=password]", "ward 7")
        page.click("button")
        page.wait_for_selector("#segment")
        page.context.close()
