"""A child that behaves badly on command: ``python fake_child.py MODE ...`` in place of ``python -m lggseg ...``."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def say(**content: object) -> None:
    """Print one event."""
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


def main(mode: str, arguments: list[str]) -> int:
    """Do what a mode asks for."""
    say(event="start", slices=26)
    if mode == "error":
        message = "flair.nrrd: expected 3 slices or more, got 1; choose the whole volume"
        say(event="error", kind="InputError", message=message, exit_status=2)
        return 2
    if mode == "crash":
        os.abort()
    if mode == "silent":
        return 3
    if mode == "garbage":
        sys.stdout.write('{"event": "resu\nplain words\n')
        say(event="result", found=True, segmentation="nowhere.nrrd", probability="nowhere.nrrd", report="nowhere")
        return 0
    cancel_file = Path(arguments[arguments.index("--cancel-file") + 1])
    for done in range(10**6):
        say(event="progress", stage="segmenting", done=done % 26, total=26)
        if mode == "slow" and cancel_file.exists():
            return 130
        time.sleep(0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
