"""Documents name files that exist, commands that work, and the figures that were measured."""

import json
import re
from pathlib import Path

import pytest
from places import ROOT

from lggseg.cli import COMMANDS, main
from lggseg.phantom.study import write_phantom

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "training" / "README.md",
    ROOT / "Resources" / "lgg_flair_unet" / "docs" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
ALL_COMMANDS = {*COMMANDS, "app"}  # the page is a package beside the core
METADATA = ROOT / "Resources" / "lgg_flair_unet" / "configs" / "metadata.json"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_local_links_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    missing = [link for link in links if link and not (document.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_scripts_exist(document):
    text = document.read_text(encoding="utf-8")
    assert set(re.findall(r"`lggseg (\w+)", text)) <= ALL_COMMANDS
    assert set(re.findall(r"^lggseg (\w+)", text, re.MULTILINE)) <= ALL_COMMANDS
    for script in re.findall(r"\b(?:training|tools)/[\w/]+\.py", text):
        assert (ROOT / script).is_file()
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)(?=[`\s]|$)", " ".join(re.findall(r"`make [^`]+`", text)))) <= targets


def test_figures_of_readme_and_model_card_are_those_of_the_metadata():
    metrics = json.loads(METADATA.read_text(encoding="utf-8"))["eval_metrics"]
    for document in (ROOT / "README.md", METADATA.parents[1] / "docs" / "README.md"):
        text = document.read_text(encoding="utf-8")
        for value in metrics.values():
            assert f"{value:.3f}" in text


def test_flags_that_the_readme_uses_exist(capsys):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"^lggseg .+$", text, re.MULTILINE):
        command = line.split()[1]
        with pytest.raises(SystemExit):
            main([command, "--help"])
        shown = capsys.readouterr().out
        for flag in re.findall(r"(?<=\s)(--[a-z-]+|-o)\b", line):
            assert flag in shown


def test_every_document_that_shows_a_result_says_research_use_only():
    for document in (ROOT / "README.md", METADATA.parents[1] / "docs" / "README.md", Path(ROOT / "training/README.md")):
        assert "research use only" in document.read_text(encoding="utf-8").lower()


def python_of(document, tmp_path, monkeypatch):
    """Run the Python blocks of a document beside a synthetic study; return the names that they leave."""
    monkeypatch.chdir(tmp_path)
    files = write_phantom(tmp_path, slices=8, size=96, spacing_mm=(2.3, 2.3, 16.0))
    files["pre"].rename(tmp_path / "t1.nii.gz")
    files["post"].rename(tmp_path / "t1gd.nii.gz")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, document, "exec"), names)
    return names


def test_the_python_of_its_page_runs(tmp_path, monkeypatch):
    names = python_of("docs/python.md", tmp_path, monkeypatch)
    assert names["volume"] >= 0
    assert (tmp_path / "out" / "segmentation.nii.gz").is_file()


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    names = python_of("README.md", tmp_path, monkeypatch)
    assert (tmp_path / "out" / "report.html").is_file()
    assert names["later"].report.threshold == 0.5
