"""What the DICOM tags of a series, or their copies in a BIDS sidecar, say of its sequence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lggseg.volumes.sequence import names
from lggseg.volumes.sequence.kinds import Finding, Kind

TAGS = {
    "Modality": "0008,0060",
    "SeriesDescription": "0008,103E",
    "ProtocolName": "0018,1030",
    "SequenceName": "0018,0024",
    "ScanningSequence": "0018,0020",
    "InversionTime": "0018,0082",
    "EchoTime": "0018,0081",
    "RepetitionTime": "0018,0080",
    "ImageType": "0008,0008",
    "ContrastBolusAgent": "0018,0010",
    "DiffusionBValue": "0018,9087",
}
"""The tags that are looked at, by their DICOM keyword; none of them names a person."""

_NO_AGENT = {"", "none", "no", "n", "without", "unknown", "no contrast", "0"}
_SEQUENCE_NAMES = (  # Siemens and UIH: what the pulse program is called
    (re.compile(r"\*?(tir|tir2d|spcir|spc_ir)"), Kind.UNKNOWN),
    (re.compile(r"\*?tfl3d"), Kind.T1),
    (re.compile(r"\*?ep_?b\d"), Kind.DIFFUSION),
    (re.compile(r"\*?(swi|epfid|qfl3d|fl_?tof|tgse)"), Kind.OTHER),
)
_DIFFUSION_TYPES = {"ADC", "FA", "TRACEW", "TRACE", "DIFFUSION", "EADC", "TENSOR", "COLFA", "DWI"}
_OTHER_TYPES = {
    "LOCALIZER", "MIP", "MINIP", "MNIP", "MIN IP", "PROJECTION IMAGE", "SUBTRACTION", "SUB", "SCREEN SAVE", "SWI",
    "PHASE", "P", "CBF", "CBV", "MTT", "TTP", "PERFUSION", "ASL", "T1 MAP", "T2 MAP", "PHASE MAP", "VELOCITY",
    "SECONDARY CAPTURE",
}  # fmt: skip
_IMAGE_TYPES = ((Kind.DIFFUSION, _DIFFUSION_TYPES), (Kind.OTHER, _OTHER_TYPES))
_OTHER_MODALITIES = {"CT": Kind.CT, "SEG": Kind.MASK, "RTSTRUCT": Kind.MASK}

# Milliseconds. Fluid is nulled by an inversion of 1.5 to 3.2 s (the longer, the longer the repetition time),
# fat by .1 to .3 s; what lies between weights by T1.
_FLUID_NULLED = (1400.0, 3500.0)
_FAT_NULLED = 350.0
_SHORTEST_INVERSION = 50.0
_SHORT_GRADIENT_ECHO = 10.0
_LONG_REPETITION = 1900.0
_LONG_ECHO = 60.0
_SHORT_ECHO = 40.0


def findings(metadata: Mapping[str, Any]) -> list[Finding]:
    """Return what tags speak for, the most certain first.

    Args:
        metadata: Values by DICOM keyword (``TAGS``); times in milliseconds.
    """
    found = [
        *_modality(metadata),
        *_image_type(metadata),
        *_diffusion(metadata),
        *_timing(metadata),
        *_called(metadata),
    ]
    return sorted(found, key=lambda finding: -finding.confidence)


def contrast_agent(metadata: Mapping[str, Any]) -> str:
    """Return the contrast agent that was given, or an empty text."""
    agent = str(metadata.get("ContrastBolusAgent") or "").strip()
    return "" if agent.lower() in _NO_AGENT else agent


def milliseconds(metadata: Mapping[str, Any], keyword: str) -> float | None:
    """Return a time, or None where it is not noted or no number above zero."""
    try:
        value = float(metadata[keyword])
    except (KeyError, TypeError, ValueError):
        return None
    return value if 0.0 < value < float("inf") else None


def _modality(metadata: Mapping[str, Any]) -> Iterable[Finding]:
    modality = str(metadata.get("Modality") or "").strip().upper()
    if modality and modality != "MR":
        kind = _OTHER_MODALITIES.get(modality, Kind.OTHER)
        yield Finding(kind, 0.99, f"its modality is {modality}, not MR", "tags")


def _image_type(metadata: Mapping[str, Any]) -> Iterable[Finding]:
    values = metadata.get("ImageType") or ()
    parts = values.split("\\") if isinstance(values, str) else [str(value) for value in values]
    words = {part.strip().upper().replace("_", " ") for part in parts}
    for kind, known in _IMAGE_TYPES:
        if hits := sorted(words & known):
            yield Finding(kind, 0.95, f"its ImageType says {hits[0]}", "tags")


def _diffusion(metadata: Mapping[str, Any]) -> Iterable[Finding]:
    b_value = milliseconds(metadata, "DiffusionBValue")
    if b_value is not None and b_value >= 50.0:
        yield Finding(Kind.DIFFUSION, 0.95, f"it has a diffusion b-value of {b_value:g}", "tags")


def _timing(metadata: Mapping[str, Any]) -> Iterable[Finding]:
    inversion = milliseconds(metadata, "InversionTime")
    echo, repetition = milliseconds(metadata, "EchoTime"), milliseconds(metadata, "RepetitionTime")
    times = ", ".join(
        f"{name} {value:g}"
        for name, value in (("TI", inversion), ("TE", echo), ("TR", repetition))
        if value is not None
    )
    kind = _kind_of_times(inversion, echo, repetition, _is_gradient_echo(metadata))
    if kind is not Kind.UNKNOWN:
        if kind is Kind.T1 and contrast_agent(metadata):
            kind = Kind.T1_CONTRAST
        confidence = 0.9 if inversion is not None else 0.75
        yield Finding(kind, confidence, f"its times ({times} ms) are those of {kind.words}", "tags")


def _kind_of_times(inversion: float | None, echo: float | None, repetition: float | None, gradient: bool) -> Kind:
    if echo is None:
        return Kind.UNKNOWN
    if inversion is not None and inversion >= _SHORTEST_INVERSION:
        return _kind_of_inversion(inversion, echo)
    if gradient:
        return Kind.T1 if echo < _SHORT_GRADIENT_ECHO else Kind.OTHER
    # A long repetition time without an inversion time may be T2, FLAIR or T1 FLAIR: not all scanners note it.
    short = repetition is not None and repetition < _LONG_REPETITION
    return Kind.T1 if short and echo < _SHORT_ECHO else Kind.UNKNOWN


def _kind_of_inversion(inversion: float, echo: float) -> Kind:
    if inversion < _FAT_NULLED:
        return Kind.OTHER
    if inversion < _FLUID_NULLED[0]:
        return Kind.T1 if echo < _SHORT_ECHO else Kind.UNKNOWN
    return Kind.FLAIR if inversion <= _FLUID_NULLED[1] and echo >= _LONG_ECHO else Kind.UNKNOWN


def _is_gradient_echo(metadata: Mapping[str, Any]) -> bool:
    values = metadata.get("ScanningSequence") or ()
    parts = values.split("\\") if isinstance(values, str) else [str(value) for value in values]
    return "GR" in parts and "SE" not in parts


def _called(metadata: Mapping[str, Any]) -> Iterable[Finding]:
    """Yield what description and protocol say; the protocol's word counts less: it may speak of the whole study."""
    for keyword, confidence in (("SeriesDescription", 0.95), ("ProtocolName", 0.6)):
        text = str(metadata.get(keyword) or "").strip()
        kind = names.kind_of_name(text)
        if kind is Kind.T1 and contrast_agent(metadata):
            kind = Kind.T1_CONTRAST
        if kind is not Kind.UNKNOWN:
            yield Finding(kind, confidence, f"its {keyword} «{text}» says {kind.words}")
    program = str(metadata.get("SequenceName") or "").strip().lower()
    for pattern, kind in _SEQUENCE_NAMES:
        if kind is not Kind.UNKNOWN and pattern.match(program):
            yield Finding(kind, 0.7, f"its pulse program «{program}» is that of {kind.words}", "tags")
