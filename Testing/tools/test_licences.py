"""The list of licences: all that is needed is in it, once, or it is not written."""

import sys
from pathlib import Path

import pytest

from tools import licences
from tools.licences import MissingError, closure, installed


def package(environment: Path, name: str, version: str, *needs: str) -> None:
    folder = environment / "lib" / "python3.11" / "site-packages" / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", "License-Expression: MIT"]
    lines += ["Provides-Extra: more", *(f"Requires-Dist: {need}" for need in needs)]
    (folder / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def environments(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    package(first, "Top", "1.0", "Deep_One>=1", "windows-only; sys_platform == 'none'", "extra-one; extra == 'more'")
    package(first, "deep.one", "2.0", "top")
    package(second, "deep.one", "3.0")
    package(second, "extra-one", "4.0")
    return [first, second]


def found(environments, *lines, seen=None):
    return [
        (one.metadata["Name"], one.version)
        for one in closure(lines, set() if seen is None else seen, installed(environments))
    ]


def test_what_is_needed_in_turn_is_listed_once(environments):
    assert found(environments, "top") == [("deep.one", "2.0"), ("Top", "1.0")]
    assert found(environments, "top[more]", "lggseg[test]") == [
        ("deep.one", "2.0"),
        ("extra-one", "4.0"),
        ("Top", "1.0"),
    ]


def test_later_groups_list_what_is_new(environments):
    seen = set()
    found(environments, "top", seen=seen)
    assert found(environments, "top[more]", seen=seen) == [("extra-one", "4.0")]


def test_what_no_environment_holds_is_named(environments, capsys, monkeypatch, tmp_path):
    with pytest.raises(MissingError, match="extra-one"):
        found(environments[:1], "top[more]")
    page = tmp_path / "page.md"
    page.write_text("<!-- list -->\nold\n<!-- end of list -->\n", encoding="utf-8")
    monkeypatch.setattr(licences, "PAGE", page)
    assert licences.main([str(environments[0])]) == 2
    assert "expected every dependency in an environment, got none with" in capsys.readouterr().err
    assert "old" in page.read_text(encoding="utf-8")


def test_the_page_names_every_dependency_of_the_project():
    page = licences.PAGE.read_text(encoding="utf-8").split("## List")[1]
    listed = {licences.canonical(line.split("|")[1].strip()) for line in page.splitlines() if line.startswith("| ")}
    assert "| not said |" not in page.split("### training")[0], "what a segmentation needs says its licence"
    core = closure(licences.groups()["core"], set(), installed([Path(sys.prefix)]))
    assert {licences.canonical(one.metadata["Name"]) for one in core} <= listed, "with what that needs in turn"
    for lines in licences.groups().values():
        for line in lines:
            if line.strip() and not line.startswith("lggseg"):
                assert licences.canonical(licences.Requirement(line).name) in listed
