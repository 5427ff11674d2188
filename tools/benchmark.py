"""Speed and memory beside what a person might run instead, on one machine in one run: ``make bench``.

Two studies (26 slices of 256 x 256 pixels, 5 mm; 155 slices of 240 x 240 pixels, 1 mm), and for each
* the command ``lggseg segment``, start of the process included, and its peak memory;
* our bare network, by ONNX Runtime, on the slices that the command feeds it and on their mirror images;
* a plain U-Net of 7.8 million parameters, slice by slice in eager 32-bit PyTorch, as public ports of the
  2019 network run it, on every slice at 256 x 256 pixels;
* nnU-Net's 2D network (33 million parameters) likewise, with its four mirror images and without;
* for the second study the 3D network of MONAI's BraTS bundle on the whole volume.

The candidates take turns, round after round, so that whatever else the machine does meets all of them.
Given are medians with the least and the greatest; the ratios are what to compare. Of networks that go
slice by slice one slice is timed and multiplied. Writes bench/benchmark.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import SimpleITK as sitk
import torch

from lggseg.files import write_text
from lggseg.model import preprocessing
from lggseg.model.bundle import load_bundle
from lggseg.model.predictor import make_predictor
from lggseg.model.segmenter import predict
from lggseg.model.threads import processor_name, usable_cores
from lggseg.phantom.study import write_phantom
from lggseg.segmentation.request import Destination, SegmentRequest, command_arguments
from tools import rivals

STUDIES: dict[str, dict[str, Any]] = {
    "26 x 256 x 256, 5 mm": {"slices": 26, "size": 256, "spacing_mm": (0.85, 0.85, 5.0)},
    "155 x 240 x 240, 1 mm": {"slices": 155, "size": 240, "spacing_mm": (1.0, 1.0, 1.0)},
}
OURS = "our network"
COMMAND = "lggseg segment"
_WHOLE_VOLUME_SLICES = 100
"""From so many slices on a study is one that 3D networks are made for."""


@dataclass(frozen=True)
class Timing:
    """Seconds of one candidate over all rounds, for the whole study."""

    median: float
    least: float
    greatest: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("bench"), help="default: bench")
    parser.add_argument("--rounds", type=int, default=5, help="how often each candidate has its turn (default: 5)")
    options = parser.parse_args(arguments)
    torch.set_num_threads(usable_cores())
    result: dict[str, Any] = {"machine": machine(), "rounds": options.rounds, "studies": {}}
    _say(result["machine"])
    for name, shape in STUDIES.items():
        result["studies"][name] = measured = measure_study(shape, options.rounds)
        _say(f"\n{name}\n" + table(measured["seconds"]))
        _say(f"peak memory of the command: {measured['peak_memory_mb']:.0f} MB")
    write_text(options.output / "benchmark.json", json.dumps(result, indent=1) + "\n")
    return 0


def measure_study(shape: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Time all candidates on one synthetic study."""
    with tempfile.TemporaryDirectory() as folder:
        flair = write_phantom(Path(folder), **shape)["flair"]
        request = command_arguments(SegmentRequest(flair), Destination(Path(folder) / "out", overwrite=True))
        command = [sys.executable, "-m", "lggseg", *request, "--progress", "none"]
        prepared = preprocessing.prepare({"flair": sitk.ReadImage(str(flair))})
        predictor = make_predictor(load_bundle(), "onnx")
        candidates: dict[str, tuple[Callable[[], object], int]] = {
            COMMAND: (lambda: run_command(command), 1),
            OURS: (lambda: predict(prepared, predictor), 1),
            **_slice_by_slice(shape["slices"]),
        }
        if shape["slices"] > _WHOLE_VOLUME_SLICES:
            candidates["MONAI's BraTS SegResNet, 3D"] = (rivals.whole_volume(rivals.brats_segresnet()), 1)
        memory_mb = peak_memory_mb(command)
        seconds = take_turns(candidates, rounds)
    return {"seconds": {name: asdict(timing) for name, timing in seconds.items()}, "peak_memory_mb": memory_mb}


def _slice_by_slice(slices: int) -> dict[str, tuple[Callable[[], object], int]]:
    plain, nnunet = rivals.plain_unet(), rivals.nnunet_2d()
    return {
        "plain U-Net, 7.8 M": (rivals.one_slice(plain, 3), slices),
        "nnU-Net 2D": (rivals.one_slice(nnunet, 1), slices),
        "nnU-Net 2D, four mirror images": (rivals.one_slice(nnunet, 1, mirrors=4), slices),
    }


def take_turns(candidates: Mapping[str, tuple[Callable[[], object], int]], rounds: int) -> dict[str, Timing]:
    """Run each candidate once a round, after one round that does not count.

    Args:
        candidates: Work, and by how much its seconds are multiplied, by name.
        rounds: How many count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name, (work, times) in candidates.items():
            started = time.perf_counter()
            work()
            if turn:
                seconds[name].append((time.perf_counter() - started) * times)
    return {name: Timing(statistics.median(each), min(each), max(each)) for name, each in seconds.items()}


def run_command(command: Sequence[str]) -> None:
    """Run a command in a process of its own.

    Raises:
        CalledProcessError: If it fails.
    """
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def peak_memory_mb(command: Sequence[str]) -> float:
    """Return the peak memory of a command in MB.

    A small process starts it: Linux counts the memory of whoever starts a process as that process's own.
    """
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True)
    return int(done.stdout) / (1024**2 if sys.platform == "darwin" else 1024)


def table(seconds: Mapping[str, Mapping[str, float]]) -> str:
    """Return the timings as text: seconds with their spread, and how many times our network's."""
    ours = seconds[OURS]["median"]
    lines = [
        f"  {name:<32}{each['median']:8.2f} s  ({each['least']:.2f} to {each['greatest']:.2f})"
        f"{each['median'] / ours:8.1f} times"
        for name, each in seconds.items()
    ]
    return "\n".join(lines)


def machine() -> str:
    """Return processor, cores and versions in words."""
    return f"{processor_name()}, {usable_cores()} cores, {platform.system()}, Python {platform.python_version()}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
