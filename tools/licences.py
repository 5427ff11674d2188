"""Write the list of dependencies with versions and licences anew: ``python tools/licences.py``.

What is listed is what is installed here of the pinned versions; a licence is what the package says of itself.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "dependencies.md"
REQUIREMENTS = ROOT / "LGGSegmentation" / "Resources" / "requirements.txt"
_START, _END = "<!-- list -->", "<!-- end of list -->"
_LONGEST = 110


def groups() -> dict[str, list[str]]:
    """Return the requirements by who needs them; ``core`` is what a segmentation needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"core": REQUIREMENTS.read_text(encoding="utf-8").split("\n"), **project["optional-dependencies"]}


def closure(lines: list[str], seen: set[str]) -> list[metadata.Distribution]:
    """Return what is installed for these requirements, with what they need in turn, that is not in ``seen``."""
    found: list[metadata.Distribution] = []
    waiting = [Requirement(line) for line in lines if line.strip() and not line.startswith("lggseg")]
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        try:
            distribution = metadata.distribution(wanted.name)
        except metadata.PackageNotFoundError:
            continue
        seen.add(name)
        found.append(distribution)
        waiting += [Requirement(line) for line in distribution.requires or []]
    return sorted(found, key=lambda one: str(one.metadata["Name"]).lower())


def licence(distribution: metadata.Distribution) -> str:
    """Return the licence that a package names: its expression, its classifiers, or a short text."""
    about = distribution.metadata
    classified = [
        value.rsplit(" :: ", 1)[1] for value in about.get_all("Classifier") or [] if value.startswith("License :: OSI")
    ]
    said = [*(about.get_all("License-Expression") or []), "; ".join(classified), *(about.get_all("License") or [])]
    texts = [text.strip().split("\n")[0] for text in said if text.strip() not in ("", "UNKNOWN")]
    return texts[0][:_LONGEST] if texts else "not said"


def table(distributions: list[metadata.Distribution]) -> str:
    """Return a Markdown table."""
    rows = [f"| {one.metadata['Name']} | {one.version} | {licence(one).replace('|', '/')} |" for one in distributions]
    return "\n".join(["| package | version | licence |", "| --- | --- | --- |", *rows])


def listing() -> str:
    """Return the whole list, each package once, where it is needed first."""
    seen: set[str] = set()
    parts = []
    for name, lines in groups().items():
        found = closure(lines, seen)
        if found:
            parts.append(f"### {name}\n\n{table(found)}")
    return "\n\n".join(parts)


def main() -> None:
    """Replace the list in the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(_START)
    PAGE.write_text(f"{before}{_START}\n\n{listing()}\n\n{_END}{rest.split(_END)[1]}", encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
