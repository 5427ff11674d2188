"""Stand-ins and calls against what Slicer's Python files promise in 5.10, 5.12 and 5.13."""

from __future__ import annotations

import ast
import inspect

import pytest
from slicer_host import facts

RELEASES = ("v5.10.0", "v5.12.3", "main")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("stand_in", facts.SOURCES)
def test_a_stand_in_has_slicers_signatures(stand_in, release):
    known = facts.load()[release]
    real = {name: text for source in facts.SOURCES[stand_in] for name, text in known.get(source, {}).items()}
    if not real:
        assert (stand_in, release) == ("packaging.py", "v5.10.0"), "the one file that came later"
        return
    assert facts.signatures(facts.BASE / stand_in) == real


@pytest.mark.parametrize("release", RELEASES)
def test_calls_of_slicers_utilities_fit_each_release(release):
    known = facts.load()[release][facts.UTIL]
    for name, calls in facts.utilities().items():
        scope: dict[str, object] = {}
        parameters = known[name].replace("EXIT_SUCCESS", "0").replace("VTK_OBJECT", "0")
        exec(f"def function{parameters}: pass", scope)
        for call in calls:
            keywords = {keyword.arg: None for keyword in call.keywords if keyword.arg}
            inspect.signature(scope["function"]).bind(*[None] * len(call.args), **keywords)


def test_the_facts_are_those_that_are_needed():
    needed = facts.needed()
    for release, known in facts.load().items():
        assert release in RELEASES
        for source, signatures in known.items():
            assert set(signatures) <= needed[source], f"{source} of {release}: renew facts.json"
        assert set(known[facts.UTIL]) == needed[facts.UTIL]


def test_facts_are_read_from_a_checkout(tmp_path):
    source = tmp_path / facts.UTIL
    source.parent.mkdir(parents=True)
    source.write_text(
        "def mainWindow() -> object: pass\n"
        "def settingsValue(key: str, default, converter=lambda v: v): pass\n"
        "class Private:\n    def _hidden(self): pass\n    def shown(self, a=1, *, b='x'): pass\n"
    )
    read = facts.read_checkout(tmp_path)[facts.UTIL]
    assert read == {
        "mainWindow": "()",
        "settingsValue": "(key, default, converter=lambda v: v)",
        "Private.shown": "(self, a=1, *, b='x')",
    }
    assert set(facts.select({facts.UTIL: read})[facts.UTIL]) == {"mainWindow", "settingsValue"}


def test_what_came_after_the_oldest_release_is_asked_for_first():
    """``slicer.packaging`` is there from 5.12 on: whoever imports it looks first."""
    for path in sorted((facts.MODULE / "LGGSegmentationLib").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module == "slicer" and node.names[0].name == "packaging":
                assert 'find_spec("slicer.packaging")' in text, path
