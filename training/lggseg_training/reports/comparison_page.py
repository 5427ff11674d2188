"""The comparison on one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_comparison(folder: Path, evaluations: Sequence[Path]) -> Path:
    """Write comparison.html."""
    return folder / "comparison.html"
