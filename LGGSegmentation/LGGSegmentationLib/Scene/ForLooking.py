"""Volumes and segmentations that were made to be looked at: nothing is measured on them, nothing is made of them."""

from __future__ import annotations

from typing import Any

_ATTRIBUTE = "LGGSegmentation.ForLooking"


def mark(node: Any, kind: str) -> None:
    """Note what a node was made for."""
    node.SetAttribute(_ATTRIBUTE, kind)


def kindOf(node: Any) -> str:
    """Return what a node was made for, empty where it is somebody's own."""
    return str(node.GetAttribute(_ATTRIBUTE) or "")
