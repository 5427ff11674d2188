"""Prove that a release works where nothing of the repository is: ``python tools/check_dist.py``.

Builds wheel and source archive twice and compares the bytes, installs each into a fresh environment with the pinned
versions, and runs the demo there, in a folder of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from lggseg.files import sha256_of
from tools.build_dist import ROOT, build

CONSTRAINTS = ROOT / "constraints" / "demo.txt"


def check_same(first: Path, second: Path) -> list[Path]:
    """Build twice; return what was built."""
    built = [build(folder) for folder in (first, second)]
    for one, other in zip(*built, strict=True):
        if sha256_of(one) != sha256_of(other):
            msg = f"{one.name}: expected the same bytes from the same commit, got two files that differ"
            raise SystemExit(msg)
    return built[0]


def check_runs(package: Path, place: Path) -> None:
    """Install a package into a fresh environment and run the demo outside the checkout."""
    venv.create(place / "env", with_pip=True)
    scripts = place / "env" / ("Scripts" if os.name == "nt" else "bin")
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    pip = [scripts / "python", "-m", "pip", "install", "--quiet", "-c", CONSTRAINTS, package]
    subprocess.run(list(map(str, pip)), check=True, cwd=place, env=clean)
    subprocess.run([str(scripts / "lggseg"), "demo", "-o", "demo"], check=True, cwd=place, env=clean)
    record = json.loads((place / "demo" / "report.json").read_text(encoding="utf-8"))
    where = "import lggseg; print(lggseg.__file__)"
    asked = [str(scripts / "python"), "-c", where]
    found = subprocess.run(asked, check=True, cwd=place, env=clean, stdout=subprocess.PIPE, text=True)
    if not record["found"] or str(place) not in found.stdout:
        msg = f"{package.name}: expected an abnormality, found by the installed package, got {found.stdout.strip()}"
        raise SystemExit(msg)


def main() -> None:
    """Check both packages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for package in check_same(folder / "first", folder / "second"):
            place = folder / package.suffix.strip(".")
            place.mkdir()
            check_runs(package, place)
            sys.stdout.write(f"{package.name}: reproducible, installs, runs the demo\n")


if __name__ == "__main__":
    main()
