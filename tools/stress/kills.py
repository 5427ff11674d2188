"""Sudden ends: a command is stopped at random points, and then repeated; nothing may be lost, half or left behind."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.leftovers import STAGE_NAME, STAGE_PREFIX
from tools.stress import originals

ROOT = Path(__file__).resolve().parents[2]

_PACKAGES = ("LGGSegmentation", "training", ".")
_STOP_SECONDS = 10.0
_GONE_SECONDS = 10.0  # a worker that was just started looks for its parent only after its first imports
_RUN_SECONDS = 1800.0
_MASKS, _CASES, _STUDIES = 12, 10, 4
_QUICK = ("optimization.steps=6", "optimization.batch_size=2", "sampling.crop_pixels=64", "sampling.workers=0",
          "validation.every_steps=3", "optimization.warmup_steps=1", "checkpoints.every_steps=1",
          "optimization.precision=32-true", "network.pretrained=false",
          "network.arguments.features=[4, 4, 4, 4]")  # fmt: skip

Results = dict[str, str]


@dataclass(frozen=True)
class Command:
    """A command that is stopped.

    Attributes:
        prepare: Writes its inputs into a folder.
        arguments: Of Python, given inputs and output.
        results: Checksums of what it wrote, by name, given the output; times and dates left out.
    """

    prepare: Callable[[Path], None]
    arguments: Callable[[Path, Path], list[str]]
    results: Callable[[Path], Results]


@dataclass
class Ends:
    """What came of stopping a command."""

    command: str
    ends: int = 0
    slowest_stop_seconds: float = 0.0
    faults: list[tuple[str, int, str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def run(name: str, ends: int, seed: int, told: Callable[[str], None] = lambda line: None) -> Ends:
    """Stop a command at random points, by SIGKILL and SIGTERM in turn, and repeat it each time.

    Args:
        name: One of ``COMMANDS``.
        ends: How often.
        seed: Number that the points follow from.
        told: Is told line by line how far the work is.
    """
    command, outcome = COMMANDS[name], Ends(name)
    choose = random.Random(f"{seed} {name}")
    with tempfile.TemporaryDirectory(prefix="stress-") as place:
        inputs, output = Path(place, "in"), Path(place, "out")
        inputs.mkdir()
        command.prepare(inputs)
        started = time.monotonic()
        _whole_run(command, inputs, output)
        seconds = time.monotonic() - started
        expected = command.results(output)
        if not expected:
            msg = f"{name}: a run that nobody stopped left no results"
            raise RuntimeError(msg)
        for number in range(ends):
            shutil.rmtree(output, ignore_errors=True)
            how = (signal.SIGKILL, signal.SIGTERM)[number % 2]
            end = (how, choose.uniform(0, seconds))
            for fault in _stop_and_repeat(command, (inputs, output), end, expected, outcome):
                outcome.faults.append((name, number, how.name, fault))
            outcome.ends += 1
    told(f"{name}: {ends} ends within {seconds:.1f} s, {len(outcome.faults)} faults")
    return outcome


def _stop_and_repeat(
    command: Command, places: tuple[Path, Path], end: tuple[signal.Signals, float], expected: Results, outcome: Ends
) -> list[str]:
    inputs, output = places
    how, after = end
    faults = []
    process = _start(command, inputs, output)
    time.sleep(after)
    process.send_signal(how)
    asked = time.monotonic()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        faults.append(f"still there {_STOP_SECONDS:.0f} s after the signal")
    outcome.slowest_stop_seconds = max(outcome.slowest_stop_seconds, round(time.monotonic() - asked, 2))
    if not _all_gone(process.pid):
        faults.append(f"processes of its own still there {_GONE_SECONDS:.0f} s after it")
        _kill_session(process.pid)
    error = process.stderr.read() if process.stderr else b""
    if b"Traceback" in error and how == signal.SIGTERM and after > 1:
        faults.append("a traceback: " + error.decode(errors="replace")[-300:])
    found = command.results(output) if output.exists() else {}
    faults += [f"{name} is half" for name, value in found.items() if value != expected.get(name)]
    code, said = _whole_run(command, inputs, output, check=False)
    if code:
        faults.append(f"repeated: status {code}: {said[-300:]}")
    elif command.results(output) != expected:
        faults.append("repeated: other results")
    left = [path.name for path in output.parent.rglob(STAGE_PREFIX + "*") if STAGE_NAME.match(path.name)]
    if left:
        faults.append(f"left behind: {left[:3]}")
    return faults


def _start(command: Command, inputs: Path, output: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *command.arguments(inputs, output)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("LGGSegmentation", "training", ".")),
        },
    )


def _whole_run(command: Command, inputs: Path, output: Path, *, check: bool = True) -> tuple[int, str]:
    process = _start(command, inputs, output)
    _, error = process.communicate(timeout=_RUN_SECONDS)
    said = error.decode(errors="replace")
    if check and process.returncode:
        msg = f"status {process.returncode}: {said[-1000:]}"
        raise RuntimeError(msg)
    return process.returncode, said


def _session(leader: int) -> list[int]:
    """Return the processes of a session that still run, as Linux lists them; none elsewhere."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = entry.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(session) == leader and state != "Z":
            found.append(int(entry.parent.name))
    return found


def _all_gone(leader: int) -> bool:
    deadline = time.monotonic() + _GONE_SECONDS
    while _session(leader) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not _session(leader)


def _kill_session(leader: int) -> None:
    for process in _session(leader):
        os.kill(process, signal.SIGKILL)


def _voxels(file: Path) -> str:
    try:
        return hashlib.sha256(sitk.GetArrayFromImage(sitk.ReadImage(str(file))).tobytes()).hexdigest()
    except RuntimeError:
        return "unreadable"


def _volumes(output: Path) -> Results:
    files = [file for file in sorted(output.rglob("*.nii.gz")) if STAGE_PREFIX not in str(file)]
    return {file.relative_to(output).as_posix(): _voxels(file) for file in files}


def _texts(output: Path, *names: str) -> Results:
    files = [output / name for name in names if (output / name).is_file()]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _masks(folder: Path) -> None:
    for number in range(_MASKS):
        (folder / f"{number:02d}").mkdir()
        originals.label(".nii.gz")(folder / f"{number:02d}").rename(folder / f"{number:02d}" / "label.nii.gz")


def _cases(folder: Path) -> None:
    for number in range(_CASES):
        (folder / f"{number:02d}").mkdir()
        case = originals.tiff_case(folder / f"{number:02d}")
        case.rename(case.with_name(f"CASE{number:02d}"))


def _studies(folder: Path) -> None:
    for number in range(_STUDIES):
        (folder / f"study{number}").mkdir()
        originals.volume(".nii.gz")(folder / f"study{number}").rename(folder / f"study{number}" / "flair.nii.gz")


def _prepared(folder: Path) -> None:
    from lggseg_training.synthetic import write_synthetic_dataset  # noqa: PLC0415  (PyTorch)

    write_synthetic_dataset(folder / "data", patients=5)


def _weights(output: Path) -> Results:
    import torch  # noqa: PLC0415

    file = output / "model.pt"
    if not file.is_file():
        return {}
    state = torch.load(file, map_location="cpu", weights_only=True)
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(state[name].float().numpy().tobytes())
    return {"model.pt": digest.hexdigest()}


def _train(inputs: Path, output: Path) -> list[str]:
    data = inputs / "data"
    return [
        "training/train.py",
        "--data",
        str(data),
        "--splits",
        str(data / "splits.json"),
        "--output",
        str(output),
        "--accelerator",
        "cpu",
        *_QUICK,
    ]


def _lggseg(name: str, *options: str) -> Callable[[Path, Path], list[str]]:
    def arguments(inputs: Path, output: Path) -> list[str]:
        return ["-m", "lggseg", name, str(inputs), "-o", str(output), *options]

    return arguments


def _segment(inputs: Path, output: Path) -> list[str]:
    return ["-m", "lggseg", "segment", str(inputs / "head.nii.gz"), "-o", str(output), "--overwrite", "--probability"]


def _features(inputs: Path, output: Path) -> list[str]:
    return ["-m", "lggseg", "features", str(inputs), "-o", str(output / "features.csv"), "--jobs", "2"]


def _prepare(inputs: Path, output: Path) -> list[str]:
    return ["training/prepare.py", "--data", str(inputs), "--output", str(output), "--jobs", "2"]


def _head(folder: Path) -> None:
    originals.volume(".nii.gz")(folder)


COMMANDS = {
    "segment": Command(_head, _segment, _volumes),
    "features": Command(_masks, _features, lambda output: _texts(output, "features.csv")),
    "prepare": Command(_cases, _prepare, _volumes),
    "cohort": Command(_studies, _lggseg("cohort", "--jobs", "2", "--progress", "none"), _volumes),
    "train": Command(_prepared, _train, _weights),
}
