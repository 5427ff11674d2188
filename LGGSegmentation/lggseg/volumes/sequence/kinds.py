"""What a volume can be, and what speaks for it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """What a volume is, as far as it matters for choosing the input of a model that reads FLAIR."""

    FLAIR = "flair"
    T1 = "t1"
    T1_CONTRAST = "t1c"
    T2 = "t2"
    DIFFUSION = "dwi"
    MASK = "mask"
    CT = "ct"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """The kind as it stands in a sentence."""
        return _WORDS[self]


_WORDS = {
    Kind.FLAIR: "T2-FLAIR",
    Kind.T1: "T1 without contrast agent",
    Kind.T1_CONTRAST: "T1 with contrast agent",
    Kind.T2: "T2",
    Kind.DIFFUSION: "diffusion",
    Kind.MASK: "a mask or label map",
    Kind.CT: "CT",
    Kind.OTHER: "another kind of image",
    Kind.UNKNOWN: "an unknown sequence",
}


@dataclass(frozen=True)
class Finding:
    """One piece of evidence.

    Attributes:
        kind: What it speaks for.
        confidence: From 0 to 1: how often it would be right if it stood alone.
        reason: The evidence in words, as in ``the name says «AX FLAIR»``.
        source: ``name``, ``tags`` or ``values``: two findings of one source and kind count once.
    """

    kind: Kind
    confidence: float
    reason: str
    source: str = "name"
