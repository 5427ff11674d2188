"""Does the network see a FLAIR? Its own features, pooled over a slice, tell FLAIR from T1 by a linear rule.

The rule is a few numbers beside the model (``configs/sequence.json``), fitted by ``training/fit_sequence_check.py`` and
good for those weights alone. The features come from an output that is added to the graph in memory: nothing is computed
twice, and the logits stay what they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lggseg.errors import ModelError
from lggseg.model.bundle import ONNX_FILE, Bundle
from lggseg.model.logits import sigmoid
from lggseg.model.preprocessing import FloatArray
from lggseg.volumes.sequence import Finding, Kind

SEQUENCE_FILE = "configs/sequence.json"

MIDDLE = (0.4, 0.65)
"""Share of the occupied slices, from below, between which slices are looked at: those that show the ventricles."""

UNLIKELY, VERY_UNLIKELY = 0.15, 0.03
LIKELY = 0.6
"""Probabilities from which the rule has something to say. No FLAIR of another patient or scanner was below .25."""

_UNLIKE = "to the network it looks unlike any FLAIR"
_GRAPH_FIELD, _OUTPUT_FIELD, _NAME_FIELD, _LENGTH_DELIMITED = 7, 12, 1, 2  # of ONNX's protocol buffer messages


class PoolingNetwork(Protocol):
    """A network that gives pooled features beside its logits."""

    @property
    def device(self) -> str:
        """Runtime and device in words."""

    def logits_and_features(self, batch: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Map ``(N, 5, H, W)`` to ``(N, 1, H, W)`` logits and ``(N, F)`` features."""


@dataclass(frozen=True)
class SequenceRule:
    """The linear rule of one set of weights.

    Attributes:
        layer: Name of the value in the graph that is pooled.
        slopes: ``(F,)``, by mean of each channel, then by its standard deviation.
        intercept: Log-odds of FLAIR where all features are 0.
    """

    layer: str
    slopes: npt.NDArray[np.float64]
    intercept: float

    def probability(self, features: FloatArray) -> float:
        """Return how likely ``(F,)`` features are those of a FLAIR."""
        return float(sigmoid(self.intercept + self.slopes @ features))


def load_rule(bundle: Bundle) -> SequenceRule | None:
    """Return the rule of a model; None where it has none, or one for other weights.

    Raises:
        ModelError: If the file is damaged.
    """
    file = bundle.folder / SEQUENCE_FILE
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["weights"] != bundle.checksum(ONNX_FILE):
            return None
        rule = SequenceRule(str(content["layer"]), np.array(content["slopes"], np.float64), float(content["intercept"]))
        if rule.slopes.ndim != 1 or not np.isfinite([rule.intercept, *rule.slopes]).all():
            raise ValueError("slopes that are no list of finite numbers")  # noqa: EM101
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        msg = f"{file}: expected the numbers of training/fit_sequence_check.py ({error}); fit them again"
        raise ModelError(msg) from error
    return rule


def with_output(model: bytes, name: str) -> bytes:
    """Return an ONNX file that also gives an inner value: protocol buffers merge what is appended."""
    output = _field(_OUTPUT_FIELD, _field(_NAME_FIELD, name.encode()))
    return model + _field(_GRAPH_FIELD, output)


def pool(values: FloatArray) -> FloatArray:
    """Return mean and standard deviation of each channel of ``(N, C, H, W)``, as ``(N, 2 C)``."""
    return np.concatenate([values.mean(axis=(2, 3)), values.std(axis=(2, 3))], axis=1)


class Watch:
    """Stands before a network and remembers the features of the slices that pass."""

    def __init__(self, network: PoolingNetwork, rule: SequenceRule) -> None:
        self._network, self._rule = network, rule
        self._seen: list[FloatArray] = []

    @property
    def device(self) -> str:
        """Runtime and device in words, for the report."""
        return self._network.device

    def __call__(self, batch: FloatArray) -> FloatArray:
        """Map ``(N, 5, H, W)`` normalised channels to ``(N, 1, H, W)`` logits."""
        logits, features = self._network.logits_and_features(batch)
        self._seen.extend(features)
        return logits

    def finding(self) -> Finding | None:
        """Return what the slices that passed speak for, or None where they do not say."""
        first, last = (int(share * len(self._seen)) for share in MIDDLE)
        if not self._seen:
            return None
        middle = np.mean(self._seen[first : max(last, first + 1)], axis=0)
        return finding_of(self._rule.probability(middle))


def watched(network: Any) -> Watch | None:
    """Return a watch before a network that has a rule, or None."""
    rule = getattr(network, "rule", None)
    return Watch(network, rule) if isinstance(rule, SequenceRule) else None


def finding_of(probability: float) -> Finding | None:
    """Return what a probability of FLAIR speaks for."""
    if probability >= LIKELY:
        return Finding(Kind.FLAIR, 0.7, "to the network it looks like a FLAIR", "network")
    if probability < UNLIKELY:
        confidence = 0.92 if probability < VERY_UNLIKELY else 0.8
        return Finding(Kind.OTHER, confidence, f"{_UNLIKE} ({probability:.0%})", "network")
    return None


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
