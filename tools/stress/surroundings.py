"""Faults of the surroundings: streams, letters, rights, space, packages. The exit status must tell what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.stress import originals
from tools.stress.kills import ROOT

_SECONDS = 120.0
_PACKAGES = ("numpy", "scipy", "SimpleITK", "PIL", "pydicom", "onnxruntime")

Row = tuple[str, int, str]
"""What was done, the status that came, and the fault, empty where there is none."""


def run(told: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Try all of them on ``lggseg segment`` and ``lggseg info``."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="stress-") as place:
        flair = originals.volume(".nii.gz")(Path(place))
        for name, command, environment, statuses in _trials(Path(place), flair):
            status, said = _shell(command, environment)
            fault = "" if status in statuses else f"expected status {statuses}"
            fault = fault or ("a traceback" if "Traceback" in said else "")
            left = [path.name for path in Path(place).rglob(".lggseg-*")]
            rows.append((name, status, fault or (f"left behind {left[:2]}" if left else "")))
    told(f"surroundings: {len(rows)}, {sum(bool(row[-1]) for row in rows)} faults")
    return rows


def _trials(place: Path, flair: Path) -> list[tuple[str, str, dict[str, str], tuple[int, ...]]]:
    number = iter(range(1000))

    def segment(source: str = str(flair), redirect: str = "", output: str = "") -> str:
        target = output or place / f"out{next(number)}"
        return f"'{sys.executable}' -m lggseg segment '{source}' -o '{target}' --progress none {redirect}"

    info = f"'{sys.executable}' -m lggseg info"
    raw = os.fsencode(str(place)) + b"/T\xeate.nii.gz"
    Path(os.fsdecode(raw)).write_bytes(flair.read_bytes())
    umlaut = place / "Kopf größe.nii.gz"
    umlaut.write_bytes(flair.read_bytes())
    os.mkfifo(place / "pipe.nii.gz")
    (place / "file").write_text("no folder")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    rows: list[tuple[str, str, dict[str, str], tuple[int, ...]]] = [
        ("output closed", segment(redirect=">&-"), {}, (0,)),
        ("errors closed", segment(redirect="2>&-"), {}, (0,)),
        ("both closed", segment(redirect=">&- 2>&-"), {}, (0,)),
        ("input, output, errors closed", segment(redirect="<&- >&- 2>&-"), {}, (0,)),
        ("output full", segment(redirect="> /dev/full"), {}, (4,)),
        ("errors full", segment(redirect="2> /dev/full"), {}, (0,)),
        ("errors full, and an error", segment("none.nii", "2> /dev/full"), {}, (2,)),
        ("info, output full", f"{info} > /dev/full", {}, (4,)),
        ("reader gone", f"({info}; echo $? >&2) 2>&1 >/dev/null | true", {}, (0,)),
        ("letters of ascii alone", segment(str(umlaut)), ascii_only, (0,)),
        ("name in UTF-8", segment(str(umlaut)), {}, (0,)),
        ("pipe as input", segment(str(place / "pipe.nii.gz")), {}, (2,)),
        ("device as input", segment("/dev/zero"), {}, (2,)),
        ("output is a file", segment(output=str(place / "file")), {}, (4,)),
        ("output in a file", segment(output=str(place / "file" / "deep")), {}, (4,)),
        ("no space", f"ulimit -f 1; {segment()}", {}, (4,)),
        ("no temporary folder", segment(), {"TMPDIR": "/nowhere"}, (0,)),
        ("no home", segment(), {"HOME": "/nowhere"}, (0,)),
        ("a mask takes the place of its input", f"{segment(output=str(place / 'own'))} && {_own(place)}", {}, (4,)),
    ]
    rows.append(("name not in UTF-8", segment(os.fsdecode(raw)), {}, (0,)))
    for package in _PACKAGES:
        blocker = place / f"without-{package}"
        blocker.mkdir()
        (blocker / "sitecustomize.py").write_text(f"import sys\nsys.modules[{package!r}] = None\n", encoding="utf-8")
        source = _one_dicom_file(place) if package == "pydicom" else flair
        rows.append((f"without {package}", segment(str(source)), {"BLOCKER": str(blocker)}, (5,)))
    return rows


def _own(place: Path) -> str:
    mask = place / "own" / "segmentation.nii.gz"
    return f"'{sys.executable}' -m lggseg segment '{mask}' -o '{place / 'own'}' --overwrite --progress none"


def _one_dicom_file(place: Path) -> Path:
    """Write a folder of slices of which one is no image: pydicom has to say what it is."""
    series = place / "series"
    if not series.exists():
        originals.dicom_series(place)
        (series / "IM9999.dcm").write_bytes(bytes(128) + b"DICM" + bytes(60))
    return series


def _shell(command: str, environment: dict[str, str]) -> tuple[int, str]:
    blocker = environment.get("BLOCKER")
    path = [*([blocker] if blocker else []), *(str(ROOT / part) for part in ("LGGSegmentation", "training", "."))]
    done = subprocess.run(
        ["/bin/bash", "-c", os.fsencode(command)],
        capture_output=True,
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(path)},
        timeout=_SECONDS,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")
