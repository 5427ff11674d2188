"""What holds the habits: workflows, forms, pinned versions, and the tools behind the release."""

from __future__ import annotations

import io
import re
import tarfile
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from places import ROOT

from lggseg import __version__
from tools import licences
from tools.build_dist import repack
from tools.refuse_large_files import complaint

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(
    "path",
    [*(ROOT / ".github").rglob("*.yml"), ROOT / ".pre-commit-config.yaml", ROOT / "CITATION.cff"],
    ids=lambda path: path.name,
)
def test_yaml_can_be_read(path):
    assert yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_citation_names_this_version():
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == __version__


def test_workflows_call_targets_that_exist():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    files = [*(ROOT / ".github" / "workflows").glob("*.yml"), ROOT / ".ci" / "run"]
    called = {name for file in files for name in re.findall(r"\bmake ([a-z-]+)", file.read_text(encoding="utf-8"))}
    assert called
    assert called <= targets


def test_the_core_is_tested_on_every_python_that_the_project_names():
    core = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]["core"]
    pythons = core["strategy"]["matrix"]["python"]
    assert f">={pythons[0]}" == PROJECT["requires-python"]
    assert len(core["strategy"]["matrix"]["os"]) == 3


def pins(name):
    """Return the requirements of a constraints file by the name of the package, in lower case."""
    found = {}
    for line in (ROOT / "constraints" / name).read_text(encoding="utf-8").splitlines():
        one = Requirement(line)
        found.setdefault(one.name.lower(), []).append(one)
    return found


def wanted_by(*left_out):
    """Return the requirements of the groups of people, but for some."""
    groups = [lines for name, lines in licences.groups().items() if name not in left_out]
    return [Requirement(line) for lines in groups for line in lines if line.strip() and not line.startswith("lggseg")]


PAGE = ("app", "test-app")
"""Groups with an environment of their own: their packages want another slicer-core."""


@pytest.mark.parametrize(("file", "left_out"), [("test.txt", PAGE), ("app.txt", ("scene", "slicer-host"))])
def test_pinned_versions_are_those_that_are_asked_for(file, left_out):
    pinned = pins(file)
    for wanted in wanted_by(*left_out):
        for one in pinned.get(wanted.name.lower(), []):
            assert wanted.specifier.contains(next(iter(one.specifier)).version), wanted.name


def test_whatever_anybody_needs_is_pinned_somewhere():
    pinned = {name for file in (ROOT / "constraints").iterdir() for name in pins(file.name)}
    assert {wanted.name.lower() for wanted in wanted_by()} <= pinned


def test_below_the_command_line_nothing_knows_of_it():
    """Options become typed requests where they are parsed."""
    parses = re.compile(r"^(import|from) argparse|argparse\.Namespace", re.MULTILINE)
    folders = [ROOT / "LGGSegmentation", ROOT / "training" / "lggseg_training"]
    files = [file for folder in folders for file in folder.rglob("*.py") if "commands" not in file.parts]
    found = {file.name for file in files if parses.search(file.read_text(encoding="utf-8"))}
    assert found == {"cli.py", "command.py", "script.py"}


def test_a_source_archive_is_the_same_whenever_it_was_built(tmp_path):
    archives = []
    for n, names in enumerate((["b", "a"], ["a", "b"])):
        path = tmp_path / f"{n}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name in names:
                member = tarfile.TarInfo(name)
                member.size, member.mtime, member.uname = 1, 1000 + n, f"user{n}"
                archive.addfile(member, io.BytesIO(b"x"))
        repack(path, 77)
        archives.append(path.read_bytes())
    assert archives[0] == archives[1]


def test_volumes_and_large_files_stay_out_of_the_history(tmp_path):
    (tmp_path / "a.nii.gz").touch()
    (tmp_path / "large.png").write_bytes(bytes(1_000_001))
    (tmp_path / "small.png").touch()
    assert "no volumes" in complaint(tmp_path / "a.nii.gz")
    assert "at most 1 MB, got 1.0" in complaint(tmp_path / "large.png")
    assert complaint(tmp_path / "small.png") == ""
