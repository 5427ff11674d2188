"""What a network costs: parameters, file, time and memory. Time is that of the processor, whoever else uses it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from lggseg.model.bundle import ONNX_FILE, TORCH_FILE, load_bundle
from lggseg.model.predictor import OnnxPredictor
from lggseg.model.preprocessing import CHANNELS
from lggseg.model.segmenter import SLICES_AT_ONCE

_PIXELS = 256
_REPEATS = 5
_KIB_PER_MB = 1e6 / 1024


def cost_of(model: Path) -> dict[str, float]:
    """Measure a model folder in a process of its own, with ONNX Runtime on slices of 256 x 256."""
    # By its file: a script that was started from a clone finds this package, a new process would not.
    command = [sys.executable, "-P", str(Path(__file__)), str(model)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _measure(model: Path) -> dict[str, Any]:
    bundle = load_bundle(model)
    predictor = OnnxPredictor(bundle.verified(ONNX_FILE))
    batch = np.random.default_rng(0).normal(size=(SLICES_AT_ONCE, len(CHANNELS), _PIXELS, _PIXELS)).astype(np.float32)
    predictor(batch)
    times = []
    for _ in range(_REPEATS):
        started = time.process_time()
        predictor(batch)
        times.append(time.process_time() - started)
    return {
        "cpu_ms_per_slice": round(1e3 * min(times) / SLICES_AT_ONCE, 1),
        "peak_memory_mb": round(_peak_kib() / _KIB_PER_MB),
        "onnx_mb": round((bundle.folder / ONNX_FILE).stat().st_size / 1e6, 2),
        "torch_mb": round((bundle.folder / TORCH_FILE).stat().st_size / 1e6, 2),
    }


def _peak_kib() -> int:
    """Return the peak memory; Linux's getrusage would count that of the process that started this one."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(Path(sys.argv[1]))))
