"""Refuse files that do not belong into the history: ``python tools/refuse_large_files.py FILE...``.

The Extensions Index clones the whole history and refuses 100 MB; weights are committed at most once a release, by name.
"""

from __future__ import annotations

import sys
from pathlib import Path

MOST_BYTES = 1_000_000
WEIGHTS = Path("Resources/lgg_flair_unet/models")
VOLUMES = (".nii", ".nii.gz", ".dcm", ".ckpt", ".npz", ".mha")


def complaint(path: Path) -> str:
    """Return why a file is refused, or nothing."""
    if path.name.lower().endswith(VOLUMES):
        return f"{path}: expected no volumes and checkpoints in the history; keep it elsewhere"
    if WEIGHTS not in path.parents and path.stat().st_size > MOST_BYTES:
        return f"{path}: expected at most {MOST_BYTES / 1e6:g} MB, got {path.stat().st_size / 1e6:.1f}; make it smaller"
    return ""


def main(names: list[str]) -> int:
    """Return 1 if a file is refused."""
    complaints = [text for name in names if (text := complaint(Path(name)))]
    sys.stderr.writelines(f"{text}\n" for text in complaints)
    return 1 if complaints else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
