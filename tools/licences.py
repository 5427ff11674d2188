"""Write the list of dependencies with versions and licences anew: ``python tools/licences.py ENVIRONMENT...``.

What is listed is what is installed of the pinned versions in the environments of the Makefile (``make licences`` makes
them all): no single one can hold every extra. A licence is what the package says of itself. A package that none of them
holds ends it with status 2, and the list stays as it is.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from lggseg.pages.marked import Marks

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "dependencies.md"
REQUIREMENTS = ROOT / "LGGSegmentation" / "Resources" / "requirements.txt"
_MARKS = Marks("list")
_LONGEST = 110


def groups() -> dict[str, list[str]]:
    """Return the requirements by who needs them; ``core`` is what a segmentation needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"core": REQUIREMENTS.read_text(encoding="utf-8").split("\n"), **project["optional-dependencies"]}


def installed(environments: Iterable[Path]) -> dict[str, metadata.Distribution]:
    """Return what the environments hold, by name; the first that has a package counts."""
    folders = [str(path) for one in environments for path in (*one.glob("lib/python*/site-packages"), one / "Lib")]
    found: dict[str, metadata.Distribution] = {}
    for distribution in metadata.distributions(path=folders):
        found.setdefault(canonical(distribution.metadata["Name"]), distribution)
    return found


def canonical(name: str) -> str:
    """Return a name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


class MissingError(Exception):
    """A package that is needed is in none of the environments."""


def closure(
    lines: Iterable[str], seen: set[tuple[str, str]], at_hand: Mapping[str, metadata.Distribution]
) -> list[metadata.Distribution]:
    """Return what these requirements need, with what that needs in turn, less what is in ``seen``.

    Args:
        lines: Requirements.
        seen: Names with their extras, "" for none, that were listed before; those of now are added.
        at_hand: What the environments hold, by name.

    Raises:
        MissingError: If something is not at hand.
    """
    found: dict[str, metadata.Distribution] = {}
    waiting = [(Requirement(line), "") for line in lines if line.strip() and not line.startswith("lggseg")]
    missing = []
    while waiting:
        wanted, extra = waiting.pop()
        name = canonical(wanted.name)
        if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
            continue
        if name not in at_hand:
            missing.append(wanted.name)
            continue
        new = [one for one in ("", *sorted(wanted.extras)) if (name, one) not in seen]
        if "" in new:
            found[name] = at_hand[name]
        seen |= {(name, one) for one in new}
        waiting += [(Requirement(line), one) for one in new for line in at_hand[name].requires or []]
    if missing:
        raise MissingError(", ".join(sorted(set(missing))))
    return sorted(found.values(), key=lambda one: str(one.metadata["Name"]).lower())


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


def listing(at_hand: Mapping[str, metadata.Distribution]) -> str:
    """Return the whole list, each package once, where it is needed first.

    Raises:
        MissingError: If a package is not at hand.
    """
    seen: set[tuple[str, str]] = set()
    parts = []
    for name, lines in groups().items():
        found = closure(lines, seen, at_hand)
        if found:
            parts.append(f"### {name}\n\n{table(found)}")
    return "\n\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Replace the list in the page, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environments", type=Path, nargs="+", metavar="ENVIRONMENT", help="folder of a venv")
    options = parser.parse_args(arguments)
    try:
        made = listing(installed(options.environments))
    except MissingError as error:
        sys.stderr.write(f"licences: expected every dependency in an environment, got none with {error}\n")
        return 2
    _MARKS.renew(PAGE, made)
    sys.stdout.write(f"{PAGE}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
