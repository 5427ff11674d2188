"""Speed and memory beside a reference, in one run on one machine: ``make bench``.

Two studies (26 slices of 256 x 256 pixels, 5 mm; 155 slices of 240 x 240 pixels, 1 mm), and for each
* the command ``lggseg segment``, start of the process included;
* the floor: the bare network, by ONNX Runtime, on the slices that the command feeds it and on their
  mirror images;
* the reference: a plain U-Net of 7.8 million parameters, slice by slice in eager 32-bit PyTorch, as
  public ports of the 2019 network run it, on every slice at 256 x 256 pixels.

Seconds depend on the machine; the ratios are what to compare. Writes bench/benchmark.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
import torch
from monai.networks.nets import BasicUNet

from lggseg.model import preprocessing
from lggseg.model.bundle import load_bundle
from lggseg.model.predictor import make_predictor, usable_cores
from lggseg.model.segmenter import predict
from lggseg.phantom.study import write_phantom

ROOT = Path(__file__).resolve().parents[1]

STUDIES: dict[str, dict[str, Any]] = {
    "26 x 256 x 256, 5 mm": {"slices": 26, "size": 256, "spacing_mm": (0.85, 0.85, 5.0)},
    "155 x 240 x 240, 1 mm": {"slices": 155, "size": 240, "spacing_mm": (1.0, 1.0, 1.0)},
}
MEMORY_LIMIT_MB = {"26 x 256 x 256, 5 mm": 700, "155 x 240 x 240, 1 mm": 1200}

_REFERENCE_FEATURES = (32, 64, 128, 256, 512, 32)
_REFERENCE_SLICES = 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("bench"), help="default: bench")
    parser.add_argument("--repeats", type=int, default=3, help="the fastest of so many counts (default: 3)")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"machine": machine(), "studies": {}}
    print(result["machine"])  # noqa: T201
    for name, shape in STUDIES.items():
        result["studies"][name] = measured = measure_study(shape, options.repeats)
        measured["memory_limit_mb"] = MEMORY_LIMIT_MB[name]
        print(f"{name}:")  # noqa: T201
        for key, value in measured.items():
            print(f"  {key:<28}{value:10.2f}")  # noqa: T201
    (options.output / "benchmark.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def measure_study(shape: dict[str, Any], repeats: int) -> dict[str, float]:
    """Time command, floor and reference on one synthetic study."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_phantom(Path(folder), **shape)
        command, memory_mb = best_command(files["flair"], Path(folder) / "out", repeats)
        prepared = preprocessing.prepare({"flair": sitk.ReadImage(str(files["flair"]))})
    predictor = make_predictor(load_bundle(), "onnx")
    floor = fastest(lambda: predict(prepared, predictor), repeats)
    reference = reference_seconds_per_slice(repeats) * shape["slices"]
    return {
        "command_s": command,
        "floor_s": floor,
        "reference_s": reference,
        "network_times_faster": reference / floor,
        "command_allowed_s": 1.5 * floor + 2.5,
        "peak_memory_mb": memory_mb,
    }


def best_command(flair: Path, output: Path, repeats: int) -> tuple[float, float]:
    """Run ``lggseg segment`` in a process of its own; return seconds and peak memory in MB."""
    command = [sys.executable, "-m", "lggseg", "segment", str(flair), "-o", str(output), "--overwrite"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "LGGSegmentation")}
    seconds, memory = [], []
    for _ in range(repeats):
        started = time.perf_counter()
        child = subprocess.Popen([*command, "--progress", "none"], env=environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds.append(time.perf_counter() - started)
        memory.append(usage.ru_maxrss / 1024 if sys.platform != "darwin" else usage.ru_maxrss / 1024**2)
        if status:
            message = f"lggseg segment ended with status {os.waitstatus_to_exitcode(status)}"
            raise RuntimeError(message)
    return min(seconds), max(memory)


def fastest(work: Callable[[], object], repeats: int) -> float:
    """Return the shortest duration in seconds of several runs, after one to warm up."""
    work()
    durations = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        durations.append(time.perf_counter() - started)
    return min(durations)


def reference_seconds_per_slice(repeats: int) -> float:
    """Time the reference network on slices of 256 x 256 pixels, one at a time."""
    torch.set_num_threads(usable_cores())
    network = BasicUNet(2, 3, 1, _REFERENCE_FEATURES, norm="batch").eval()
    one = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 3, 256, 256)).astype(np.float32))

    def run() -> None:
        with torch.inference_mode():
            for _ in range(_REFERENCE_SLICES):
                network(one)

    return fastest(run, repeats) / _REFERENCE_SLICES


def machine() -> str:
    """Return processor, cores and versions in words."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        processor = names[0] if names else processor
    return f"{processor}, {usable_cores()} cores, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    raise SystemExit(main())
