"""UNet++ (Zhou et al. 2018), MONAI's: 2.41 million parameters with three channels."""

from __future__ import annotations

import torch
from monai.networks.nets import BasicUNetPlusPlus
from torch import nn


class UNetPlusPlus(nn.Module):
    """A U-Net whose skipped features pass further convolutions on their way.

    Args:
        in_channels: Channels of the input.
        features: Feature maps of the five levels, and of the last one up.
    """

    def __init__(self, in_channels: int, features: tuple[int, ...] = (32, 32, 64, 128, 256, 32)) -> None:
        super().__init__()
        self.layers = BasicUNetPlusPlus(2, in_channels, 1, features, norm="batch", act=("relu", {"inplace": True}))

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H, W)`` logits; H and W multiples of 16."""
        logits: torch.Tensor = self.layers(channels)[-1]
        return logits
