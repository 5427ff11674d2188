"""Where the tests find what they test."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "LGGSegmentation"
CORE = MODULE / "lggseg"
BUNDLE = ROOT / "Resources" / "lgg_flair_unet"
