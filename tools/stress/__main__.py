"""Try damaged files, hostile surroundings and sudden ends on the program, and count what comes.

python -m tools.stress --inputs 10000 --output stress
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from lggseg.errors import InputError
from tools.stress import kills, surroundings
from tools.stress.fuzzing import Counts, fuzz
from tools.stress.sandbox import KINDS


def main() -> int:
    """Run all parts, or those named, and write counts and findings; status 1 for a fault, 2 for an unknown kind."""
    parser = argparse.ArgumentParser(prog="python -m tools.stress", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, metavar="N", help="damaged files (default: 10000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="what the damage follows from (default: 1)")
    parser.add_argument("--only", metavar="NAME", help="damage only files whose kind begins with this")
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="sudden ends a command (default: 20)")
    parser.add_argument("--commands", nargs="*", default=list(kills.COMMANDS), help="which commands are ended suddenly")
    parser.add_argument("-o", "--output", type=Path, default=Path("stress"), metavar="FOLDER", help="default: stress")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        findings = options.output / "findings"
        counts = fuzz(options.inputs, options.seed, findings, _say, options.only) if options.inputs else Counts()
    except InputError as error:
        sys.stderr.write(f"stress: {error}\n")
        return error.exit_status
    around = surroundings.run(_say) if options.kills else []
    ends = [kills.run(name, options.kills, options.seed, _say) for name in options.commands] if options.kills else []
    faults = [*counts.findings, *(row for row in around if row[-1]), *(fault for end in ends for fault in end.faults)]
    text = table(counts)
    record = {
        "inputs": counts.inputs,
        "seed": options.seed,
        "kinds": {name: dict(counter) for name, counter in counts.by_target.items()},
        "slowest_seconds": round(counts.slowest_seconds, 2),
        "surroundings": around,
        "ends": [end.as_json() for end in ends],
        "faults": faults,
    }
    (options.output / "stress.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    _say(text)
    ended = sum(end.ends for end in ends)
    _say(f"{counts.inputs} inputs, {len(around)} surroundings, {ended} ends: {len(faults)} faults")
    for fault in faults:
        _say(f"  {fault}")
    return 1 if faults else 0


def table(counts: Counts) -> str:
    """Return the counts as a table in Markdown."""
    rows = ["| kind | " + " | ".join(KINDS) + " |", "| --- |" + " ---: |" * len(KINDS)]
    for name, counter in counts.by_target.items():
        rows.append(f"| {name} | " + " | ".join(str(counter[kind]) for kind in KINDS) + " |")
    total = [sum(counter[kind] for counter in counts.by_target.values()) for kind in KINDS]
    return "\n".join([*rows, "| all | " + " | ".join(map(str, total)) + " |"])


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
