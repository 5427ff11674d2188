"""Residual U-Net (Zhang et al. 2018; MONAI's ``UNet`` after Kerfoot et al. 2018): residual blocks on both paths.

6.5 million parameters with 32 to 512 feature maps and three channels.
"""

from __future__ import annotations

import torch
from monai.networks.nets import UNet
from torch import nn


class ResUNet(nn.Module):
    """Blocks of two convolutions around which a shortcut leads; convolutions of stride 2 halve the resolution.

    Args:
        in_channels: Channels of the input.
        features: Feature maps from full resolution to the lowest.
        units: Convolutions in each block of the way down.
    """

    def __init__(self, in_channels: int, features: tuple[int, ...] = (32, 64, 128, 256, 512), units: int = 2) -> None:
        super().__init__()
        strides = [2] * (len(features) - 1)
        # MONAI would bring the last features down to one channel before it normalises and cuts them: one channel so
        # normalised can hardly say «no tumor» of most pixels, and learns at a crawl. They stay, and a head reads them.
        wide = features[0]
        self.layers = UNet(2, in_channels, wide, features, strides, num_res_units=units, act="relu", norm="batch")
        self.head = nn.Conv2d(wide, 1, kernel_size=1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H, W)`` logits; H and W multiples of 2 to the number of levels less one."""
        logits: torch.Tensor = self.head(self.layers(channels))
        return logits
