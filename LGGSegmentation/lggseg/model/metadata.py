"""The description of a model, read and checked: a damaged one is refused before anything is made of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from lggseg.errors import ModelError
from lggseg.model.doubt import Calibration
from lggseg.model.networks.registry import NETWORKS, NetworkSpec
from lggseg.model.postprocessing import COMPONENTS
from lggseg.model.preprocessing import CHANNELS

LGGSEG = "lggseg"
"""The part of the metadata that this package reads; the rest is for people and for MONAI."""
DOUBT = "doubt"
"""Where that part keeps the numbers of ``Calibration``."""

_WORDS = ("name", "version", "intended_use", "data_source")
_LARGEST_ARGUMENT = 4096  # feature maps of a layer and the like; more is a slip, or wants all the memory there is
_LONGEST_ARGUMENT = 32
_SHOWN = 60


def read_metadata(file: Path) -> dict[str, Any]:
    """Read the metadata of a model.

    Raises:
        ModelError: If it cannot be read, or what this package needs of it is missing or makes no sense.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse)
        _check(content)
    except OSError as error:
        folder = file.parents[1]
        msg = (
            f"{folder}: expected a model folder with {file.relative_to(folder)} ({error}); training/train.py writes one"
        )
        raise ModelError(msg) from error
    except (ValueError, RecursionError, ModelError) as error:
        reason = str(error) or type(error).__name__
        msg = f"{file}: expected the description of a model, but {reason}; install the model again, or export it again"
        raise ModelError(msg) from error
    return dict(content)


def _check(content: Any) -> None:
    """Refuse what is missing, of the wrong kind, or out of bounds.

    Raises:
        ValueError: Naming the key, what is expected, and what came.
        ModelError: If the network or the calibration makes no sense.
    """
    _expect(isinstance(content, dict), "all of it", "names and values", content)
    for key in _WORDS:
        _expect(isinstance(content.get(key, ""), str), key, "words", content.get(key))
    _check_figures(content.get("eval_metrics", {}))
    facts = content.get(LGGSEG)
    _expect(isinstance(facts, dict), LGGSEG, "names and values", facts)
    threshold, components, sums = (facts.get(key) for key in ("threshold", "components", "sha256"))
    _expect(_is_number(threshold) and 0 < threshold < 1, "lggseg.threshold", "a number between 0 and 1", threshold)
    _expect(components in COMPONENTS, "lggseg.components", f"one of {', '.join(COMPONENTS)}", components)
    peak = facts.get("least_peak", 0.0)
    _expect(_is_number(peak) and 0 <= peak < 1, "lggseg.least_peak", "a number from 0 to 1", peak)
    named = isinstance(sums, dict) and sums and all(isinstance(one, str) for one in sums.values())
    _expect(named, "lggseg.sha256", "a checksum by file", sums)
    _check_network(facts)
    if facts.get(DOUBT) is not None:
        Calibration.read(facts[DOUBT])


def _check_figures(figures: Any) -> None:
    _expect(isinstance(figures, dict), "eval_metrics", "figures by name", figures)
    for name, value in figures.items():
        _expect(value is None or _is_number(value), f"eval_metrics.{name}", "a number", value)


def _check_network(facts: Mapping[str, Any]) -> None:
    spec = NetworkSpec.from_metadata(facts)
    _expect(spec.name in NETWORKS, "lggseg.network.name", f"one of {', '.join(NETWORKS)}", spec.name)
    known = spec.channels and all(channel in CHANNELS for channel in spec.channels)
    _expect(known, "lggseg.network.channels", f"some of {', '.join(CHANNELS)}", list(spec.channels))
    for name, value in spec.arguments.items():
        if isinstance(value, list):
            fits = len(value) <= _LONGEST_ARGUMENT and all(map(_is_size, value))
        else:
            fits = value is None or isinstance(value, bool | str) or _is_size(value)
        _expect(fits, f"lggseg.network.arguments.{name}", f"numbers from 0 to {_LARGEST_ARGUMENT}, or a word", value)


def _expect(fits: object, key: str, expected: str, got: Any) -> None:
    if not fits:
        msg = f"{key}: expected {expected}, got {_short(got)}"
        raise ValueError(msg)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond the largest float
        return False


def _is_size(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= _LARGEST_ARGUMENT


def _refuse(constant: str) -> NoReturn:
    msg = f"{constant} stands where a number is expected"
    raise ValueError(msg)


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer of thousands of digits
        text = "a number of thousands of digits"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
