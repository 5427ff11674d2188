"""Attention U-Net (Oktay et al. 2018), MONAI's: 7.94 million parameters with three channels."""

from __future__ import annotations

import torch
from monai.networks.nets import AttentionUnet
from torch import nn


class AttentionUNet(nn.Module):
    """A U-Net whose skipped features are weighted by what lies below them.

    Args:
        in_channels: Channels of the input.
        features: Feature maps from full resolution to the lowest.
    """

    def __init__(self, in_channels: int, features: tuple[int, ...] = (32, 64, 128, 256, 512)) -> None:
        super().__init__()
        self.layers = AttentionUnet(2, in_channels, 1, features, [2] * (len(features) - 1))

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H, W)`` logits; H and W multiples of 2 to the number of levels less one."""
        logits: torch.Tensor = self.layers(channels)
        return logits
