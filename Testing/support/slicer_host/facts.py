"""What Slicer's own Python files promise, release by release: the stand-ins and the module's calls are held to it.

``facts.json`` has the signatures, read from Slicer's sources. To renew it, with checkouts of Slicer at hand::

    python Testing/support/slicer_host/facts.py v5.10.0=PATH v5.12.3=PATH main=PATH
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).with_suffix(".json")
BASE = Path(__file__).parent / "base"
MODULE = Path(__file__).resolve().parents[3] / "LGGSegmentation"
UTIL = "Base/Python/slicer/util.py"

SOURCES = {
    "ScriptedLoadableModule.py": ("Base/Python/slicer/ScriptedLoadableModule.py",),
    "i18n.py": ("Base/Python/slicer/i18n.py",),
    "packaging.py": ("Base/Python/slicer/packaging.py",),
    "parameterNodeWrapper.py": (
        "Base/Python/slicer/parameterNodeWrapper/wrapper.py",
        "Base/Python/slicer/parameterNodeWrapper/validators.py",
    ),
    "modules/SampleData.py": ("Modules/Scripted/SampleData/SampleData.py",),
    "modules/SegmentStatistics.py": ("Modules/Scripted/SegmentStatistics/SegmentStatistics.py",),
    "modules/SegmentStatisticsPlugins/SegmentStatisticsPluginBase.py": (
        "Modules/Scripted/SegmentStatistics/SegmentStatisticsPlugins/SegmentStatisticsPluginBase.py",
    ),
}
"""Slicer's files by the stand-in that stands for them."""

Signatures = dict[str, str]


def signatures(path: Path) -> Signatures:
    """Return the parameters, with their defaults, of the public functions and methods of a file."""
    return dict(_functions(ast.parse(path.read_text(encoding="utf-8")).body, ""))


def _functions(body: list[ast.stmt], owner: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not owner and not node.name.startswith("_"):
            yield from _functions(node.body, node.name + ".")
        elif isinstance(node, ast.FunctionDef) and (node.name == "__init__" or not node.name.startswith("_")):
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
            yield owner + node.name, f"({ast.unparse(node.args)})"


def utilities() -> dict[str, list[ast.Call]]:
    """Return the module's calls of ``slicer.util`` by the name of the function."""
    found: dict[str, list[ast.Call]] = {}
    for path in [MODULE / "LGGSegmentation.py", *sorted((MODULE / "LGGSegmentationLib").rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("slicer.util."):
                found.setdefault(ast.unparse(node.func).removeprefix("slicer.util."), []).append(node)
    return found


def needed() -> dict[str, set[str]]:
    """Return the names that are compared, by Slicer's file."""
    names = {UTIL: set(utilities())}
    for stand_in, sources in SOURCES.items():
        for source in sources:
            names[source] = set(signatures(BASE / stand_in))
    return names


def select(everything: dict[str, Signatures]) -> dict[str, Signatures]:
    """Keep of one release what is compared.

    Args:
        everything: Signatures by Slicer's file and name.
    """
    return {
        source: {name: text for name, text in sorted(everything[source].items()) if name in names}
        for source, names in sorted(needed().items())
        if source in everything
    }


def load() -> dict[str, dict[str, Signatures]]:
    """Return the kept facts by release, file and name."""
    facts: dict[str, dict[str, Signatures]] = json.loads(FILE.read_text(encoding="utf-8"))
    return facts


def save(releases: dict[str, dict[str, Signatures]]) -> None:
    """Keep facts by release, file and name."""
    FILE.write_text(json.dumps(releases, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_checkout(folder: Path) -> dict[str, Signatures]:
    """Read the signatures of the files that matter from a checkout of Slicer."""
    paths = {source: folder / source for source in needed()}
    return {source: signatures(path) for source, path in paths.items() if path.is_file()}


if __name__ == "__main__":
    pairs = (argument.split("=", 1) for argument in sys.argv[1:])
    save({release: select(read_checkout(Path(folder))) for release, folder in pairs})
