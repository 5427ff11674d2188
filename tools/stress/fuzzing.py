"""Damaged inputs, one after the other, and the count of what came of them."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lggseg.errors import InputError
from tools.stress.mutations import mutate
from tools.stress.sandbox import FAULTS, Sandbox, Verdict
from tools.stress.targets import TARGETS, Target

_SLOWEST = 5


@dataclass
class Counts:
    """What came of the inputs of all kinds.

    Attributes:
        by_target: How often each verdict came, by the name of the target.
        findings: Target, number of the input, verdict and detail of every fault.
        slowest_seconds: The longest that an input took.
    """

    by_target: dict[str, Counter[str]] = field(default_factory=dict)
    findings: list[tuple[str, int, str, str]] = field(default_factory=list)
    slowest_seconds: float = 0.0

    @property
    def inputs(self) -> int:
        """Number of inputs tried."""
        return sum(sum(counter.values()) for counter in self.by_target.values())


def fuzz(
    inputs: int,
    seed: int,
    keep: Path | None = None,
    told: Callable[[str], None] = lambda line: None,
    only: str | None = None,
) -> Counts:
    """Damage files of every kind and try them.

    Args:
        inputs: How many in all.
        seed: Number that the damage follows from: the same again makes the same inputs.
        keep: Folder for the inputs that ended in a fault.
        told: Is told line by line how far the work is.
        only: Beginning of the names of the targets to try, in capitals or not; all where None.

    Raises:
        InputError: If none begins so: nothing tried would look like nothing found.
    """
    targets = [target for target in TARGETS if only is None or target.name.lower().startswith(only.lower())]
    if not targets:
        msg = f"--only: expected the beginning of {', '.join(target.name for target in TARGETS)}; got {only}"
        raise InputError(msg)
    whole = sum(target.weight for target in targets)
    counts, sandbox = Counts(), Sandbox()
    try:
        for target in targets:
            share = max(1, round(inputs * target.weight / whole))
            counter = counts.by_target.setdefault(target.name, Counter())
            for number in range(share):
                verdict = _try(target, number, seed, sandbox, keep)
                counter[verdict.kind] += 1
                counts.slowest_seconds = max(counts.slowest_seconds, verdict.seconds)
                if verdict.kind in FAULTS:
                    counts.findings.append((target.name, number, verdict.kind, verdict.detail[:400]))
            told(f"{target.name}: " + ", ".join(f"{count} {kind}" for kind, count in counter.most_common()))
    finally:
        sandbox.close()
    return counts


def _try(target: Target, number: int, seed: int, sandbox: Sandbox, keep: Path | None) -> Verdict:
    choose = random.Random(f"{seed} {target.name} {number}")
    with tempfile.TemporaryDirectory(prefix="stress-") as place:
        folder = Path(place)
        (folder / "in").mkdir()
        path = target.original(folder / "in")
        victims = sorted(file for file in (folder / "in").rglob("*") if file.is_file()) if path.is_dir() else [path]
        if path.suffix == ".nhdr":
            victims = sorted((folder / "in").iterdir())
        victim = choose.choice(victims)
        victim.write_bytes(mutate(victim.read_bytes(), choose, target.ways))
        verdict = sandbox.run(target.name, path, folder / "out")
        if verdict.kind in FAULTS and keep is not None:
            kept = keep / f"{target.name.replace(', ', '-').replace(' ', '-')}-{number}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder / "in", kept)
    return verdict
