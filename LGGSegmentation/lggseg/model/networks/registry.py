"""The networks by name: what a configuration, a model folder and a MONAI bundle call them.

A network of its own is one file in this folder and one line in ``NETWORKS``. It is imported when it is built, so
that nothing here needs PyTorch before that.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lggseg.errors import InputError, ModelError
from lggseg.model.preprocessing import CHANNELS

if TYPE_CHECKING:
    from torch import nn

SEGMENTATION = "segmentation"
"""Maps ``(N, C, H, W)`` channels to ``(N, 1, H, W)`` logits of abnormality by pixel."""

CLASSIFICATION = "classification"
"""Maps ``(N, C, H, W)`` channels to ``(N, 1)`` logits: does the slice show any abnormality?"""


@dataclass(frozen=True)
class Entry:
    """One network.

    Attributes:
        target: ``module:name`` of what builds it in this folder; called with ``in_channels`` and the arguments.
        arguments: What makes it this network, where several share a file.
        task: ``SEGMENTATION`` or ``CLASSIFICATION``.
    """

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    task: str = SEGMENTATION


NETWORKS: dict[str, Entry] = {
    "flair_unet": Entry("flair_unet:FlairUNet"),
    "unet_plain": Entry("unet:UNet", {"norm": None}),
    "unet_bn": Entry("unet:UNet"),
    "unet_10m": Entry("unet:UNet", {"features": (37, 75, 150, 300, 600)}),
    "unet_35": Entry("unet:UNet", {"features": (32, 64, 128, 256), "upsample": "nearest"}),
    "unet_light": Entry("unet:UNet", {"features": (16, 24, 40, 64, 96), "upsample": "nearest"}),
    "r2unet": Entry("r2unet:R2UNet"),
    "resunet": Entry("resunet:ResUNet"),
    "fpn": Entry("fpn:FPN"),
    "unet_resnext50": Entry("unet_resnext50:UNetResNeXt50"),
    "attention_unet": Entry("attention_unet:AttentionUNet"),
    "segresnet": Entry("segresnet:SegResNet"),
    "unetplusplus": Entry("unetplusplus:UNetPlusPlus"),
    "resnet50_classifier": Entry("resnet50_classifier:ResNet50Classifier", task=CLASSIFICATION),
}

VIEWS: dict[str, tuple[str, ...]] = {
    "2.5d": CHANNELS,
    "2d": ("flair", "pre", "post"),
    "2.5d-flair": ("flair below", "flair", "flair above"),
    "2d-flair": ("flair",),
}
"""Which of the five channels a network sees: three slices or one, three sequences or FLAIR alone."""

DEFAULT_VIEW = "2.5d"


@dataclass(frozen=True)
class NetworkSpec:
    """A network as a model folder carries it.

    Attributes:
        name: One of ``NETWORKS``.
        arguments: Given to it besides those of its entry.
        channels: What it sees, of ``preprocessing.CHANNELS``, in this order.
    """

    name: str = "flair_unet"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = CHANNELS

    @property
    def task(self) -> str:
        """``SEGMENTATION`` or ``CLASSIFICATION``."""
        return entry(self.name).task

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_metadata`` reads, and ``make_network`` takes."""
        return {"name": self.name, "arguments": dict(self.arguments), "channels": list(self.channels)}

    @classmethod
    def from_metadata(cls, facts: Mapping[str, Any]) -> NetworkSpec:
        """Read the part ``lggseg`` of a model's metadata.

        Folders of before version 0.5 name no network: theirs is ``flair_unet`` with the ``features`` they give.

        Raises:
            ModelError: If the part is damaged.
        """
        try:
            if "network" not in facts:
                return cls(arguments={"features": list(facts["features"])})
            content = facts["network"]
            name, arguments, channels = content["name"], content["arguments"], content["channels"]
            if not (isinstance(name, str) and isinstance(arguments, dict) and isinstance(channels, list)):
                raise TypeError("a word, names and values, and a list")  # noqa: EM101
            return cls(name, dict(arguments), tuple(channels))
        except (KeyError, TypeError, ValueError) as error:
            msg = f"expected name, arguments and channels of a network in the model's metadata ({error!r})"
            raise ModelError(msg) from error

    def build(self) -> nn.Module:
        """Build the network with random weights; see ``make_network``."""
        return make_network(**self.to_json())


def entry(name: str) -> Entry:
    """Return the network of a name.

    Raises:
        InputError: If there is none.
    """
    if name not in NETWORKS:
        msg = f"expected a network among {', '.join(NETWORKS)}; got {name!r}"
        raise InputError(msg)
    return NETWORKS[name]


def make_network(name: str, arguments: Mapping[str, Any], channels: Sequence[str]) -> nn.Module:
    """Build a network that takes all of ``preprocessing.CHANNELS`` and looks at some of them.

    Args:
        name: One of ``NETWORKS``.
        arguments: Given to it besides those of its entry.
        channels: What it sees.

    Raises:
        InputError: If the network, an argument or a channel does not exist.
        ImportError: If PyTorch or MONAI is not installed.
    """
    found = entry(name)
    indices = _channel_indices(channels)
    module, _, attribute = found.target.partition(":")
    builder = getattr(importlib.import_module(f"lggseg.model.networks.{module}"), attribute)
    try:
        network: nn.Module = builder(in_channels=len(indices), **{**found.arguments, **arguments})
    except (TypeError, ValueError, LookupError, ArithmeticError, RuntimeError, AssertionError) as error:
        msg = f"{name}: expected arguments that it knows, got {dict(arguments)} ({error})"
        raise InputError(msg) from error
    if indices == list(range(len(CHANNELS))):
        return network
    from lggseg.model.networks.channel_choice import ChannelChoice  # noqa: PLC0415  (needs PyTorch)

    return ChannelChoice(network, indices)


def _channel_indices(channels: Sequence[str]) -> list[int]:
    unknown = [name for name in channels if name not in CHANNELS]
    if unknown or not channels:
        msg = f"expected channels among {', '.join(CHANNELS)}; got {', '.join(unknown) or 'none'}"
        raise InputError(msg)
    return [CHANNELS.index(name) for name in channels]
