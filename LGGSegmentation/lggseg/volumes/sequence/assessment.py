"""Is this a FLAIR volume? Names, tags and values weighed against each other, with the reasons in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import SimpleITK as sitk

from lggseg.volumes.sequence import names, tags, values
from lggseg.volumes.sequence.kinds import Finding, Kind

_REFUSE_BELOW = 0.06
_DOUBT_BELOW = 0.4
_STRONG = 0.85
"""From this confidence on a single finding against FLAIR is worth a word, whatever speaks for it."""


@dataclass(frozen=True)
class Assessment:
    """What a volume seems to be, and why.

    Attributes:
        kind: The kind that most speaks for; ``UNKNOWN`` where nothing does.
        confidence: From 0 to 1, how sure that is.
        flair: From 0 to 1, how far it can be taken for a FLAIR volume; .5 where nothing is known.
        reasons: What speaks for and against it, each a short sentence part, the strongest first.
        refused: Whether it is certainly no FLAIR volume.
        findings: What it was told from.
    """

    kind: Kind
    confidence: float
    flair: float
    reasons: tuple[str, ...]
    refused: bool
    findings: tuple[Finding, ...] = ()

    def and_also(self, finding: Finding) -> Assessment:
        """Return the assessment with one more finding."""
        return weigh([*self.findings, finding])

    @property
    def doubt(self) -> str:
        """One sentence for a person who is about to use the volume as FLAIR; empty where there is no doubt."""
        if self.flair >= _DOUBT_BELOW and not self.refused and not self._contradicted:
            return ""
        certainty = "is no T2-FLAIR volume" if self.refused else "may not be a T2-FLAIR volume"
        return f"This {certainty}: {'; '.join(self.reasons)}."

    @property
    def _contradicted(self) -> bool:
        return self.kind not in (Kind.FLAIR, Kind.UNKNOWN)


UNKNOWN = Assessment(Kind.UNKNOWN, 0.0, 0.5, (), refused=False)
"""What is said of a volume of which nothing is known."""


def assess(image: sitk.Image | None, metadata: Mapping[str, Any] | None = None, name: str = "") -> Assessment:
    """Tell what a volume is, as far as it matters for using it as FLAIR.

    Args:
        image: Its voxels, 3D and finite; None to judge by words alone.
        metadata: DICOM values by keyword (``tags.TAGS``), times in milliseconds.
        name: What its file or node is called.
    """
    metadata = metadata or {}
    found = tags.findings(metadata)
    called = names.finding(name)
    if called is not None:
        found.append(_with_agent(called, metadata))
    if image is not None:
        found.extend(values.findings(image))
    return weigh(found)


def weigh(found: Iterable[Finding]) -> Assessment:
    """Weigh findings against each other: odds are multiplied, the word of several names counts once."""
    ordered = sorted(found, key=lambda finding: -finding.confidence)
    if not ordered:
        return UNKNOWN
    log_odds = sum(_log_odds(finding) for finding in _independent(ordered))
    flair = 1.0 / (1.0 + math.exp(-log_odds))
    kind = _leading(ordered) if flair < 0.5 else Kind.FLAIR
    against = [finding for finding in ordered if finding.kind is not Kind.FLAIR]
    if kind is Kind.FLAIR and against and against[0].confidence >= _STRONG:
        kind, flair = against[0].kind, min(flair, 0.5)
    certain = bool(against) and against[0].confidence > 0.95
    reasons = tuple(finding.reason for finding in (ordered if kind is Kind.FLAIR else [*against, *_for(ordered)]))
    refused = certain or flair < _REFUSE_BELOW
    return Assessment(kind, max(flair, 1.0 - flair), flair, reasons, refused, tuple(ordered))


def _with_agent(finding: Finding, metadata: Mapping[str, Any]) -> Finding:
    if finding.kind is Kind.T1 and tags.contrast_agent(metadata):
        return Finding(Kind.T1_CONTRAST, finding.confidence, f"{finding.reason}, and a contrast agent was given")
    return finding


def _for(found: Iterable[Finding]) -> list[Finding]:
    return [
        Finding(finding.kind, finding.confidence, f"yet {finding.reason}")
        for finding in found
        if finding.kind is Kind.FLAIR
    ]


def _leading(found: Iterable[Finding]) -> Kind:
    return next((finding.kind for finding in found if finding.kind is not Kind.FLAIR), Kind.UNKNOWN)


def _log_odds(finding: Finding) -> float:
    odds = math.log(finding.confidence / (1.0 - finding.confidence))
    return odds if finding.kind is Kind.FLAIR else -odds


def _independent(found: Iterable[Finding]) -> list[Finding]:
    """Leave out findings that repeat another from the same source."""
    kept: dict[tuple[str, Kind], Finding] = {}
    for finding in found:
        kept.setdefault((finding.source, finding.kind), finding)
    return list(kept.values())
