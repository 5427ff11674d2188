"""A network that looks at some of the channels that are made for every network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class ChannelChoice(nn.Module):
    """Hands the chosen channels on, so that preprocessing, runtimes and exports are the same for all networks.

    Args:
        network: Takes as many channels as are chosen.
        indices: Of the channels, in the order that the network takes them.
    """

    chosen: torch.Tensor

    def __init__(self, network: nn.Module, indices: Sequence[int]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("chosen", torch.tensor(list(indices)), persistent=False)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, 5, H, W)`` to what the network makes of its channels."""
        logits: torch.Tensor = self.network(channels.index_select(1, self.chosen))
        return logits


def inner(network: nn.Module) -> nn.Module:
    """Return the network itself, without the choice of channels around it."""
    return network.network if isinstance(network, ChannelChoice) else network
